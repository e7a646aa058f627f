package casework

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"huiyin/internal/db"
	"huiyin/internal/errs"
	"huiyin/internal/org"
	"huiyin/internal/ticket"
)

// Filter narrows a list. Zero fields do not narrow.
type Filter struct {
	Todo     bool           // only what the actor's unit owes now, the most urgent first
	Steps    []ticket.Step  // of what is to do, any of these
	States   []ticket.State // any of these
	Kind     ticket.Kind
	Channel  ticket.Channel
	Urgency  ticket.Urgency
	Category string // this one and those below it
	Area     string // this one and those below it
	Lead     ticket.UnitID
	From, To string // local days of submission, inclusive
	Late     bool   // the next move is overdue; of things to do, this one
	Soon     bool   // it is due within one working day and not late; with Late: either
	Query    string // words in title and text
	Cursor   string // from the page before
	Limit    int    // at most 200; 20 if zero
}

// Item is one line of a list.
type Item struct {
	ID           int64
	Number       string
	Version      int
	Title        string
	State        ticket.State
	Kind         ticket.Kind
	Channel      ticket.Channel
	Urgency      ticket.Urgency
	Category     string
	Area         string
	Lead         ticket.UnitID
	Owes         ticket.UnitID
	Confidential bool
	SubmittedAt  ticket.Instant
	Due          ticket.Instant // of the next move; in a list of things to do, of this one
	Step         ticket.Step    // what is to do; empty in other lists
	Part         ticket.AState  // of the assignment that it is about, if it is about one
	Pending      ticket.RequestFor
	Endorsed     bool             // the unit's approver has signed off what it asks for
	ClaimedBy    ticket.AccountID // of the actor's unit, at work on it just now; zero if nobody is
	ClaimedUntil ticket.Instant
	clock        int64 // that times it
}

// Page is a part of a list. Next is empty on the last one.
type Page struct {
	Items []Item
	Next  string
}

const (
	defaultPage = 20
	maxPage     = 200
)

// List returns the tickets that the actor may see and the filter names: the
// latest to come in first; between two days by submission, the latest first; what is to do and what is late by due instant. Everything is filtered in
// SQL.
func (s *Service) List(ctx context.Context, actor ticket.Actor, f Filter) (Page, error) {
	if err := f.check(); err != nil {
		return Page{}, err
	}
	if !works(actor) && !watches(actor) {
		return Page{}, nil
	}
	p, err := s.list(ctx, actor, f)
	if err != nil {
		return Page{}, err
	}
	return p, s.claims(ctx, actor, p.Items)
}

func (s *Service) list(ctx context.Context, actor ticket.Actor, f Filter) (Page, error) {
	if f.Query != "" {
		return s.find(ctx, actor, f)
	}
	b := s.scoped(actor, f)
	items, err := selectItems(ctx, s.db, b.text(f.Limit+1), b.args)
	return page(items, f), err
}

func (f *Filter) check() error {
	if f.Limit == 0 {
		f.Limit = defaultPage
	}
	switch {
	case f.Limit < 1 || f.Limit > maxPage:
		return errs.InvalidField("limit", fmt.Sprintf("每页最多%d条", maxPage))
	case len(f.Query) > 400:
		return errs.InvalidField("query", "检索词过长")
	}
	switch {
	case f.Todo && f.Query != "":
		return errs.InvalidField("q", "待办列表不能同时检索")
	case !f.Todo && len(f.Steps) > 0:
		return errs.InvalidField("step", "只有待办列表能按要办的事筛选")
	}
	for name, day := range map[string]string{"from": f.From, "to": f.To} {
		if _, err := time.Parse(time.DateOnly, day); day != "" && err != nil {
			return errs.InvalidField(name, "没有“"+day+"”这一天")
		}
	}
	if _, err := f.after(); err != nil {
		return errs.InvalidField("cursor", "翻页标记无效")
	}
	return nil
}

// byDay reports whether the list goes by the time of submission. An old year
// that was imported lately has high ids, and the days asked for may be years
// below the newest.
func (f *Filter) byDay() bool {
	return (f.From != "" || f.To != "") && !f.Todo && !f.byDue() && f.Query == ""
}

