package org

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"huiyin/internal/ticket"
)

var (
	someAreas      = []string{"", "a", "a1", "a11", "a2"}
	someCategories = []string{"x", "xy", "xyz", "w"}
	someUnits      = []ticket.UnitID{1, 2, 3, 4, 5, 6, 7}
	someDays       = []string{"2026-01-01", "2026-06-30", "2026-12-31"}
)

func drawValidity(t *rapid.T) (from, to string) {
	ends := append([]string{""}, someDays...)
	return rapid.SampledFrom(ends).Draw(t, "from"), rapid.SampledFrom(ends).Draw(t, "to")
}

// Propose finds the best of all lines that cover the case, by an order that
// is written here a second time, over all lines at once.
func TestProposeIsTheMostSpecific(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := small()
		n := rapid.IntRange(0, 12).Draw(t, "lines")
		for id := int64(1); id <= int64(n); id++ {
			e := Entry{
				ID: id, Category: rapid.SampledFrom(someCategories).Draw(t, "category"),
				Area: rapid.SampledFrom(someAreas).Draw(t, "area"), Lead: rapid.SampledFrom(someUnits).Draw(t, "lead"),
			}
			e.ValidFrom, e.ValidTo = drawValidity(t)
			c.Entries = append(c.Entries, e)
		}
		idle := rapid.IntRange(0, 6).Draw(t, "idle")
		c.Units[idle].Active = false
		closed := c.Units[idle].ID
		d, err := build(c)
		if err != nil {
			t.Fatal(err)
		}
		category := rapid.SampledFrom(someCategories).Draw(t, "of")
		area := rapid.SampledFrom(append(someAreas, "nowhere")).Draw(t, "in")
		day := rapid.SampledFrom(someDays).Draw(t, "on")

		var want *Entry
		for i := range c.Entries {
			e := &c.Entries[i]
			covers := d.CategoryWithin(category, e.Category) && (e.Area == "" || d.AreaWithin(area, e.Area))
			valid := e.ValidFrom <= day && (e.ValidTo == "" || e.ValidTo >= day)
			if covers && valid && e.Lead != closed && (want == nil || better(d, e, want)) {
				want = e
			}
		}
		got, ok := d.Propose(category, area, day)
		if ok != (want != nil) || ok && got.ID != want.ID {
			t.Fatalf("Propose = %+v, %v; want %+v", got, ok, want)
		}
	})
}

func better(d *Directory, a, b *Entry) bool {
	ca, _ := d.Category(a.Category)
	cb, _ := d.Category(b.Category)
	aa, _ := d.Area(a.Area)
	ab, _ := d.Area(b.Area)
	switch {
	case ca.Level != cb.Level:
		return ca.Level > cb.Level
	case aa.Level != ab.Level:
		return aa.Level > ab.Level
	case a.ValidFrom != b.ValidFrom:
		return a.ValidFrom > b.ValidFrom
	}
	return a.ID > b.ID
}

func drawRule(t *rapid.T, id int64) LimitRule {
	r := LimitRule{
		ID: id, Step: ticket.StepHandle, Limit: "5wd",
		Kind:     rapid.SampledFrom([]ticket.Kind{"", ticket.Help, ticket.Complaint}).Draw(t, "kind"),
		Urgency:  rapid.SampledFrom([]ticket.Urgency{"", ticket.Urgent}).Draw(t, "urgency"),
		Channel:  rapid.SampledFrom([]ticket.Channel{"", ticket.Phone}).Draw(t, "channel"),
		Category: rapid.SampledFrom(append([]string{""}, someCategories...)).Draw(t, "category"),
		Unit:     rapid.SampledFrom(append([]ticket.UnitID{0}, someUnits...)).Draw(t, "unit"),
	}
	r.ValidFrom, r.ValidTo = drawValidity(t)
	return r
}

// weight is the order of the rules of limits, written a second time: what
// comes first decides.
func weight(d *Directory, r LimitRule) []int {
	is := func(b bool) int {
		if b {
			return 1
		}
		return 0
	}
	depth := 0
	for u, ok := d.Unit(r.Unit); ok; u, ok = d.Unit(u.Parent) {
		depth++
	}
	c, _ := d.Category(r.Category)
	return []int{is(r.Urgency != ""), depth, c.Level, is(r.Kind != ""), is(r.Channel != "")}
}

