package e2e

import (
	"fmt"
	"net/http"
	"sync"
	"testing"

	"huiyin/internal/db"
)

// TestTwins: two processes on one database, asked for the same step at the
// same time, do it once.
func TestTwins(t *testing.T) {
	t.Parallel()
	h := newHome(t, db.Postgres)
	twins := []*server{h.serve(t), h.serve(t)}
	staff := staff{h.token(t, "agent"), h.token(t, "dispatcher")}
	unit := twins[0].department(t, staff.agent)
	for i := range 25 {
		number := raceToSubmit(t, twins, staff, fmt.Sprint("twin-", i))
		version := raceToDo(t, twins, number, "accept", staff.agent, struct{}{}, 1)
		version = raceToDo(t, twins, number, "dispatch", staff.dispatcher, map[string]any{"lead": unit}, version)
		path := api + "/tickets/" + number + "/withdraw"
		repeated := together(t, twins, func(_ int, s *server) answer {
			a, err := s.ask(t.Context(), http.MethodPost, path, staff.agent, "withdraw-"+number, struct{}{})
			if err != nil {
				t.Error(err)
			}
			return a
		})
		for _, a := range repeated {
			if a.status >= 300 {
				t.Errorf("withdraw under one key: %d %s", a.status, a.body)
			} else if got := a.read(t); got.Version != version+1 {
				t.Errorf("withdrawn at version %d, want %d", got.Version, version+1)
			}
		}
	}
	if n := h.number(t, `SELECT COUNT(*) FROM (SELECT ticket FROM record GROUP BY ticket HAVING COUNT(*) <> MAX(seq)) gaps`); n != 0 {
		t.Errorf("%d tickets have gaps in their records", n)
	}
	for _, s := range twins {
		s.kill()
	}
	h.must(t, "audit", "verify")
}

// raceToSubmit sends one submission to both twins, several times at once.
func raceToSubmit(t *testing.T, twins []*server, staff staff, key string) string {
	t.Helper()
	answers := together(t, twins, func(_ int, s *server) answer {
		a, err := s.ask(t.Context(), http.MethodPost, api+"/tickets", staff.agent, key, matter("井盖丢失 "+key))
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

// raceToDo asks both twins for a step, several times at once under different
// keys: one does it, the others are told that it is done.
func raceToDo(t *testing.T, twins []*server, number, step, token string, body any, version int) int {
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
		case a.status != http.StatusConflict || got.Detail == "" || a.kind != "application/problem+json":
			t.Errorf("%s %s: %d %s %s", step, number, a.status, a.kind, a.body)
		}
	}
	if won != 1 {
		t.Errorf("%s of %s was done %d times", step, number, won)
	}
	return version + 1
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
