package casework_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiyin/internal/casework"
	"huiyin/internal/db"
	"huiyin/internal/db/dbtest"
	"huiyin/internal/errs"
	"huiyin/internal/figures"
	"huiyin/internal/ticket"
)

// countAll brings the figures up to date, a few tickets at a time.
func (w *town) countAll(t testing.TB) {
	t.Helper()
	for {
		n, err := w.Count(t.Context(), 3)
		if err != nil {
			t.Fatal(err)
		}
		if n < 3 {
			return
		}
	}
}

// countedAnew checks that figures that followed the tickets step by step are
// those that the tickets give as they are now.
func (w *town) countedAnew(t testing.TB) {
	t.Helper()
	ctx := t.Context()
	sum := func() figures.Cuts {
		w.countAll(t)
		cuts, err := figures.Between(ctx, w.db, "2000-01-01", "2099-12-31")
		if err != nil {
			t.Fatal(err)
		}
		for _, items := range cuts {
			for item, tally := range items {
				if tally == (figures.Tally{}) {
					delete(items, item) // left by what was taken out again
				}
			}
		}
		return cuts
	}
	followed := sum()
	err := w.db.Update(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM figure`); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE ticket SET counted_seq = 0`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sum(), followed); diff != "" {
		t.Errorf("figures that followed the tickets differ from those counted anew (-anew +followed):\n%s", diff)
	}
	if city := followed.Of(figures.City, ""); city.Received == 0 {
		t.Errorf("nothing was counted: %+v", city)
	}
}

// TestFigures walks some tickets through the loop and reads what the period
// says about them.
func TestFigures(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		w := setup(t, d)
		first := w.submit(t, "路灯不亮")
		w.toReplied(t, first.ID)
		w.do(t, 0, first.ID, ticket.Rate{Result: ticket.Satisfied, Process: ticket.Basically})
		w.do(t, center, first.ID, ticket.FollowUp{Reached: true, Solved: true, Grade: ticket.Satisfied})
		late := w.submit(t, "井盖丢失")
		w.do(t, center, late.ID, ticket.Accept{})
		w.do(t, center, late.ID, ticket.Dispatch{Lead: deptB})
		withdrawn := w.submit(t, "问一问")
		w.do(t, 0, withdrawn.ID, ticket.Withdraw{})
		got := w.figures(t, "")
		if want := (figures.Tally{
			Received: 3, Accepted: 2, Closed: 1, Rated: 1, ResultGood: 1, ProcessFair: 1, Called: 1, Solved: 1,
		}); got.Of(figures.City, "") != want {
			t.Errorf("the city has %+v, want %+v", got.Of(figures.City, ""), want)
		}
		w.wait(20 * 24 * time.Hour) // past every limit
		if _, err := w.Sweep(t.Context(), 100); err != nil {
			t.Fatal(err)
		}
		got = w.figures(t, "2026-03")
		if city := got.Of(figures.City, ""); city.Due != 2 || city.Replied != 1 || city.Timely != 1 {
			t.Errorf("due %d, replied %d, timely %d; want 2, 1, 1", city.Due, city.Replied, city.Timely)
		}
		if a, b := got.OfUnit(deptA), got.OfUnit(deptB); a.Timely != 1 || a.Solved != 1 || b.Due != 1 || b.Replied != 0 {
			t.Errorf("the units have %+v and %+v", a, b)
		}
		if got.Of(figures.County, "350102") != got.Of(figures.City, "") {
			t.Errorf("all of it is in one county, which has %+v", got.Of(figures.County, "350102"))
		}
		if last := got.Months[11]; len(got.Months) != 12 || last.Month != "2026-03" || last.Tally != got.Of(figures.City, "") {
			t.Errorf("the months end with %+v", last)
		}
		w.wait(30 * 24 * time.Hour)
		if next := w.figures(t, ""); next.Period != "2026-04" || next.Before.Received != 3 {
			t.Errorf("April has %s and compares with %+v", next.Period, next.Before)
		}
		if year := w.figures(t, "2026"); year.Of(figures.City, "").Received != 3 {
			t.Errorf("the year has %+v", year.Of(figures.City, ""))
		}
	})
}

// TestFiguresOfReplies: a matter is answered from the reply on, whether rated or
// not, and not because a merge stopped its clock.
func TestFiguresOfReplies(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		w := setup(t, d)
		work := func(id int64) {
			w.do(t, deptA, id, ticket.Sign{})
			w.do(t, deptA, id, ticket.Draft{Text: "已修好。", Solved: "solved"})
			w.do(t, deptA, id, ticket.SignOff{})
		}
		late, prompt, parted, master := w.submit(t, "路灯不亮"), w.submit(t, "井盖丢失"), w.submit(t, "垃圾未清"), w.submit(t, "垃圾未清运")
		for _, r := range []*ticket.Ticket{&late, &prompt, &parted, &master} {
			w.do(t, center, r.ID, ticket.Accept{})
		}
		w.do(t, center, parted.ID, ticket.Merge{Master: master.ID})
		w.do(t, center, parted.ID, ticket.Unmerge{})
		w.do(t, center, late.ID, ticket.Dispatch{Lead: deptA})
		w.do(t, center, prompt.ID, ticket.Dispatch{Lead: deptA})
		work(prompt.ID)
		w.wait(20 * 24 * time.Hour) // past every limit
		if _, err := w.Sweep(t.Context(), 100); err != nil {
			t.Fatal(err)
		}
		work(late.ID)
		w.countAll(t)
		want := figures.Tally{Received: 4, Accepted: 4, Due: 4, Replied: 2, Timely: 1}
		if got := w.figures(t, "2026-03").Of(figures.City, ""); got != want {
			t.Errorf("the city has %+v, want %+v", got, want)
		}
		w.countedAnew(t)
	})
}

func (w *town) figures(t testing.TB, period string) casework.Figures {
	t.Helper()
	w.countAll(t)
	w.wait(time.Hour) // older figures are no longer believed
	f, err := w.Figures(t.Context(), period)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestFiguresHideConfidential: a report is told apart neither by county nor by
// unit.
func TestFiguresHideConfidential(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		w := setup(t, d)
		m := matter("举报")
		m.Kind, m.Confidential = ticket.Complaint, true
		r, err := w.Submit(t.Context(), actor(center), m, "")
		if err != nil {
			t.Fatal(err)
		}
		w.toReplied(t, r.Ticket.ID)
		f := w.figures(t, "")
		if len(f.Cuts[figures.Unit]) != 0 || len(f.Cuts[figures.County]) != 0 || f.Of(figures.City, "").Received != 1 {
			t.Errorf("figures tell of a confidential ticket: %+v", f.Cuts)
		}
	})
}

func TestPeriods(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		w := setup(t, d)
		for _, period := range []string{"2026-04", "2027", "1999", "2026-13", "03", "2026-3-1", "' OR 1=1"} {
			if _, err := w.Figures(t.Context(), period); !errs.Is(err, errs.Invalid) {
				t.Errorf("%q: %v", period, err)
			}
		}
		for period, days := range map[string]string{
			"": "2026-03-01 2026-03-02", "2026-02": "2026-02-01 2026-02-28", "2026": "2026-01-01 2026-03-02", "2025": "2025-01-01 2025-12-31",
		} {
			f, err := w.Figures(t.Context(), period)
			if err != nil || f.First+" "+f.Last != days {
				t.Errorf("%q goes from %s to %s, want %s, %v", period, f.First, f.Last, days, err)
			}
		}
	})
}
