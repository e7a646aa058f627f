package e2e

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"huiyin/internal/db"
)

// TestTwins: two processes on one database, asked for the same step at the
// same time, do it once.
func TestTwins(t *testing.T) {
	t.Parallel()
	h := newHome(t, db.Postgres)
	twins := []*server{h.serve(t), h.serve(t)}
	agent, dispatcher := h.token(t, "agent"), h.token(t, "dispatcher")
	unit, name := twins[0].staffed(t, h, agent)
	handler, approver := h.tokenAt(t, "handler", name), h.tokenAt(t, "approver", name)
	last := h.number(t, `SELECT MAX(id) FROM ticket`)
	const tickets = 20
	for i := range tickets {
		number := raceToSubmit(t, twins, agent, fmt.Sprint("twin-", i))
		for version, step := range []struct {
			name, token string
			body        any
		}{
			{"accept", agent, struct{}{}},
			{"dispatch", dispatcher, map[string]any{"lead": unit}},
			{"sign", handler, struct{}{}},
			{"draft", handler, map[string]any{"text": "已派人修好，请放心。", "public": "已修好。", "solved": "solved"}},
			{"sign_off", approver, struct{}{}},
		} {
			if step.name == "draft" { // it may be drafted anew, so only one key makes it one act
				repeat(t, twins, number, step.name, step.token, step.body, version+2)
				continue
			}
			raceToDo(t, twins, number, step.name, step.token, step.body, version+1)
		}
	}
	if n := h.number(t, `SELECT COUNT(*) FROM record WHERE ticket > $1`, last); n != 6*tickets {
		t.Errorf("%d acts left %d records", 6*tickets, n)
	}
	for _, s := range twins {
		s.kill()
	}
	h.must(t, "audit", "verify")
}