func TestLimitIsTheMostSpecific(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := small()
		for id := int64(1); id <= int64(rapid.IntRange(0, 12).Draw(t, "rules")); id++ {
			c.Limits = append(c.Limits, drawRule(t, id))
		}
		d, err := build(c)
		if err != nil {
			t.Fatal(err)
		}
		f := Facts{
			Kind:     rapid.SampledFrom([]ticket.Kind{ticket.Help, ticket.Complaint}).Draw(t, "k"),
			Urgency:  rapid.SampledFrom([]ticket.Urgency{ticket.Normal, ticket.Urgent}).Draw(t, "u"),
			Channel:  rapid.SampledFrom([]ticket.Channel{ticket.Phone, ticket.App}).Draw(t, "c"),
			Category: rapid.SampledFrom(append(someCategories, "gone")).Draw(t, "cat"),
			Unit:     rapid.SampledFrom(append(someUnits, 0)).Draw(t, "at"),
		}
		day := rapid.SampledFrom(someDays).Draw(t, "on")

		var want *LimitRule
		for i := range c.Limits {
			r := &c.Limits[i]
			fits := (r.Kind == "" || r.Kind == f.Kind) && (r.Urgency == "" || r.Urgency == f.Urgency) &&
				(r.Channel == "" || r.Channel == f.Channel) &&
				(r.Category == "" || d.CategoryWithin(f.Category, r.Category)) && (r.Unit == 0 || d.IsUnder(f.Unit, r.Unit)) &&
				r.ValidFrom <= day && (r.ValidTo == "" || r.ValidTo >= day)
			if !fits {
				continue
			}
			if want == nil {
				want = r
				continue
			}
			order := slices.Compare(weight(d, *r), weight(d, *want))
			if order > 0 || order == 0 && (r.ValidFrom > want.ValidFrom || r.ValidFrom == want.ValidFrom && r.ID > want.ID) {
				want = r
			}
		}
		got, ok := d.LimitRule(ticket.StepHandle, f, day)
		if ok != (want != nil) || ok && got != *want {
			t.Fatalf("LimitRule(%+v, %s) = %+v, %v; want %+v", f, day, got, ok, want)
		}
	})
}

func TestWithoutADay(t *testing.T) {
	t.Parallel()
	c := small()
	c.Limits = []LimitRule{
		{ID: 1, Step: ticket.StepSign, Limit: "1wd", ValidTo: "2026-06-30"},
		{ID: 2, Step: ticket.StepSign, Limit: "2wd", ValidFrom: "2026-07-01"},
	}
	d := must(t, c)
	for day, want := range map[string]string{"": "2wd", "2026-06-30": "1wd", "2026-07-01": "2wd"} {
		if got, _ := d.Limit(ticket.StepSign, Facts{}, day); got != want {
			t.Errorf("%q: %s, want %s", day, got, want)
		}
	}
}

func TestInactiveCoHandlerIsNotProposed(t *testing.T) {
	t.Parallel()
	c := small()
	c.Units[3].Active = false // unit 4
	c.Entries = []Entry{{ID: 1, Category: "x", Lead: 7, CoHandlers: []ticket.UnitID{4, 5}}}
	d := must(t, c)
	e, ok := d.Propose("xyz", "a1", "2026-01-01")
	if !ok || !slices.Equal(e.CoHandlers, []ticket.UnitID{5}) {
		t.Errorf("%+v, %v", e, ok)
	}
	if len(d.Entries()[0].CoHandlers) != 2 {
		t.Error("the catalogue itself must keep the line as it is written")
	}
}

func TestReplyMode(t *testing.T) {
	t.Parallel()
	c := small()
	c.Replies = []ReplyRule{
		{ID: 1, Kind: ticket.Complaint, Mode: ReviewFirst},
		{ID: 2, Unit: 2, Mode: ReviewFirst},
		{ID: 3, Unit: 5, Mode: FileAtOnce},
	}
	d := must(t, c)
	for _, one := range []struct {
		kind ticket.Kind
		unit ticket.UnitID
		want ReplyMode
	}{
		{ticket.Help, 6, FileAtOnce}, {ticket.Complaint, 6, ReviewFirst}, {ticket.Help, 4, ReviewFirst}, {ticket.Complaint, 5, FileAtOnce},
	} {
		if got := d.ReplyMode(one.kind, "x", one.unit); got != one.want {
			t.Errorf("%+v: %s", one, got)
		}
	}
}

func BenchmarkLimit(b *testing.B) {
	c := small()
	c.Limits = DefaultLimits()
	for id := int64(1000); id < 1200; id++ {
		c.Limits = append(c.Limits, LimitRule{ID: id, Step: ticket.StepHandle, Category: "xyz", Unit: 6, Limit: "3wd"})
	}
	d := must(b, c)
	f := Facts{Kind: ticket.Suggestion, Category: "xyz", Urgency: ticket.Normal, Channel: ticket.Phone, Unit: 4}
	for b.Loop() {
		d.Limit(ticket.StepHandle, f, "2026-01-01")
	}
}
