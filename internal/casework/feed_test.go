package casework_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"huiyin/internal/casework"
	"huiyin/internal/crypt"
	"huiyin/internal/db"
	"huiyin/internal/db/dbtest"
	"huiyin/internal/search"
	"huiyin/internal/ticket"
)

// twin is another process on the same store.
func (w *town) twin() *casework.Service {
	return casework.New(casework.Config{DB: w.db, City: w.live, Keys: crypt.Ephemeral(), Index: search.New(w.db.Engine()), Clock: w.clock})
}

// ear is a listener that keeps what it hears.
type ear struct {
	*casework.Subscription
	position int64
	missed   bool
	heard    []string
}

func listen(t *testing.T, s *casework.Service, after int64) *ear {
	t.Helper()
	sub, first, err := s.Subscribe(t.Context(), after)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sub.Close)
	e := &ear{Subscription: sub}
	e.hear(first)
	return e
}

func (e *ear) hear(n casework.News) {
	e.position, e.missed = n.Position, e.missed || n.Missed || e.Missed()
	for _, c := range n.Changes {
		e.heard = append(e.heard, fmt.Sprint(c.Number, " ", c.Version, " ", c.State))
	}
}

// until hears on until it has heard the words, or that it missed some.
func (e *ear) until(t *testing.T, words string) {
	t.Helper()
	for !e.missed && !slices.Contains(e.heard, words) {
		select {
		case n := <-e.C:
			e.hear(n)
		case <-t.Context().Done():
			t.Fatalf("%q never came: %q", words, e.heard)
		}
	}
}

// follow lets services tell what happens until the test ends.
func follow(t *testing.T, services ...*casework.Service) {
	t.Helper()
	ctx, end := context.WithCancel(t.Context())
	var group sync.WaitGroup
	for _, s := range services {
		group.Go(func() { s.Follow(ctx, func(err error) { t.Error(err) }) })
	}
	t.Cleanup(func() {
		end()
		group.Wait()
	})
}

// What one process does is heard at the other, in order, once; who comes again
// hears what came meanwhile, at either.
func TestFeedOfTwins(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		w := setup(t, d)
		other := w.twin()
		before := w.submit(t, "从前的事") // told to nobody: who comes now reads the lists
		here, there := listen(t, w.Service, 0), listen(t, other, 0)
		follow(t, w.Service, other)
		tk := w.submit(t, "路灯不亮")
		w.do(t, center, tk.ID, ticket.Accept{})
		if _, err := other.Do(t.Context(), actor(center), tk.ID, ticket.Dispatch{Lead: deptA}, casework.Options{}); err != nil {
			t.Fatal(err)
		}
		signed := w.do(t, deptA, tk.ID, ticket.Sign{})
		words := func(tk ticket.Ticket) string { return fmt.Sprint(tk.Number, " ", tk.Seq, " ", tk.State()) }
		here.until(t, words(signed))
		there.until(t, words(signed))
		of := func(number string, heard []string) (list []string) {
			for _, words := range heard {
				if words[:len(number)] == number {
					list = append(list, words)
				}
			}
			return list
		}
		want := of(tk.Number, here.heard)
		if len(want) != 4 || here.missed || there.missed {
			t.Fatalf("heard %q, missed %v and %v", here.heard, here.missed, there.missed)
		}
		if diff := cmp.Diff(here.heard, there.heard); diff != "" {
			t.Errorf("the twins tell different things:\n%s", diff)
		}
		done := w.do(t, center, before.ID, ticket.Accept{})
		here.until(t, words(done))
		again := listen(t, other, there.position)
		again.until(t, words(done))
		if got := []string{words(done)}; again.missed || !cmp.Equal(again.heard, got) {
			t.Errorf("who comes again hears %q, missed %v", again.heard, again.missed)
		}
	})
}

// A change that is committed after a later one is heard too.
func TestFeedOutOfOrder(t *testing.T) {
	t.Parallel()
	w := setup(t, dbtest.Open(t, db.Postgres)) // SQLite commits in the order in which it writes
	late, early := w.submit(t, "后提交的"), w.submit(t, "先提交的")
	e := listen(t, w.Service, 0)
	follow(t, w.Service)
	begun, finish, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		done <- w.db.Update(t.Context(), func(tx *db.Tx) error {
			if _, err := tx.Exec(t.Context(), `INSERT INTO change (round, ticket, seq, state) VALUES (0, $1, 99, 'handling')`, late.ID); err != nil {
				return err
			}
			close(begun)
			<-finish
			return nil
		})
	}()
	<-begun
	accepted := w.do(t, center, early.ID, ticket.Accept{})
	e.until(t, fmt.Sprint(accepted.Number, " ", accepted.Seq, " ", accepted.State()))
	close(finish)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	e.until(t, late.Number+" 99 handling")
	if e.missed {
		t.Errorf("heard %q, and missed some", e.heard)
	}
}