// TestTwinSweep: the workers of two processes note what is overdue once.
func TestTwinSweep(t *testing.T) {
	t.Parallel()
	h := newHome(t, db.Postgres)
	last := h.number(t, `SELECT MAX(id) FROM ticket`)
	h.serve(t)
	h.serve(t)
	const overdue = 400
	lines := []string{"留言编号,留言主题,留言详情,留言时间,留言用户"}
	for i := range overdue {
		lines = append(lines, fmt.Sprintf("%d,朝阳路%d号路灯不亮,路灯坏了三天,2019/3/4 10:20,张三", i+1, i+1))
	}
	file := filepath.Join(h.data, "old.csv")
	if err := os.WriteFile(file, []byte(strings.Join(lines, "\r\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	if out := h.must(t, "import", file); !strings.Contains(out, fmt.Sprintf("新导入 %d 行", overdue)) {
		t.Fatal(out)
	}
	until(t, func() bool {
		return h.number(t, `SELECT COUNT(*) FROM clock WHERE ticket > $1 AND breached = 0`, last) == 0
	})
	if n := h.number(t, `SELECT COUNT(*) FROM record WHERE ticket > $1 AND body LIKE '%"op":"breach"%'`, last); n != overdue {
		t.Errorf("%d clocks left %d notices of a breach", overdue, n)
	}
	h.must(t, "audit", "verify")
}

// raceToSubmit sends one submission to both twins, several times at once.
func raceToSubmit(t *testing.T, twins []*server, agent, key string) string {
	t.Helper()
	answers := together(t, twins, func(_ int, s *server) answer {
		a, err := s.ask(t.Context(), http.MethodPost, api+"/tickets", agent, key, matter("井盖丢失 "+key))
		if err != nil {
			t.Error(err)
		}
		return a
	})
	first := answers[0].read(t)
	for _, a := range answers {
		if got := a.read(t); a.status >= 300 || got.Number != first.Number || got.Code != first.Code {
			t.Fatalf("%s: %d %s and %s", key, a.status, a.body, answers[0].body)
		}
	}
	return first.Number
}

// repeat asks both twins for a step under one key, several times at once: it is
// done once, and all are told the same.
func repeat(t *testing.T, twins []*server, number, step, token string, body any, version int) {
	t.Helper()
	answers := together(t, twins, func(_ int, s *server) answer {
		a, err := s.ask(t.Context(), http.MethodPost, api+"/tickets/"+number+"/"+step, token, step+number, body)
		if err != nil {
			t.Error(err)
		}
		return a
	})
	for _, a := range answers {
		if a.status >= 300 || a.read(t).Version != version || !bytes.Equal(a.body, answers[0].body) {
			t.Errorf("%s under one key: %d %s, and %s; want version %d", step, a.status, a.body, answers[0].body, version)
		}
	}
}

// raceToDo asks both twins for a step, several times at once under different
// keys: one does it, the others are told that it is done.
func raceToDo(t *testing.T, twins []*server, number, step, token string, body any, version int) {
	t.Helper()
	answers := together(t, twins, func(i int, s *server) answer {
		a, err := s.ask(t.Context(), http.MethodPost, api+"/tickets/"+number+"/"+step, token, fmt.Sprint(step, number, i), body)
		if err != nil {
			t.Error(err)
		}
		return a
	})
	won := 0
	for _, a := range answers {
		switch got := a.read(t); {
		case a.status == http.StatusOK:
			won++
			if got.Version != version+1 {
				t.Errorf("%s took %s from version %d to %d", step, number, version, got.Version)
			}
		case a.status != http.StatusConflict || got.Detail == "" || a.kind != problem:
			t.Errorf("%s %s: %d %s %s", step, number, a.status, a.kind, a.body)
		}
	}
	if won != 1 {
		t.Errorf("%s of %s was done %d times", step, number, won)
	}
}

// together runs a request three times on each twin, all at once.
func together(t *testing.T, twins []*server, request func(i int, s *server) answer) []answer {
	t.Helper()
	answers := make([]answer, 3*len(twins))
	start := make(chan struct{})
	var group sync.WaitGroup
	for i := range answers {
		group.Go(func() {
			<-start
			answers[i] = request(i, twins[i%len(twins)])
		})
	}
	close(start)
	group.Wait()
	return answers
}

// TestTwinFeed: a desk at one process hears of the steps of the other, and of
// what came while it was away.
func TestTwinFeed(t *testing.T) {
	t.Parallel()
	h := newHome(t, db.Postgres)
	web, other := h.serve(t, "--roles", "web"), h.serve(t, "--roles", "web,worker")
	agent := h.token(t, "agent")
	desk := web.listen(t, agent, "")
	number := other.must(t, http.MethodPost, api+"/tickets", agent, "", matter("另一处登记的")).read(t).Number
	start := time.Now()
	desk.until(t, number, "submitted")
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("it was heard after %v", took)
	}
	desk.hangUp()
	web.kill()
	other.must(t, http.MethodPost, api+"/tickets/"+number+"/accept", agent, "", struct{}{})
	other.listen(t, agent, desk.at).until(t, number, "to_dispatch")
	h.serve(t, "--roles", "web").listen(t, agent, desk.at).until(t, number, "to_dispatch")
}

// listener reads a stream of changes.
type listener struct {
	lines  *bufio.Scanner
	at     string // the last id
	hangUp func()
}

func (s *server) listen(t *testing.T, token, after string) *listener {
	t.Helper()
	ctx, end := context.WithTimeout(t.Context(), patience)
	t.Cleanup(end)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+api+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	if after != "" {
		r.Header.Set("Last-Event-ID", after)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("events: %v %v", response, err)
	}
	t.Cleanup(func() { response.Body.Close() })
	l := &listener{lines: bufio.NewScanner(response.Body), hangUp: end}
	if after == "" {
		l.next(t) // it is subscribed once it says something
	}
	return l
}

func (l *listener) next(t *testing.T) string {
	t.Helper()
	for l.lines.Scan() {
		if id, ok := strings.CutPrefix(l.lines.Text(), "id: "); ok {
			l.at = id
		}
		if data, ok := strings.CutPrefix(l.lines.Text(), "data: "); ok {
			return data
		}
	}
	t.Fatalf("the stream ended: %v", l.lines.Err())
	return ""
}

// until hears on until a ticket has the state.
func (l *listener) until(t *testing.T, number, state string) {
	t.Helper()
	for {
		data := l.next(t)
		if strings.Contains(data, `"missed"`) {
			t.Fatalf("something was missed before %s was %s", number, state)
		}
		if strings.Contains(data, `"number":"`+number+`"`) && strings.Contains(data, `"state":"`+state+`"`) {
			return
		}
	}
}
