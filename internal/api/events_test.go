package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"huiyin/internal/api"
	"huiyin/internal/ticket"
)

// listener reads a stream of changes over a real connection.
type listener struct {
	lines *bufio.Scanner
	at    string // the last id
	first string // event
}

func (w *town) listen(t *testing.T, server *httptest.Server, token, after string) *listener {
	t.Helper()
	ctx, hangUp := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+api.Prefix+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	if after != "" {
		r.Header.Set("Last-Event-ID", after)
	}
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
	l := &listener{lines: bufio.NewScanner(res.Body)}
	if l.first, _ = l.next(t); after == "" && l.first != "ping" { // it is subscribed once it says so
		t.Fatalf("the first event is %q", l.first)
	}
	return l
}

// next waits for an event.
func (l *listener) next(t *testing.T) (event string, change api.ChangeBody) {
	t.Helper()
	for l.lines.Scan() {
		line := l.lines.Text()
		if id, ok := strings.CutPrefix(line, "id: "); ok {
			l.at = id
		}
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
	boss, unitA, unitB := w.listen(t, server, tokenOf(center), ""), w.listen(t, server, tokenOf(deptA), ""), w.listen(t, server, tokenOf(deptB), "")
	watcher := w.listen(t, server, tokenFor(ticket.Analyst, center), "")
	w.follow(t)

	secret := matter("举报")
	secret["confidential"] = true
	hidden, shown := w.submit(t, secret), w.submit(t, matter("路灯不亮"))
	for number, unit := range map[string]ticket.UnitID{hidden.Number: deptA, shown.Number: deptB} {
		w.do(t, center, number, "accept", nil)
		w.do(t, center, number, "dispatch", M{"lead": unit})
	}
	w.do(t, deptA, hidden.Number, "sign", nil)
	w.do(t, deptB, shown.Number, "sign", nil)

	// A step that is told late is told to those who see the ticket by then.
	for who, c := range map[string]struct {
		at    *listener
		about string
		steps int // at least
	}{
		"the unit of the confidential ticket": {unitA, hidden.Number, 2},
		"the unit of the other":               {unitB, shown.Number, 2},
		"who looks on":                        {watcher, shown.Number, 4},
	} {
		var versions []int
		for last := ticket.State(""); last != ticket.Handling; {
			event, change := c.at.next(t)
			if event != "change" || change.Number != c.about {
				t.Fatalf("%s hears %s %+v", who, event, change)
			}
			versions, last = append(versions, change.Version), change.State
		}
		if len(versions) < c.steps || !slices.IsSorted(versions) {
			t.Errorf("%s hears of the versions %v", who, versions)
		}
	}
	for range 8 {
		if event, change := boss.next(t); event != "change" || change.Label == "" || change.Version == 0 {
			t.Errorf("the center hears %s %+v", event, change)
		}
	}
}

// Who comes again hears what came meanwhile, or that it cannot be told.
func TestEventsAgain(t *testing.T) {
	t.Parallel()
	w := small(t)
	server := httptest.NewServer(w.handler)
	t.Cleanup(server.Close)
	boss := w.listen(t, server, tokenOf(center), "")
	start := boss.at
	w.follow(t)
	s := w.submit(t, matter("路灯不亮"))
	if event, c := boss.next(t); event != "change" || c.Number != s.Number || boss.at == "" || boss.at == start {
		t.Fatalf("%s %+v, from %q to %q", event, c, start, boss.at)
	}
	if l := w.listen(t, server, tokenOf(center), start); l.first != "change" || l.at != boss.at {
		t.Errorf("after %s comes %s up to %s", start, l.first, l.at)
	}
	if l := w.listen(t, server, tokenOf(deptA), start); l.first != "ping" || l.at != boss.at {
		t.Errorf("a unit that may not see it hears %s up to %s", l.first, l.at)
	}
	if l := w.listen(t, server, tokenOf(center), boss.at); l.first != "ping" {
		t.Errorf("after all comes %s", l.first)
	}
	for _, foreign := range []string{"x", "-1", "99999999", "99999999999999999999999"} {
		l := w.listen(t, server, tokenOf(center), foreign)
		if l.first != "gap" || l.at != boss.at {
			t.Errorf("after %s comes %s up to %s", foreign, l.first, l.at)
		}
	}
}
