package casework_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"huiyin/internal/casework"
	"huiyin/internal/db"
	"huiyin/internal/db/dbtest"
	"huiyin/internal/errs"
	"huiyin/internal/ticket"
	"huiyin/internal/ticket/tickettest"
)

// TestRandomHistories proves rules 1–5 of the house through casework on both
// stores: what the core decides is what the store holds, a refusal stores
// nothing, a retry repeats nothing, and the evidence verifies.
func TestRandomHistories(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		w := setup(t, d)
		rapid.Check(t, func(rt *rapid.T) { w.history(rt, t) })
		report, err := casework.Verify(t.Context(), d, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%d tickets, %d records", report.Tickets, report.Records)
		w.countedAnew(t)
	})
}

func (w *town) history(rt *rapid.T, t *testing.T) {
	master := w.submit(t, "主单")
	w.do(t, center, master.ID, ticket.Accept{})
	tk := w.submit(t, "随机")
	world := tickettest.World{
		Center: center, Units: unitsBelow, Category: "c1-1", Reject: "litigation", Return: "not_our_duty", Unsatisfied: "too_slow",
		Other: master.ID,
	}
	for i := range rapid.IntRange(10, 120).Draw(rt, "length") {
		w.wait(time.Duration(rapid.Int64Range(1, int64(30*time.Hour)).Draw(rt, "wait")))
		cmd := world.Command(rt, &tk, everybody(), ticket.At(w.clock()))
		if _, ok := cmd.(ticket.AddMember); ok {
			continue // members come by way of Merge
		}
		who := w.drawActor(rt, &tk, cmd)
		opt := casework.Options{Key: rapid.StringMatching(`[a-z]{12}`).Draw(rt, "key")}
		next, err := w.Do(t.Context(), who, tk.ID, cmd, opt)
		if err != nil && errs.KindOf(err) == errs.Internal {
			rt.Fatalf("step %d, %s: %v", i, cmd.Name(), err)
		}
		if err != nil {
			next = tk
		} else if again, err := w.Do(t.Context(), who, tk.ID, cmd, opt); err != nil || again.Seq != next.Seq {
			rt.Fatalf("%s again with its key: version %d, want %d, %v", cmd.Name(), again.Seq, next.Seq, err)
		}
		w.same(rt, t, &next)
		tk = next
		if rapid.IntRange(0, 9).Draw(rt, "count") == 0 {
			w.countAll(t)
		}
	}
	w.listed(rt, t, &tk)
}

// listed checks that every unit finds in its lists what it has to do on the
// ticket, and that the ticket is among the late ones when it is.
func (w *town) listed(rt *rapid.T, t *testing.T, tk *ticket.Ticket) {
	duty, owed := tk.Duty()
	late := owed && duty.Clock.Late(ticket.At(w.clock()))
	for unit := center; unit <= deptB; unit++ {
		var got, want []string
		for _, i := range pages(t, w, unit, casework.Filter{Todo: true, Limit: 7}) {
			if i.ID == tk.ID {
				got = append(got, fmt.Sprintln(i.Step, i.Part, i.Due, i.Pending, i.Endorsed))
			}
		}
		for _, c := range tk.Tasks() {
			var part ticket.Assignment
			if a := tk.Assignment(c.Assignment); a != nil {
				part = *a
			}
			var asks ticket.Request
			if part.Request != nil {
				asks = *part.Request
			}
			if c.Unit == unit {
				want = append(want, fmt.Sprintln(c.Step, part.State, c.Due, asks.For, asks.Endorsed))
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			rt.Fatalf("%s: unit %d finds %v to do, want %v", tk.State(), unit, got, want)
		}
		sees := slices.ContainsFunc(pages(t, w, unit, casework.Filter{Limit: 200}), func(i casework.Item) bool { return i.ID == tk.ID })
		found := slices.ContainsFunc(pages(t, w, unit, casework.Filter{Late: true, Limit: 7}), func(i casework.Item) bool { return i.ID == tk.ID })
		if found != (sees && late) {
			rt.Fatalf("%s: unit %d finds it late: %v; sees it: %v, late: %v", tk.State(), unit, found, sees, late)
		}
	}
}

// same checks that the store holds the ticket, byte for byte, and that its
// invariants hold.
func (w *town) same(rt *rapid.T, t *testing.T, want *ticket.Ticket) {
	var snapshot string
	var seq int
	err := w.db.QueryRow(t.Context(), `SELECT snapshot, seq FROM ticket WHERE id = $1`, want.ID).Scan(&snapshot, &seq)
	if err != nil {
		rt.Fatal(err)
	}
	b, err := json.Marshal(want)
	if err != nil || string(b) != snapshot || seq != want.Seq {
		rt.Fatalf("version %d stored as\n%s\ndecided as\n%s", seq, snapshot, b)
	}
	if err := want.Check(); err != nil {
		rt.Fatal(err)
	}
}

// drawActor prefers who may do it.
func (w *town) drawActor(rt *rapid.T, tk *ticket.Ticket, cmd ticket.Command) ticket.Actor {
	rule := ticket.RuleOf(cmd.Name())
	able := slices.DeleteFunc(everybody(), func(a ticket.Actor) bool {
		if duty, ok := tk.Duty(); ok && rule.Place == ticket.AtUnit && a.Unit != duty.Unit &&
			(cmd.Name() != "take_back" || !slices.Contains(ticket.Allowed(tk, a), cmd.Name())) {
			return true
		}
		return !slices.ContainsFunc(rule.By, a.Holds)
	})
	if len(able) > 0 && rapid.IntRange(0, 5).Draw(rt, "able") > 0 {
		return rapid.SampledFrom(able).Draw(rt, "actor")
	}
	return rapid.SampledFrom(everybody()).Draw(rt, "anybody")
}

func everybody() []ticket.Actor {
	all := []ticket.Actor{ticket.TheRequester(), ticket.ThePlatform()}
	for unit := center; unit <= deptB; unit++ {
		all = append(all, actor(unit))
	}
	return all
}
