package casework_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"huiyin/internal/casework"
	"huiyin/internal/db"
	"huiyin/internal/db/dbtest"
	"huiyin/internal/errs"
	"huiyin/internal/ticket"
)

// TestTodo: the counts of a menu are those of the lists behind it.
func TestTodo(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		w := setup(t, d)
		for i := range 4 {
			tk := w.submit(t, fmt.Sprint("路灯", i))
			if i > 0 {
				w.do(t, center, tk.ID, ticket.Accept{})
			}
			if i > 1 {
				w.do(t, center, tk.ID, ticket.Dispatch{Lead: deptA})
			}
			if i > 2 {
				w.do(t, deptA, tk.ID, ticket.Sign{})
				w.do(t, deptA, tk.ID, ticket.RequestExtension{Days: 2, Reason: "须施工"})
			}
		}
		var sawLate, sawSoon bool
		for range 8 {
			for unit := center; unit <= deptB; unit++ {
				late, soon := likeLists(t, w, unit)
				sawLate, sawSoon = sawLate || late > 0, sawSoon || soon > 0
			}
			w.wait(12 * time.Hour)
		}
		if !sawLate || !sawSoon {
			t.Errorf("late: %v, soon: %v: proves nothing", sawLate, sawSoon)
		}
		want, _, _, err := w.Todo(t.Context(), actor(center))
		if diff := cmp.Diff(map[ticket.Step]int64{ticket.StepAccept: 1, ticket.StepDispatch: 1, ticket.StepDecide: 1}, want); err != nil || diff != "" {
			t.Error(err, diff)
		}
	})
}

// likeLists compares the counts of a unit with its lists.
func likeLists(t *testing.T, w *town, unit ticket.UnitID) (late, soon int64) {
	t.Helper()
	steps, late, soon, err := w.Todo(t.Context(), actor(unit))
	if err != nil {
		t.Fatal(err)
	}
	want := map[ticket.Step]int64{}
	for _, step := range ticket.Steps {
		if n := len(pages(t, w, unit, casework.Filter{Todo: true, Steps: []ticket.Step{step}, Limit: 1})); n > 0 {
			want[step] = int64(n)
		}
	}
	if diff := cmp.Diff(want, steps); diff != "" {
		t.Errorf("unit %d: %s", unit, diff)
	}
	count := func(f casework.Filter) int64 { return int64(len(pages(t, w, unit, f))) }
	if n := count(casework.Filter{Todo: true, Late: true, Limit: 2}); n != late {
		t.Errorf("unit %d: %d late, list of %d", unit, late, n)
	}
	if n := count(casework.Filter{Todo: true, Soon: true, Limit: 2}); n != soon {
		t.Errorf("unit %d: %d soon, list of %d", unit, soon, n)
	}
	if n := count(casework.Filter{Todo: true, Soon: true, Late: true, Limit: 2}); n != soon+late {
		t.Errorf("unit %d: %d late or soon, list of %d", unit, late+soon, n)
	}
	return late, soon
}

// TestSoon: who supervises finds the next moves that will soon be late, the
// first to be due first.
func TestSoon(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		w := setup(t, d)
		soon, later := w.submit(t, "快到期"), w.submit(t, "未到期")
		w.do(t, center, later.ID, ticket.Accept{})
		w.do(t, center, later.ID, ticket.Dispatch{Lead: deptA})
		w.do(t, deptA, later.ID, ticket.Sign{})
		w.do(t, deptA, later.ID, ticket.Contact{Way: "phone", Reached: true})
		for unit, want := range map[ticket.UnitID][]string{center: {soon.Number}, deptA: nil} {
			if got := numbers(pages(t, w, unit, casework.Filter{Soon: true})); !cmp.Equal(got, want) {
				t.Errorf("unit %d: %v, want %v", unit, got, want)
			}
		}
		w.wait(7 * 24 * time.Hour)
		for unit, want := range map[ticket.UnitID][]string{center: {soon.Number, later.Number}, deptA: {later.Number}} {
			if got := numbers(pages(t, w, unit, casework.Filter{Soon: true, Late: true, Limit: 1})); !cmp.Equal(got, want) {
				t.Errorf("unit %d, later: %v, want %v", unit, got, want)
			}
		}
	})
}

