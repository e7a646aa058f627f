package casework_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"huiyin/internal/casework"
	"huiyin/internal/db"
	"huiyin/internal/db/dbtest"
	"huiyin/internal/errs"
	"huiyin/internal/ticket"
)

func TestLoop(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		w := setup(t, d)
		tk := w.submit(t, "路灯不亮")
		w.toReplied(t, tk.ID)
		w.do(t, 0, tk.ID, ticket.Rate{Result: ticket.Satisfied, Process: ticket.Basically})
		tk = w.do(t, center, tk.ID, ticket.FollowUp{Reached: true, Solved: true, Grade: ticket.Satisfied})
		if tk.State() != ticket.Closed {
			t.Fatalf("state %s", tk.State())
		}
		track, err := w.Track(t.Context(), tk.ID)
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range track.Steps {
			if s.Done == 0 {
				t.Errorf("step %d %s is not done", i+1, s.Label)
			}
		}
		if track.Reply != "已修好。" || len(track.Hops) != 1 || track.Hops[0].Unit != "市城管局" {
			t.Errorf("track = %+v", track)
		}
		verified(t, w)
	})
}

func verified(t testing.TB, w *town) {
	t.Helper()
	if _, err := casework.Verify(t.Context(), w.db, nil); err != nil {
		t.Fatal(err)
	}
}

// TestIdempotent: a retried request gets the same ticket, also when both come
// at once; the same key for something else is refused.
func TestIdempotent(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		w := setup(t, d)
		var group errgroup.Group
		numbers := make([]string, 20)
		codes := make([]string, 20)
		for i := range numbers {
			group.Go(func() error {
				r, err := w.Submit(t.Context(), actor(center), matter("井盖丢失"), "key-1")
				numbers[i], codes[i] = r.Ticket.Number, r.Code
				return err
			})
		}
		if err := group.Wait(); err != nil {
			t.Fatal(err)
		}
		for i := range numbers {
			if numbers[i] != numbers[0] || codes[i] != codes[0] || len(codes[i]) != 6 {
				t.Fatalf("numbers %v, codes %v", numbers, codes)
			}
		}
		if _, err := w.Submit(t.Context(), actor(center), matter("别的事"), "key-1"); errs.CodeOf(err) != "idempotency_key" {
			t.Fatalf("reused key: %v", err)
		}
		if _, err := w.Submit(t.Context(), ticket.TheRequester(), matter("别的事"), "key-1"); err != nil {
			t.Fatalf("another actor's key: %v", err)
		}
		tk := w.submit(t, "漏水")
		for range 2 {
			got, err := w.Do(t.Context(), actor(center), tk.ID, ticket.Urge{Note: "快"}, casework.Options{Key: "key-2"})
			if err != nil || got.Urges != 1 {
				t.Fatalf("urges %d, %v", got.Urges, err)
			}
		}
	})
}

// TestOneWinner: of many who take the same step at once exactly one does.
func TestOneWinner(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		w := setup(t, d)
		tk := w.submit(t, "噪音扰民")
		var won atomic.Int32
		var group errgroup.Group
		for range 16 {
			group.Go(func() error {
				_, err := w.Do(t.Context(), actor(center), tk.ID, ticket.Accept{}, casework.Options{})
				if err == nil {
					won.Add(1)
					return nil
				}
				if !errs.Is(err, errs.Conflict) {
					return err
				}
				return nil
			})
		}
		if err := group.Wait(); err != nil {
			t.Fatal(err)
		}
		if won.Load() != 1 {
			t.Fatalf("%d winners", won.Load())
		}
		if _, err := w.Do(t.Context(), actor(center), tk.ID, ticket.Dispatch{Lead: deptA}, casework.Options{Version: 1}); errs.CodeOf(err) != "stale_version" {
			t.Fatalf("stale version: %v", err)
		}
		// Appends that do not exclude each other all happen, one after the other.
		for range 12 {
			group.Go(func() error {
				_, err := w.Do(t.Context(), actor(center), tk.ID, ticket.Urge{}, casework.Options{})
				return err
			})
		}
		if err := group.Wait(); err != nil {
			t.Fatal(err)
		}
		verified(t, w)
	})
}

