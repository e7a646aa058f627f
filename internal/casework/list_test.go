package casework_test

import (
	"cmp"
	"slices"
	"strings"
	"testing"
	"time"

	"huiyin/internal/casework"
	"huiyin/internal/db"
	"huiyin/internal/db/dbtest"
	"huiyin/internal/errs"
	"huiyin/internal/ticket"
)

// TestFilters holds every filter, page by page, against a look at everything
// that the unit sees.
func TestFilters(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		w := setup(t, d)
		scattered(t, w)
		filters := map[string]casework.Filter{
			"days":              {From: "2024-03-01", To: "2025-02-10"},
			"since":             {From: "2025-06-01"},
			"until":             {To: "2024-12-31"},
			"days and leaf":     {From: "2024-03-01", Category: "c1-1"},
			"days and state":    {To: "2025-12-31", States: []ticket.State{ticket.ToSign}},
			"days and area":     {From: "2024-03-01", Area: "350103"},
			"category":          {Category: "c1"},
			"own area":          {Area: "350102"},
			"foreign area":      {Area: "350103"},
			"foreign leaf area": {Area: "350103001"},
			"area and state":    {Area: "350103", States: []ticket.State{ticket.ToSign, ticket.Withdrawn}},
			"ended":             {States: []ticket.State{ticket.Withdrawn}},
			"kind and area":     {Kind: ticket.Complaint, Area: "350103"},
			"words and days":    {Query: "路灯", From: "2024-09-01"},
		}
		for unit := center; unit <= deptB; unit++ {
			all := pages(t, w, unit, casework.Filter{Limit: 200})
			for name, f := range filters {
				f.Limit = 3
				got := pages(t, w, unit, f)
				want := naive(all, f)
				if !slices.Equal(numbers(got), numbers(want)) {
					t.Errorf("unit %d, %s:\n%v, want\n%v", unit, name, numbers(got), numbers(want))
				}
				if unit == center && len(got) < 4 {
					t.Errorf("%s: %d items prove nothing", name, len(got))
				}
			}
		}
	})
}

// TestTodoByStep: each role of a center finds its own part of what is to do.
func TestTodoByStep(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		w := setup(t, d)
		accept, dispatch, review := w.submit(t, "待受理"), w.submit(t, "待批转"), w.submit(t, "待审核延期")
		w.do(t, center, dispatch.ID, ticket.Accept{})
		w.do(t, center, review.ID, ticket.Accept{})
		w.do(t, center, review.ID, ticket.Dispatch{Lead: deptA})
		w.do(t, deptA, review.ID, ticket.Sign{})
		w.do(t, deptA, review.ID, ticket.RequestExtension{Days: 2, Reason: "须施工"})
		for _, tc := range []struct {
			steps []ticket.Step
			want  []ticket.Ticket
		}{
			{[]ticket.Step{ticket.StepAccept}, []ticket.Ticket{accept}},
			{[]ticket.Step{ticket.StepDispatch, ticket.StepDecide}, []ticket.Ticket{dispatch, review}},
			{[]ticket.Step{ticket.StepFollowUp}, nil},
			{nil, []ticket.Ticket{dispatch, accept, review}},
		} {
			var want []string
			for _, tk := range tc.want {
				want = append(want, tk.Number)
			}
			if got := numbers(pages(t, w, center, casework.Filter{Todo: true, Steps: tc.steps, Limit: 2})); !slices.Equal(got, want) {
				t.Errorf("%v: %v, want %v", tc.steps, got, want)
			}
		}
		_, err := w.List(t.Context(), actor(center), casework.Filter{Steps: []ticket.Step{ticket.StepAccept}})
		if !errs.Is(err, errs.Invalid) {
			t.Errorf("steps without a list of things to do: %v", err)
		}
	})
}

// scattered fills the town with tickets of several years that came in out of
// order.
func scattered(t *testing.T, w *town) {
	t.Helper()
	areas := []string{"350102", "350102001", "350103", "350103001"}
	for i := range 60 {
		day := time.Date(2024, 1, 2, 1, 0, 0, 0, time.UTC).AddDate(0, 0, i*317%900)
		at := w.At(func() time.Time { return day })
		m := matter("路灯不亮")
		m.Area, m.Kind = areas[i%len(areas)], ticket.Kinds[i%3]
		if i%5 == 0 {
			m.Category = "c1"
		}
		r, err := at.Submit(t.Context(), actor(center), m, "")
		if err != nil {
			t.Fatal(err)
		}
		commands := []ticket.Command{ticket.Accept{}, ticket.Dispatch{Lead: unitsBelow[i%len(unitsBelow)]}}
		if i%3 == 0 {
			commands = append(commands, ticket.SetConfidential{Confidential: i%2 == 0})
		}
		for _, cmd := range commands {
			if _, err := at.Do(t.Context(), actor(center), r.Ticket.ID, cmd, casework.Options{}); err != nil {
				t.Fatal(err)
			}
		}
		if i%4 == 3 {
			if _, err := at.Do(t.Context(), ticket.TheRequester(), r.Ticket.ID, ticket.Withdraw{}, casework.Options{}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func pages(t *testing.T, w *town, unit ticket.UnitID, f casework.Filter) []casework.Item {
	t.Helper()
	var items []casework.Item
	for {
		p, err := w.List(t.Context(), actor(unit), f)
		if err != nil {
			t.Fatal(err)
		}
		items = append(items, p.Items...)
		if f.Cursor = p.Next; f.Cursor == "" {
			return items
		}
	}
}

func naive(all []casework.Item, f casework.Filter) []casework.Item {
	items := slices.DeleteFunc(slices.Clone(all), func(i casework.Item) bool {
		day := i.SubmittedAt.Time().In(time.FixedZone("", 8*3600)).Format(time.DateOnly)
		return f.From != "" && day < f.From || f.To != "" && day > f.To ||
			!strings.HasPrefix(i.Category, f.Category) || !strings.HasPrefix(i.Area, f.Area) ||
			f.Kind != "" && i.Kind != f.Kind || len(f.States) > 0 && !slices.Contains(f.States, i.State)
	})
	byDay := f.Query == "" && (f.From != "" || f.To != "")
	slices.SortFunc(items, func(a, b casework.Item) int {
		if byDay && a.SubmittedAt != b.SubmittedAt {
			return cmp.Compare(b.SubmittedAt, a.SubmittedAt)
		}
		return cmp.Compare(b.ID, a.ID)
	})
	return items
}

func numbers(items []casework.Item) []string {
	var list []string
	for _, i := range items {
		list = append(list, i.Number)
	}
	return list
}
