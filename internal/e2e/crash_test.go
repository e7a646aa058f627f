package e2e

import (
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"huiyin/internal/db"
)

// Kills on SQLite, where the program is the database too, and on PostgreSQL.
const (
	killsSQLite   = 22
	killsPostgres = 6
	atAnyMoment   = 8 * time.Millisecond // a few commits
)

// TestKilled: kill -9 at any moment loses nothing that was acknowledged, and a
// request that is retried under its key is done once.
func TestKilled(t *testing.T) {
	t.Parallel()
	for engine, kills := range map[db.Engine]int{db.SQLite: killsSQLite, db.Postgres: killsPostgres} {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			h := newHome(t, engine)
			before := h.number(t, `SELECT COUNT(*) FROM ticket`)
			s := h.serve(t)
			l := newLedger(h.crew(t, s))
			r := rand.New(rand.NewPCG(1, 9))
			cut := 0
			for round := range kills {
				l.load(t, s, strconv.Itoa(round), 20+r.IntN(180), func() {
					<-time.After(rand.N(atAnyMoment)) // not only just after an answer
					s.kill()
				})
				s = h.serve(t)
				cut += l.settle(t, s)
			}
			if cut < kills {
				t.Errorf("%d kills cut off %d requests: they did not come under load", kills, cut)
			}
			l.check(t, s)
			s.kill()
			if made, want := h.number(t, `SELECT COUNT(*) FROM ticket`)-before, l.submissions(); made != want {
				t.Errorf("%d submissions made %d tickets", want, made)
			}
			t.Logf("%d kills; %d acts on %d tickets acknowledged, %d cut off and retried", kills, len(l.done), l.submissions(), cut)
			h.must(t, "audit", "verify")
		})
	}
}
