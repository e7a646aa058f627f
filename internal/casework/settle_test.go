package casework_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiyin/internal/casework"
	"huiyin/internal/db"
	"huiyin/internal/db/dbtest"
	"huiyin/internal/org"
	"huiyin/internal/ticket"
	"huiyin/internal/worktime"
)

// year2027 is a notice: the New Year is made up for on a Sunday, and two more
// days are off after it.
func year2027() worktime.Year {
	return worktime.Year{
		Holidays: map[string]string{"2027-01-01": "元旦", "2027-01-02": "元旦", "2027-01-05": "元旦", "2027-01-06": "元旦"},
		Workdays: map[string]string{"2027-01-03": "元旦"},
	}
}

// publish puts the notice of 2027 in.
func (w *town) publish(t *testing.T) {
	t.Helper()
	if err := w.live.Change(t.Context(), func(tx *db.Tx) error { return org.SetYear(t.Context(), tx, 2027, year2027()) }); err != nil {
		t.Fatal(err)
	}
}

// due returns when the latest clock of a step that has not ended is due.
func due(t *testing.T, tk ticket.Ticket, step ticket.Step, assignment int) (day string, provisional bool) {
	t.Helper()
	for i := len(tk.Clocks) - 1; i >= 0; i-- {
		c := tk.Clocks[i]
		if c.Step == step && c.Assignment == assignment && c.Stopped == 0 {
			return c.Due.Time().In(time.FixedZone("", 8*3600)).Format("01-02 15:04"), c.Provisional
		}
	}
	t.Fatalf("no clock of %s", step)
	return "", false
}

// What was begun in the last days of a year whose next one is unknown is
// settled once the notice is there: what it is, and not what was guessed.
func TestSettle(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		w := setup(t, d)
		w.now = time.Date(2026, 12, 29, 9, 0, 0, 0, time.FixedZone("", 8*3600))
		open := func(title string) ticket.Ticket {
			tk := w.submit(t, title)
			w.do(t, center, tk.ID, ticket.Accept{})
			return tk
		}
		plain, delegated, paused, done := open("路灯不亮"), open("井盖丢失"), open("停水"), open("噪声")
		for id, lead := range map[int64]ticket.UnitID{plain.ID: deptA, delegated.ID: county, paused.ID: deptA, done.ID: deptA} {
			w.do(t, center, id, ticket.Dispatch{Lead: lead})
			w.do(t, lead, id, ticket.Sign{})
		}
		w.do(t, county, delegated.ID, ticket.Delegate{Lead: countyDept})
		w.do(t, deptA, done.ID, ticket.Draft{Text: "已修好。", Solved: "solved"})
		w.do(t, deptA, done.ID, ticket.SignOff{})
		w.wait(time.Hour)
		w.do(t, deptA, paused.ID, ticket.RequestSuspension{Until: ticket.At(w.now.AddDate(0, 0, 1)), Reason: "等材料", Interim: "请稍候"})
		w.do(t, center, paused.ID, ticket.DecideSuspension{Verdict: ticket.Verdict{Approve: true, Note: "同意"}})

		look := func(tk ticket.Ticket) ticket.Ticket { return w.ticket(t, tk.ID) }
		type deadline struct {
			Due         string
			Provisional bool
		}
		want := func(when string, tk ticket.Ticket, step ticket.Step, assignment int, want deadline) {
			t.Helper()
			var got deadline
			got.Due, got.Provisional = due(t, look(tk), step, assignment)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: %s of %s: -want +got\n%s", when, step, tk.Number, diff)
			}
		}
		// Five working days: 30, 31, then guessed 4, 5, 6 January.
		want("guessed", plain, ticket.StepHandle, 1, deadline{"01-06 17:30", true})
		want("guessed", delegated, ticket.StepHandle, 2, deadline{"01-05 17:30", true})

		foreseen, err := w.Foresee(t.Context(), w.live.Current().Calendar().WithYear(2027, year2027()))
		if err != nil {
			t.Fatal(err)
		}
		if n, err := w.Settle(t.Context()); err != nil || n.Settled != 0 || n.Provisional != foreseen.Provisional {
			t.Errorf("before the notice: %+v, %v", n, err)
		}
		want("still guessed", plain, ticket.StepHandle, 1, deadline{"01-06 17:30", true})

		w.publish(t)
		n, err := w.Settle(t.Context())
		if err != nil || n != foreseen || n.Settled == 0 || n.Moved == 0 || n.Settled != n.Provisional {
			t.Errorf("%+v, foreseen %+v, %v", n, foreseen, err)
		}
		// 30, 31 December, 3, 4, 7 January.
		want("settled", plain, ticket.StepHandle, 1, deadline{"01-07 17:30", false})
		want("settled", plain, ticket.StepOverall, 0, deadline{"01-07 17:30", false})
		want("settled", delegated, ticket.StepHandle, 1, deadline{"01-07 17:30", false})
		want("settled", delegated, ticket.StepHandle, 2, deadline{"01-04 17:30", false})
		want("standing still", paused, ticket.StepHandle, 1, deadline{"01-06 17:30", true})

		// What stood still meanwhile is settled as a whole when it goes on.
		w.wait(23 * time.Hour)
		w.do(t, deptA, paused.ID, ticket.Resume{})
		if n, err := w.Settle(t.Context()); err != nil || n.Settled == 0 {
			t.Errorf("after the standstill: %+v, %v", n, err)
		}
		want("after the standstill", paused, ticket.StepHandle, 1, deadline{"01-08 17:30", false})
		if n, err := w.Settle(t.Context()); err != nil || n != (casework.Settling{}) {
			t.Errorf("once more: %+v, %v", n, err)
		}
	})
}

