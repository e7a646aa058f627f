package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"huiyin/internal/api"
	"huiyin/internal/ticket"
)

// listener reads a stream of changes over a real connection.
type listener struct{ lines *bufio.Scanner }

func (w *town) listen(t *testing.T, server *httptest.Server, token string) *listener {
	t.Helper()
	ctx, hangUp := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+api.Prefix+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	res, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		hangUp()
		res.Body.Close()
	})
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("events: %d %v", res.StatusCode, res.Header)
	}
	l := &listener{bufio.NewScanner(res.Body)}
	if event, _ := l.next(t); event != "ping" { // it is subscribed once it says so
		t.Fatalf("the first event is %q", event)
	}
	return l
}

// next waits for an event.
func (l *listener) next(t *testing.T) (event string, change api.ChangeBody) {
	t.Helper()
	for l.lines.Scan() {
		line := l.lines.Text()
		if name, ok := strings.CutPrefix(line, "event: "); ok {
			event = name
		}
		if data, ok := strings.CutPrefix(line, "data: "); ok {
			if err := json.Unmarshal([]byte(data), &change); err != nil {
				t.Fatal(err)
			}
			return event, change
		}
	}
	t.Fatalf("the stream ended: %v", l.lines.Err())
	return "", change
}

// Each hears of the changes of what they may see, in order, and of no others.
func TestEvents(t *testing.T) {
	t.Parallel()
	w := small(t)
	server := httptest.NewServer(w.handler)
	t.Cleanup(server.Close)
	boss, unitA, unitB := w.listen(t, server, tokenOf(center)), w.listen(t, server, tokenOf(deptA)), w.listen(t, server, tokenOf(deptB))
	watcher := w.listen(t, server, tokenFor(ticket.Analyst, center))

	secret := matter("举报")
	secret["confidential"] = true
	hidden, shown := w.submit(t, secret), w.submit(t, matter("路灯不亮"))
	for number, unit := range map[string]ticket.UnitID{hidden.Number: deptA, shown.Number: deptB} {
		w.do(t, center, number, "accept", nil)
		w.do(t, center, number, "dispatch", M{"lead": unit})
	}
	w.do(t, deptA, hidden.Number, "sign", nil)
	w.do(t, deptB, shown.Number, "sign", nil)

	for _, c := range []struct {
		who  string
		at   *listener
		want []string
	}{
		{"the unit of the confidential ticket", unitA, []string{hidden.Number + " to_sign", hidden.Number + " handling"}},
		{"the unit of the other", unitB, []string{shown.Number + " to_sign", shown.Number + " handling"}},
		{"who looks on", watcher, []string{shown.Number + " submitted", shown.Number + " to_dispatch", shown.Number + " to_sign", shown.Number + " handling"}},
	} {
		for _, want := range c.want {
			event, change := c.at.next(t)
			if got := change.Number + " " + string(change.State); event != "change" || got != want {
				t.Errorf("%s hears %s %s, want %s", c.who, event, got, want)
			}
		}
	}
	for range 8 {
		if event, change := boss.next(t); event != "change" || change.Label == "" || change.Version == 0 {
			t.Errorf("the center hears %s %+v", event, change)
		}
	}
}