func TestMerge(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		w := setup(t, d)
		master, one, two, three := w.submit(t, "停水"), w.submit(t, "没水了"), w.submit(t, "水停了"), w.submit(t, "又停水")
		w.do(t, center, master.ID, ticket.Accept{})
		for _, m := range []ticket.Ticket{one, two, three} {
			w.do(t, center, m.ID, ticket.Merge{Master: master.ID})
		}
		if _, err := w.Do(t.Context(), actor(0), master.ID, ticket.Withdraw{}, casework.Options{}); errs.CodeOf(err) != "has_members" {
			t.Fatalf("withdraw a master: %v", err)
		}
		if got := w.do(t, center, two.ID, ticket.Unmerge{}); got.State() != ticket.ToDispatch {
			t.Fatalf("unmerged to %s", got.State())
		}
		w.do(t, center, master.ID, ticket.Dispatch{Lead: deptA})
		w.do(t, deptA, master.ID, ticket.Sign{})
		w.do(t, deptA, master.ID, ticket.Draft{Text: "已恢复供水。", Solved: "solved"})
		w.do(t, deptA, master.ID, ticket.SignOff{})
		track, err := w.Track(t.Context(), one.ID)
		if err != nil || track.Reply != "已恢复供水。" {
			t.Fatalf("member's reply %q, %v", track.Reply, err)
		}
		w.do(t, 0, one.ID, ticket.Rate{Result: ticket.Satisfied, Process: ticket.Satisfied})
		got := w.do(t, center, one.ID, ticket.FollowUp{Reached: true, Solved: true, Grade: ticket.Satisfied})
		if got.State() != ticket.Merged || got.After != ticket.Closed {
			t.Fatalf("member is %s, after %s", got.State(), got.After)
		}
		w.do(t, 0, three.ID, ticket.Rate{Result: ticket.Unsatisfied, Process: ticket.Satisfied, Code: "not_solved"})
		got = w.do(t, center, three.ID, ticket.FollowUp{Reached: true, Grade: ticket.Unsatisfied, UnitCause: true})
		if got.State() != ticket.ToDispatch || got.Master != 0 || got.Round != 1 {
			t.Fatalf("dissatisfied member is %s of %d in round %d", got.State(), got.Master, got.Round)
		}
		if v, err := w.Open(t.Context(), actor(center), master.Number); err != nil || len(v.Ticket.Members) != 1 {
			t.Fatalf("master keeps %v, %v", v.Ticket.Members, err)
		}
		verified(t, w)
	})
}

// TestSweep: windows end, warnings and breaches are noted with the due
// instant, and a second sweep finds nothing to do.
func TestSweep(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		w := setup(t, d)
		late, rated := w.submit(t, "垃圾堆积"), w.submit(t, "咨询社保")
		w.do(t, center, late.ID, ticket.Accept{})
		w.do(t, center, late.ID, ticket.Dispatch{Lead: deptA})
		w.toReplied(t, rated.ID)
		w.wait(30 * 24 * time.Hour)
		for range 3 {
			if _, err := w.Sweep(t.Context(), 1000); err != nil {
				t.Fatal(err)
			}
		}
		n, err := w.Sweep(t.Context(), 1000)
		if err != nil || n != 0 {
			t.Fatalf("a fourth sweep finds %d, %v", n, err)
		}
		v, err := w.Open(t.Context(), actor(center), late.Number)
		if err != nil {
			t.Fatal(err)
		}
		handle := v.Ticket.Clocks[len(v.Ticket.Clocks)-1]
		for _, c := range v.Ticket.Clocks {
			if c.Step == ticket.StepHandle {
				handle = c
			}
		}
		if !handle.Warned || !handle.Breached {
			t.Errorf("handling clock %+v", handle)
		}
		track, err := w.Track(t.Context(), rated.ID)
		if err != nil || track.State != ticket.ToFollowUp {
			t.Errorf("unrated ticket is %s, %v", track.State, err)
		}
		verified(t, w)
	})
}

// TestListsAgreeWithSight: every list shows exactly what its actor may open.
func TestListsAgreeWithSight(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		w := setup(t, d)
		var all []ticket.Ticket
		for i := range 12 {
			tk := w.submit(t, fmt.Sprintf("事项%d号", i))
			w.do(t, center, tk.ID, ticket.Accept{})
			unit := unitsBelow[i%len(unitsBelow)]
			w.do(t, center, tk.ID, ticket.Dispatch{Lead: unit})
			if i%4 == 0 {
				w.do(t, center, tk.ID, ticket.SetConfidential{Confidential: true})
			}
			if unit == county {
				w.do(t, county, tk.ID, ticket.Delegate{Lead: township})
			}
			if i > 8 {
				w.do(t, 0, tk.ID, ticket.Withdraw{})
			}
			all = append(all, tk)
		}
		for unit := center; unit <= deptB; unit++ {
			listed := map[string]bool{}
			f := casework.Filter{Limit: 5}
			for {
				page, err := w.List(t.Context(), actor(unit), f)
				if err != nil {
					t.Fatal(err)
				}
				for _, item := range page.Items {
					if listed[item.Number] {
						t.Errorf("unit %d: %s twice", unit, item.Number)
					}
					listed[item.Number] = true
				}
				if f.Cursor = page.Next; f.Cursor == "" {
					break
				}
			}
			for _, tk := range all {
				_, err := w.Lookup(t.Context(), actor(unit), tk.Number)
				if sees := err == nil; sees != listed[tk.Number] {
					t.Errorf("unit %d, %s: may open %v, listed %v", unit, tk.Number, sees, listed[tk.Number])
				}
			}
		}
		found, err := w.List(t.Context(), actor(center), casework.Filter{Query: "事项7"})
		if err != nil || len(found.Items) != 1 {
			t.Errorf("search found %d, %v", len(found.Items), err)
		}
	})
}