// byDue reports whether the list is of what is late or soon will be.
func (f *Filter) byDue() bool { return f.Late || f.Soon }

// after decodes the cursor: of the last item seen its due instant or that of
// its submission, depending on the order; its id; and the clock it is about.
func (f *Filter) after() (at [3]int64, err error) {
	if f.Cursor == "" {
		return at, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(f.Cursor)
	if err != nil {
		return at, err
	}
	parts := strings.Split(string(raw), ".")
	if len(parts) != len(at) {
		return at, strconv.ErrSyntax
	}
	for i, part := range parts {
		if at[i], err = strconv.ParseInt(part, 10, 64); err != nil {
			return at, err
		}
	}
	return at, nil
}

func cursor(first int64, last *Item) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d.%d.%d", first, last.ID, last.clock))
}

func page(items []Item, f Filter) Page {
	if len(items) <= f.Limit {
		return Page{Items: items}
	}
	items = items[:f.Limit]
	last := &items[len(items)-1]
	first := int64(last.Due)
	if f.byDay() {
		first = int64(last.SubmittedAt)
	}
	return Page{Items: items, Next: cursor(first, last)}
}

// scoped starts a query from what the actor may see and adds the filter.
func (s *Service) scoped(actor ticket.Actor, f Filter) *query {
	b := &query{from: "ticket t", due: "COALESCE(t.due, 0)", task: "0, '', '', '', 0", order: newestFirst}
	after, _ := f.after()
	switch center := s.city.Current().CityCenter(); {
	case f.Todo:
		b.from = "clock c JOIN ticket t ON t.id = c.ticket LEFT JOIN assignment a ON a.ticket = c.ticket AND a.no = c.assignment"
		b.order, b.due, b.task = "c.due, c.ticket, c.no", "c.due", "c.no, c.step, COALESCE(a.state, ''), COALESCE(a.pending, ''), COALESCE(a.endorsed, 0)"
		b.and("c.unit = %s AND c.is_todo = 1", int64(actor.Unit))
		switch len(f.Steps) {
		case 0:
		case 1: // by the index on it, which also gives the order
			b.and("c.step = %s", string(f.Steps[0]))
		default: // wrapped, to be checked on the way down by due instant
			in(b, "COALESCE(c.step, '')", f.Steps)
		}
		if f.Cursor != "" {
			b.and("(c.due, c.ticket, c.no) > (%s, %s, %s)", after[0], after[1], after[2])
		}
	case actor.Unit != center && s.fromTickets(actor.Unit, f):
		// CROSS JOIN: SQLite keeps the order of the two; PostgreSQL finds it.
		b.from = "ticket t CROSS JOIN sight v"
		b.and("v.ticket = t.id AND v.unit = %s AND (t.confidential = 0 OR v.direct = 1)", int64(actor.Unit))
		if f.Cursor != "" && !f.byDay() {
			b.and("t.id < %s", after[1])
		}
	case actor.Unit != center:
		b.from, b.order, b.driven = "sight v JOIN ticket t ON t.id = v.ticket", "v.ticket DESC", true
		b.and("v.unit = %s AND (t.confidential = 0 OR v.direct = 1)", int64(actor.Unit))
		f.owed(b)
		if f.byDue() {
			b.order = "t.due, t.id"
			if f.Cursor != "" {
				b.and("(t.due, t.id) > (%s, %s)", after[0], after[1])
			}
		} else if f.Cursor != "" && !f.byDay() {
			b.and("v.ticket < %s", after[1])
		}
	case f.byDue():
		b.order, b.driven = "t.due, t.id", true
		if f.Cursor != "" {
			b.and("(t.due, t.id) > (%s, %s)", after[0], after[1])
		}
	case f.Cursor != "" && !f.byDay():
		b.and("t.id < %s", after[1])
	}
	if f.byDay() {
		b.order = "t.submitted_at DESC, t.id DESC"
		if f.Cursor != "" {
			b.and("(t.submitted_at, t.id) < (%s, %s)", after[0], after[1])
		}
	}
	if !works(actor) {
		b.and("t.confidential = 0")
	}
	f.narrow(b, s.city.Current(), actor.Unit)
	s.urgent(b, f)
	return b
}

