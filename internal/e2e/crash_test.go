package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"

	"huiyin/internal/db"
)

// Kills on SQLite, where the program is the database too, and on PostgreSQL.
const (
	killsSQLite   = 22
	killsPostgres = 6
	killClients   = 8
)

// ledger is what the server acknowledged, and what it left open.
type ledger struct {
	mu       sync.Mutex
	keys     map[string]bool   // idempotency keys that were sent
	numbers  map[string]string // idempotency key → number, once acknowledged
	versions map[string]int    // number → the highest acknowledged version
	acks     int
	wanted   int
	enough   func()
}

// noted books an acknowledgement. The round ends when there are enough.
func (l *ledger) noted(number string, version int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.versions[number] = max(l.versions[number], version)
	if l.acks++; l.acks == l.wanted {
		l.enough()
	}
}

// TestKilled: kill -9 at any moment loses nothing that was acknowledged, and a
// retried request finds its ticket instead of making another.
func TestKilled(t *testing.T) {
	t.Parallel()
	for engine, kills := range map[db.Engine]int{db.SQLite: killsSQLite, db.Postgres: killsPostgres} {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			h := newHome(t, engine)
			before := h.number(t, `SELECT COUNT(*) FROM ticket`)
			l := &ledger{keys: map[string]bool{}, numbers: map[string]string{}, versions: map[string]int{}}
			staff := staff{h.token(t, "agent"), h.token(t, "dispatcher")}
			r := rand.New(rand.NewPCG(1, 9))
			for round := range kills {
				s := h.serve(t)
				l.settle(t, s, staff)
				l.load(t, s, staff, round, 20+r.IntN(180))
			}
			s := h.serve(t)
			l.settle(t, s, staff)
			for number, version := range l.versions {
				if got := s.must(t, http.MethodGet, api+"/tickets/"+number, staff.agent, "", nil).read(t); got.Version < version {
					t.Errorf("%s is at version %d; %d was acknowledged", number, got.Version, version)
				}
			}
			s.kill()
			if made := h.number(t, `SELECT COUNT(*) FROM ticket`) - before; made != int64(len(l.keys)) {
				t.Errorf("%d submissions made %d tickets", len(l.keys), made)
			}
			t.Logf("%d kills, %d tickets", kills, len(l.keys))
			h.must(t, "audit", "verify")
		})
	}
}

// staff are the tokens of those who submit and dispatch.
type staff struct{ agent, dispatcher string }

// load keeps clients busy until enough was acknowledged, then kills the server
// in the midst of the rest.
func (l *ledger) load(t *testing.T, s *server, staff staff, round, wanted int) {
	t.Helper()
	unit := s.department(t, staff.agent)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	l.acks, l.wanted, l.enough = 0, wanted, stop
	var clients sync.WaitGroup
	for c := range killClients {
		clients.Go(func() {
			for i := 0; l.cycle(t, s, staff, unit, fmt.Sprintf("%d-%d-%d", round, c, i)); i++ {
			}
		})
	}
	<-ctx.Done()
	s.kill()
	clients.Wait()
	if l.acks < wanted {
		t.Fatalf("round %d: the server answered %d requests and stopped:\n%s", round, l.acks, s.log.String())
	}
}

// cycle makes a ticket and works on it; false when the server is gone.
func (l *ledger) cycle(t *testing.T, s *server, staff staff, unit int, key string) bool {
	number, ok := l.submit(t, s, staff, key)
	if !ok {
		return false
	}
	for _, step := range []struct {
		name, token string
		body        any
	}{
		{"accept", staff.agent, struct{}{}},
		{"dispatch", staff.dispatcher, map[string]any{"lead": unit}},
	} {
		a, err := s.ask(context.WithoutCancel(t.Context()), http.MethodPost, api+"/tickets/"+number+"/"+step.name, step.token, "", step.body)
		if err != nil {
			return false
		}
		if a.status >= 300 {
			t.Errorf("%s %s: %d %s", step.name, number, a.status, a.body)
			return false
		}
		l.noted(number, a.read(t).Version)
	}
	return true
}

// submit sends one submission under its key; again if it was sent before.
func (l *ledger) submit(t *testing.T, s *server, staff staff, key string) (number string, ok bool) {
	l.mu.Lock()
	l.keys[key] = true
	l.mu.Unlock()
	a, err := s.ask(context.WithoutCancel(t.Context()), http.MethodPost, api+"/tickets", staff.agent, key, matter("路灯不亮 "+key))
	if err != nil {
		return "", false
	}
	if a.status >= 300 {
		t.Errorf("submit %s: %d %s", key, a.status, a.body)
		return "", false
	}
	made := a.read(t)
	l.mu.Lock()
	if was := l.numbers[key]; was != "" && was != made.Number {
		t.Errorf("%s made %s and %s", key, was, made.Number)
	}
	l.numbers[key] = made.Number
	l.mu.Unlock()
	l.noted(made.Number, made.Version)
	return made.Number, true
}

// settle retries every submission that the killed server did not answer, and
// some that it did.
func (l *ledger) settle(t *testing.T, s *server, staff staff) {
	t.Helper()
	l.wanted = 0 // no round runs
	again := 10
	for key := range l.keys {
		if l.numbers[key] != "" {
			if again--; again < 0 {
				continue
			}
		}
		if _, ok := l.submit(t, s, staff, key); !ok {
			t.Fatalf("%s: no answer from a server that runs", key)
		}
	}
}