// A breach of a guessed instant is none of the settled one; a ticket that cannot
// be read does not keep the others from being settled; and a deadline that is
// final is not explained by rules that came later.
func TestSettleLate(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		w := setup(t, d)
		w.now = time.Date(2026, 12, 29, 9, 0, 0, 0, time.FixedZone("", 8*3600))
		damaged, late := w.submit(t, "无法读取"), w.submit(t, "路灯不亮")
		for _, tk := range []ticket.Ticket{damaged, late} {
			w.do(t, center, tk.ID, ticket.Accept{})
			w.do(t, center, tk.ID, ticket.Dispatch{Lead: deptA})
		}
		handle := func() ticket.Clock {
			for _, c := range w.ticket(t, late.ID).Clocks {
				if c.Step == ticket.StepHandle {
					return c
				}
			}
			t.Fatal("no clock")
			return ticket.Clock{}
		}
		w.now = time.Date(2027, 1, 7, 8, 0, 0, 0, time.FixedZone("", 8*3600))
		for {
			if n, err := w.Sweep(t.Context(), 100); err != nil || n == 0 {
				break
			}
		}
		if c := handle(); !c.Breached {
			t.Fatalf("due %v and not breached", c.Due.Time())
		}
		if err := d.Update(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `UPDATE ticket SET snapshot = '[]' WHERE id = $1`, damaged.ID)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		w.publish(t)
		if _, err := w.Settle(t.Context()); err == nil {
			t.Error("nobody hears of the ticket that cannot be settled")
		}
		c := handle()
		if got := c.Due.Time().In(w.now.Location()).Format("01-02 15:04"); got != "01-07 17:30" || c.Provisional || c.Breached {
			t.Errorf("due %s, provisional %v, breached %v", got, c.Provisional, c.Breached)
		}
		explained := func() casework.Explanation {
			e, err := w.Explain(t.Context(), actor(center), late.Number, c.No)
			if err != nil {
				t.Fatal(err)
			}
			return e
		}
		if e := explained(); e.Changed || len(e.Days) == 0 {
			t.Errorf("by the same rules: %+v", e)
		}
		w.rule(t, "count_same_day", "true")
		if e := explained(); !e.Changed || len(e.Days) != 0 {
			t.Errorf("by other rules: %+v", e)
		}
	})
}

// A contact that was given back is settled as what it was before.
func TestSettleGivenBack(t *testing.T) {
	t.Parallel()
	w := setup(t, dbtest.Open(t, db.SQLite))
	w.now = time.Date(2026, 12, 31, 9, 0, 0, 0, time.FixedZone("", 8*3600))
	tk := w.submit(t, "路灯不亮")
	w.do(t, center, tk.ID, ticket.Accept{})
	w.do(t, center, tk.ID, ticket.Dispatch{Lead: county})
	w.do(t, county, tk.ID, ticket.Sign{})
	w.do(t, county, tk.ID, ticket.Delegate{Lead: countyDept})
	w.do(t, county, tk.ID, ticket.TakeBack{Reason: "交办有误"})
	if at, provisional := due(t, w.ticket(t, tk.ID), ticket.StepContact, 1); at != "01-04 17:30" || !provisional {
		t.Errorf("guessed %s, %v", at, provisional)
	}
	w.publish(t)
	if n, err := w.Settle(t.Context()); err != nil || n.Settled != n.Provisional {
		t.Errorf("%+v, %v", n, err)
	}
	if at, provisional := due(t, w.ticket(t, tk.ID), ticket.StepContact, 1); at != "01-03 17:30" || provisional {
		t.Errorf("settled %s, %v", at, provisional)
	}
}

// ticket returns a ticket as it stands, by urging it.
func (w *town) ticket(t *testing.T, id int64) ticket.Ticket {
	t.Helper()
	return w.do(t, center, id, ticket.Urge{})
}