// Whoever cannot be told what they missed is told that they missed something.
func TestFeedGaps(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		w := setup(t, d)
		exec := func(text string, args ...any) {
			t.Helper()
			err := d.Update(t.Context(), func(tx *db.Tx) error {
				_, err := tx.Exec(t.Context(), text, args...)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		e := listen(t, w.Service, 0)
		start := e.position
		follow(t, w.Service)
		tk := w.submit(t, "路灯不亮")
		e.until(t, fmt.Sprint(tk.Number, " ", tk.Seq, " ", tk.State()))
		if e.missed {
			t.Fatal("one change is too much")
		}
		for after, missed := range map[int64]bool{e.position: false, start: false, e.position + 1: true, 1 << 62: true} {
			if got := listen(t, w.Service, after); got.missed != missed || got.position != e.position {
				t.Errorf("after %d of %d: missed %v, goes on at %d", after, e.position, got.missed, got.position)
			}
		}

		flood := `INSERT INTO change (round, ticket, seq, state) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $2)
			SELECT 0, $1, 1000 + i, 'handling' FROM n`
		exec(flood, tk.ID, 1001)
		e.until(t, "")
		if resumed := listen(t, w.Service, start); !e.missed || !resumed.missed {
			t.Errorf("of 1001 changes at once nothing is missed: %v, %v", e.missed, resumed.missed)
		}
		if n := len(listen(t, w.Service, e.position).heard); n != 0 {
			t.Errorf("%d changes are told after the flood", n)
		}

		exec(flood, tk.ID, 50_000) // more than is forgotten at once
		e.missed = false
		e.until(t, "")
		var loose int
		if err := d.QueryRow(t.Context(), `SELECT COUNT(*) FROM change WHERE round = 0`).Scan(&loose); err != nil || loose > 0 {
			t.Errorf("%d changes are left lying, %v", loose, err)
		}

		old := e.position
		exec(`UPDATE counter SET next = next + 6000 WHERE name = 'change'`) // a quiet year
		accepted := w.do(t, center, tk.ID, ticket.Accept{})
		e.missed = false
		e.until(t, fmt.Sprint(accepted.Number, " ", accepted.Seq, " ", accepted.State()))
		if !listen(t, w.Service, old).missed {
			t.Error("what is forgotten is not missed")
		}
	})
}

// Who is slow is told so, and holds nobody up.
func TestFeedSlow(t *testing.T) {
	t.Parallel()
	w := setup(t, dbtest.Open(t, db.SQLite))
	slow, quick := listen(t, w.Service, 0), listen(t, w.Service, 0)
	follow(t, w.Service)
	for range 20 {
		tk := w.submit(t, "路灯不亮")
		quick.until(t, fmt.Sprint(tk.Number, " ", tk.Seq, " ", tk.State()))
	}
	if quick.missed || !slow.Missed() || slow.Missed() {
		t.Error("the slow one does not know, or the quick one missed some")
	}
}

// A change is heard by those who may see the ticket as it is now.
func TestFeedSight(t *testing.T) {
	t.Parallel()
	w := setup(t, dbtest.Open(t, db.SQLite))
	tk := w.submit(t, "路灯不亮")
	e := listen(t, w.Service, 0)
	w.do(t, center, tk.ID, ticket.Accept{})
	w.do(t, center, tk.ID, ticket.Dispatch{Lead: deptA})
	last := w.do(t, deptA, tk.ID, ticket.Sign{})
	follow(t, w.Service)
	var changes []casework.Change
	for len(changes) == 0 || changes[len(changes)-1].Version != last.Seq {
		changes = append(changes, (<-e.C).Changes...)
	}
	for _, c := range changes {
		if !w.Sees(actor(center), c) || !w.Sees(actor(deptA), c) || w.Sees(actor(deptB), c) {
			t.Errorf("version %d is not heard by the right ones", c.Version)
		}
	}
}

// Old matters that come in are not told one by one, however many they are.
func TestFeedOfThePast(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		w := setup(t, d)
		first := w.submit(t, "路灯不亮")
		old := w.At(w.clock)
		for i := range 3 {
			if _, err := old.Submit(t.Context(), actor(center), matter(fmt.Sprint("旧件", i)), ""); err != nil {
				t.Fatal(err)
			}
		}
		h := casework.History{At: ticket.At(w.clock()), Actor: actor(center), Matter: matter("旧件")}
		if _, err := w.Store(t.Context(), h); err != nil {
			t.Fatal(err)
		}
		var rows int
		if err := d.QueryRow(t.Context(), `SELECT COUNT(*) FROM change`).Scan(&rows); err != nil || rows != 5 {
			t.Errorf("%d rows for a new ticket and four old ones, %v", rows, err)
		}
		e := listen(t, w.Service, 1)
		follow(t, w.Service)
		e.until(t, "read the lists anew")
		if len(e.heard) != 0 {
			t.Errorf("beside the gap %v was told of %s", e.heard, first.Number)
		}
		if err := d.QueryRow(t.Context(), `SELECT COUNT(*) FROM change`).Scan(&rows); err != nil || rows != 1 {
			t.Errorf("%d rows are left of it, %v", rows, err)
		}
	})
}
