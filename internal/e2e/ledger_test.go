package e2e

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"
	"testing"
)

// loadClients is how many people work at once.
const loadClients = 8

// staff are the tokens of those who submit and dispatch, and a unit to
// dispatch to.
type staff struct {
	agent, dispatcher string
	unit              int
}

// crew gives tokens to those who work on tickets.
func (h home) crew(t *testing.T, s *server) staff {
	t.Helper()
	agent := h.token(t, "agent")
	return staff{agent, h.token(t, "dispatcher"), s.department(t, agent)}
}

// act is one request that changes something, under a key of its own.
type act struct {
	key, path, token string
	body             any
}

// ledger is what was asked of the servers, and what they acknowledged.
type ledger struct {
	staff staff
	fails bool // the server may answer 503

	mu     sync.Mutex
	sent   map[string]act
	done   map[string]said
	acks   int // in this round
	wanted int
	enough func()
}

func newLedger(staff staff) *ledger {
	return &ledger{staff: staff, sent: map[string]act{}, done: map[string]said{}}
}

// do sends an act; false when the server did not say that it is done.
func (l *ledger) do(t *testing.T, s *server, a act) (said, bool) {
	t.Helper()
	l.mu.Lock()
	l.sent[a.key] = a
	l.mu.Unlock()
	// A request is cut off by its server, not by the end of the round.
	got, err := s.ask(context.WithoutCancel(t.Context()), http.MethodPost, a.path, a.token, a.key, a.body)
	if err != nil || l.fails && got.status == http.StatusServiceUnavailable {
		return said{}, false
	}
	if got.status >= 300 {
		t.Errorf("%s %s: %d %s", a.path, a.key, got.status, got.body)
		return said{}, false
	}
	now := got.read(t)
	l.mu.Lock()
	defer l.mu.Unlock()
	if was, repeated := l.done[a.key]; repeated && was.Number != now.Number {
		t.Errorf("%s acted on %s, and again on %s", a.key, was.Number, now.Number)
	} else if !repeated {
		l.done[a.key] = now
	}
	if l.acks++; l.acks == l.wanted {
		l.enough()
	}
	return now, true
}

// submit makes a ticket.
func (l *ledger) submit(t *testing.T, s *server, key string) (said, bool) {
	t.Helper()
	return l.do(t, s, act{key, api + "/tickets", l.staff.agent, matter("路灯不亮 " + key)})
}

// cycle makes a ticket and works on it; false when the server is gone.
func (l *ledger) cycle(t *testing.T, s *server, key string) bool {
	made, ok := l.submit(t, s, key)
	if !ok {
		return false
	}
	path := api + "/tickets/" + made.Number
	if _, ok = l.do(t, s, act{key + "-accept", path + "/accept", l.staff.agent, struct{}{}}); !ok {
		return false
	}
	_, ok = l.do(t, s, act{key + "-dispatch", path + "/dispatch", l.staff.dispatcher, map[string]any{"lead": l.staff.unit}})
	return ok
}

// load keeps people busy until enough was acknowledged, then ends the server's
// work in the midst of the rest.
func (l *ledger) load(t *testing.T, s *server, round string, wanted int, end func()) {
	t.Helper()
	reached, stop := context.WithCancel(t.Context())
	defer stop()
	l.acks, l.wanted, l.enough = 0, wanted, stop
	var clients sync.WaitGroup
	for c := range loadClients {
		clients.Go(func() {
			for i := 0; l.cycle(t, s, fmt.Sprintf("%s-%d-%d", round, c, i)); i++ {
			}
		})
	}
	go func() {
		clients.Wait()
		stop() // they gave up before there was enough
	}()
	<-reached.Done()
	end()
	clients.Wait()
	if l.acks < wanted {
		t.Fatalf("round %s: the server answered %d requests and no more", round, l.acks)
	}
	l.wanted = 0
}

// open lists the acts whose fate is unknown.
func (l *ledger) open() (keys []string) {
	for _, key := range slices.Sorted(maps.Keys(l.sent)) {
		if _, known := l.done[key]; !known {
			keys = append(keys, key)
		}
	}
	return keys
}

// settle asks again for every act whose fate is unknown, and for some that
// were acknowledged. It returns how many were unknown.
func (l *ledger) settle(t *testing.T, s *server) int {
	t.Helper()
	open := l.open()
	known := slices.Sorted(maps.Keys(l.done))
	for _, key := range append(open, known[:min(10, len(known))]...) {
		if _, ok := l.do(t, s, l.sent[key]); !ok {
			t.Fatalf("%s: no answer from a server that runs", key)
		}
	}
	return len(open)
}

// check wants every ticket where its last act left it: one that was lost would
// leave it behind, one done twice would leave it ahead.
func (l *ledger) check(t *testing.T, s *server) {
	t.Helper()
	last := map[string]said{}
	for _, d := range l.done {
		if d.Version >= last[d.Number].Version {
			last[d.Number] = d
		}
	}
	for number, want := range last {
		got := s.must(t, http.MethodGet, api+"/tickets/"+number, l.staff.agent, "", nil).read(t)
		if got.Version != want.Version || want.State != "" && got.State != want.State {
			t.Errorf("%s is %s at version %d; acknowledged was %s at %d", number, got.State, got.Version, want.State, want.Version)
		}
	}
}

// submissions counts what should have made a ticket.
func (l *ledger) submissions() (n int64) {
	for _, a := range l.sent {
		if a.path == api+"/tickets" {
			n++
		}
	}
	return n
}