// fromTickets reports whether a list of a county center had better look at the
// tickets of some days, a leaf category, a leaf or foreign area or one ended
// state, whether it sees them, than at the many that it sees. A single unit
// sees few.
func (s *Service) fromTickets(unit ticket.UnitID, f Filter) bool {
	dir := s.city.Current()
	if u, _ := dir.Unit(unit); u.Kind != org.Center || f.byDue() {
		return false
	}
	return f.byDay() || foreign(dir, unit, f.Area) || f.Category != "" && !dir.HasCategoriesBelow(f.Category) || f.Area != "" && !dir.HasAreasBelow(f.Area) ||
		len(f.States) == 1 && !f.States[0].Open()
}

// foreign reports whether an area lies outside of the one a unit serves.
func foreign(dir *org.Directory, unit ticket.UnitID, area string) bool {
	u, _ := dir.Unit(unit)
	return !strings.HasPrefix(area, u.Area) && !strings.HasPrefix(u.Area, area)
}

// owed lets the index of tickets with a move to come serve where only such are
// asked for.
func (f *Filter) owed(b *query) {
	ended := slices.ContainsFunc(f.States, func(s ticket.State) bool { return !s.Open() })
	if f.byDue() || len(f.States) > 0 && !ended {
		b.and("v.is_owed = 1")
	}
}

func (f *Filter) narrow(b *query, dir *org.Directory, unit ticket.UnitID) {
	b.driven = b.driven || f.Todo
	if f.Category != "" {
		b.code("t.category", f.Category, !dir.HasCategoriesBelow(f.Category))
	}
	switch leaf := !dir.HasAreasBelow(f.Area); {
	case f.Area == "":
	case !leaf && !b.driven && foreign(dir, unit, f.Area):
		b.within("t.area", f.Area)
	default:
		b.code("t.area", f.Area, leaf)
	}
	f.days(b, dir.Calendar().Location())
	if len(f.States) > 0 {
		b.states(f.States)
	}
	for _, eq := range []struct{ column, value string }{
		{"t.kind", string(f.Kind)}, {"t.channel", string(f.Channel)}, {"t.urgency", string(f.Urgency)},
	} {
		if eq.value != "" {
			b.and(eq.column+" = %s", eq.value)
		}
	}
	if f.Lead != 0 {
		b.and("t.lead_unit = %s", int64(f.Lead))
	}
}

// urgent narrows to what is late or soon will be.
func (s *Service) urgent(b *query, f Filter) {
	due, now := "t.due", s.clock().UnixMilli()
	if f.Todo {
		due = "c.due"
	}
	if f.Soon {
		b.and(due+" < %s", s.soon())
	}
	switch {
	case f.Late && !f.Soon:
		b.and(due+" < %s", now)
	case f.Soon && !f.Late:
		b.and(due+" >= %s", now)
	}
}

// days narrows to the days of submission: by their index, which also gives the
// order, unless another drives the query.
func (f *Filter) days(b *query, local *time.Location) {
	at := "t.submitted_at + 0"
	if f.byDay() && !b.driven {
		b.driven, at = true, "t.submitted_at"
	}
	if f.From != "" {
		b.and(at+" >= %s", midnight(f.From, 0, local))
	}
	if f.To != "" {
		b.and(at+" < %s", midnight(f.To, 1, local))
	}
}

// midnight is the instant at which a day begins that is some days after
// another; check has read the day already.
func midnight(day string, after int, local *time.Location) int64 {
	t, _ := time.ParseInLocation(time.DateOnly, day, local)
	return t.AddDate(0, 0, after).UnixMilli()
}

func selectItems(ctx context.Context, q db.Queryer, text string, args []any) ([]Item, error) {
	rows, err := q.Query(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var items []Item
	for rows.Next() {
		var i Item
		err := rows.Scan(&i.ID, &i.Number, &i.Version, &i.Title, &i.State, &i.Kind, &i.Channel, &i.Urgency, &i.Category, &i.Area,
			&i.Lead, &i.Owes, &i.Confidential, &i.SubmittedAt, &i.Due, &i.clock, &i.Step, &i.Part,
			&i.Pending, &i.Endorsed)
		if err != nil {
			return nil, err
		}
		items = append(items, i)
	}
	return items, rows.Err()
}