// colleague is another dispatcher of a unit.
func colleague(unit ticket.UnitID, no int) ticket.Actor {
	a := actor(unit)
	a.Account += ticket.AccountID(100 * no)
	return a
}

// TestClaim: of colleagues who claim a ticket at once one wins, others see who,
// and nobody is kept from anything.
func TestClaim(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		w := setup(t, d)
		tk := w.submit(t, "路灯")
		var won atomic.Int64
		var group errgroup.Group
		for no := range 8 {
			group.Go(func() error {
				err := w.Claim(t.Context(), colleague(center, no+1), tk.Number)
				if err == nil {
					won.Add(1)
				}
				if errs.CodeOf(err) == "claimed" {
					return nil
				}
				return err
			})
		}
		if err := group.Wait(); err != nil || won.Load() != 1 {
			t.Fatalf("%d won; %v", won.Load(), err)
		}
		holder := pages(t, w, center, casework.Filter{Todo: true})[0].ClaimedBy
		if holder < 100 {
			t.Fatalf("claimed by %d", holder)
		}
		w.wait(casework.ClaimLive - time.Second)
		first := colleague(center, int(holder)/100)
		mustClaim(t, w, first, tk.Number, true) // renewed
		w.wait(2 * time.Second)
		mustClaim(t, w, actor(center), tk.Number, false)
		mustClaim(t, w, actor(deptA), tk.Number, false) // does not even see it
		w.do(t, center, tk.ID, ticket.Accept{})
		w.do(t, center, tk.ID, ticket.Dispatch{Lead: deptA})
		mustClaim(t, w, actor(deptA), tk.Number, true) // another unit's work on it

		release(t, w, actor(center), tk.Number) // not theirs
		mustClaim(t, w, actor(center), tk.Number, false)
		release(t, w, first, tk.Number)
		mustClaim(t, w, actor(center), tk.Number, true)
		w.wait(casework.ClaimLive)
		if by := pages(t, w, center, casework.Filter{Query: "路灯"})[0].ClaimedBy; by != 0 {
			t.Errorf("claimed by %d, though it has ended", by)
		}
		if err := w.ForgetClaims(t.Context()); err != nil {
			t.Fatal(err)
		}
		mustClaim(t, w, first, tk.Number, true)
	})
}

func mustClaim(t *testing.T, w *town, actor ticket.Actor, number string, want bool) {
	t.Helper()
	if err := w.Claim(t.Context(), actor, number); (err == nil) != want {
		t.Errorf("claim: %v, want %v", err, want)
	}
}

func release(t *testing.T, w *town, actor ticket.Actor, number string) {
	t.Helper()
	if err := w.Release(t.Context(), actor, number); err != nil {
		t.Error(err)
	}
}

// BenchmarkTodo: the menu of a center with 20,000 things to do.
func BenchmarkTodo(b *testing.B) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		b.Run(string(engine), func(b *testing.B) {
			d := dbtest.Open(b, engine)
			w := setup(b, d)
			busy(b, w, 20_000)
			for b.Loop() {
				if _, _, _, err := w.Todo(b.Context(), actor(center)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// busy gives the center so many things to do.
func busy(b *testing.B, w *town, n int) {
	b.Helper()
	columns := []string{"ticket", "no", "step", "assignment", "unit", "started_at", "due", "provisional", "breached", "is_todo"}
	err := w.db.Update(b.Context(), func(tx *db.Tx) error {
		for i := 0; i < n; i += 100 {
			var values []any
			for j := i; j < i+100; j++ {
				step := ticket.Steps[j%5]
				due := w.now.Add(time.Duration(j%200-100) * time.Hour).UnixMilli()
				values = append(values, int64(j+1), int64(1), string(step), int64(0), int64(center), due-1, due, int64(0), int64(0), int64(1))
			}
			if err := tx.Send(context.Background(), db.Insert("clock", columns, 100), values...); err != nil {
				return err
			}
		}
		_, err := tx.Exec(context.Background(), `ANALYZE clock`) // as PostgreSQL does by itself, later
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
}