// TestOneKeyTwoCommands: of two commands under one key at once, the one that
// did not happen is not acknowledged.
func TestOneKeyTwoCommands(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		w := setup(t, d)
		for i := range 20 {
			tk := w.submit(t, fmt.Sprint("漏水", i))
			commands := []ticket.Command{ticket.Urge{Note: "快"}, ticket.AddMaterial{Text: "补充一点情况"}}
			failed := make([]error, len(commands))
			var group errgroup.Group
			for j, cmd := range commands {
				group.Go(func() error {
					_, failed[j] = w.Do(t.Context(), actor(center), tk.ID, cmd, casework.Options{Key: fmt.Sprint("one-", i)})
					return nil
				})
			}
			_ = group.Wait() // they never fail
			refused := 0
			for _, err := range failed {
				if errs.CodeOf(err) == "idempotency_key" {
					refused++
				}
			}
			v, err := w.Open(t.Context(), actor(center), tk.Number)
			if err != nil || refused != 1 || v.Ticket.Seq != 2 {
				t.Errorf("%v, version %d, %v", failed, v.Ticket.Seq, err)
			}
		}
	})
}

// TestConfidentialTakenAway: a unit from which a confidential ticket was taken
// does not see it any more; one that answered does.
func TestConfidentialTakenAway(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		w := setup(t, d)
		tk := w.submit(t, "反映一家单位")
		w.do(t, center, tk.ID, ticket.SetConfidential{Confidential: true})
		w.do(t, center, tk.ID, ticket.Accept{})
		w.do(t, center, tk.ID, ticket.Dispatch{Lead: deptA})
		listed := func(unit ticket.UnitID) int {
			p, err := w.List(t.Context(), actor(unit), casework.Filter{})
			if err != nil {
				t.Fatal(err)
			}
			return len(p.Items)
		}
		if listed(deptA) != 1 {
			t.Error("the unit at work does not see it")
		}
		w.do(t, center, tk.ID, ticket.Recall{Note: "批转有误"})
		w.do(t, center, tk.ID, ticket.Dispatch{Lead: deptB})
		if _, err := w.Lookup(t.Context(), actor(deptA), tk.Number); !errs.Is(err, errs.NotFound) || listed(deptA) != 0 {
			t.Errorf("the unit it was taken from: %v, %d listed", err, listed(deptA))
		}
		if _, err := w.Lookup(t.Context(), actor(deptB), tk.Number); err != nil || listed(deptB) != 1 {
			t.Errorf("the unit at work: %v", err)
		}
	})
}

// TestReportsFoundLater: what turns out to be a report of wrongdoing is kept
// confidential from then on, and taken off the public site.
func TestReportsFoundLater(t *testing.T) {
	t.Parallel()
	report := ticket.Facts{Kind: ticket.Report}
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		w := setup(t, d)
		w.rule(t, "kinds", "help,report")
		for name, cmd := range map[string]ticket.Command{
			"accepted": ticket.Accept{Facts: report}, "answered": ticket.Answer{Facts: report, Text: "已转交。"}, "classified": ticket.Classify{Facts: report},
		} {
			tk := w.submit(t, "反映一家单位")
			w.do(t, center, tk.ID, cmd)
			if v, err := w.Open(t.Context(), actor(center), tk.Number); err != nil || !v.Ticket.Confidential {
				t.Errorf("%s: confidential %t, %v", name, v.Ticket.Confidential, err)
			}
		}
		open := w.submit(t, "反映一家单位")
		w.do(t, center, open.ID, ticket.Accept{Facts: report})
		w.do(t, center, open.ID, ticket.SetConfidential{Confidential: false})
		w.do(t, center, open.ID, ticket.Classify{Facts: ticket.Facts{Kind: ticket.Report, Urgency: ticket.Normal}})
		if v, err := w.Open(t.Context(), actor(center), open.Number); err != nil || v.Ticket.Confidential {
			t.Errorf("what was decided since is undone: %v", err)
		}
	})
}
