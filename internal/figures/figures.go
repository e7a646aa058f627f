// Package figures counts: what a ticket is worth on which day, in the whole
// city and by kind, channel, county and unit, and what a period adds up to.
// Definitions stand in one place, beside the code that counts by them, and go
// out with the figures.
//
// What may not enter: lists of tickets, points and ranks (they are an
// assessment's), pages, personal data.
package figures

import (
	"huiyin/internal/ticket"
)

// Tally counts tickets, or the parts of tickets that a unit has. All are
// counts; rates are made of two of them by whoever shows both.
type Tally struct {
	Received    int64 // by day of submission; of a unit: of dispatch
	Accepted    int64 // by day of acceptance
	Direct      int64 // of these, answered by the agent
	Closed      int64 // by day of closing, withdrawn and refused ones not
	Due         int64 // replied, or past the limit without; by day of the limit, extensions counted
	Replied     int64 // of these, replied
	Timely      int64 // of these, within the limit
	Rated       int64 // by day of the rating
	ResultGood  int64 // of these, satisfied with the result
	ResultFair  int64 // of these, basically satisfied with it
	ProcessGood int64
	ProcessFair int64
	Called      int64 // reached by a follow-up call; by day of the call
	Solved      int64 // of these, solved as the requester says
}

// parts are the counts in the order of the table's columns.
func (t *Tally) parts() []*int64 {
	return []*int64{
		&t.Received, &t.Accepted, &t.Direct, &t.Closed, &t.Due, &t.Replied, &t.Timely, &t.Rated,
		&t.ResultGood, &t.ResultFair, &t.ProcessGood, &t.ProcessFair, &t.Called, &t.Solved,
	}
}

// add adds n times another tally.
func (t *Tally) add(o Tally, n int64) {
	theirs := o.parts()
	for i, mine := range t.parts() {
		*mine += n * *theirs[i]
	}
}

// Dim is a way to cut the figures.
type Dim string

// The ways.
const (
	City    Dim = "city"    // no item
	Kind    Dim = "kind"    // ticket.Kind
	Channel Dim = "channel" // ticket.Channel
	County  Dim = "county"  // code of the county
	Unit    Dim = "unit"    // number of the unit
)

// cell is one row of the figures.
type cell struct {
	Day  string
	Dim  Dim
	Item string
}

// Change gathers what tickets add to the figures and take from them.
type Change struct {
	day   func(ticket.Instant) string
	cells map[cell]*Tally
}

// NewChange makes an empty change; day names the local day of an instant.
func NewChange(day func(ticket.Instant) string) *Change {
	return &Change{day: day, cells: map[cell]*Tally{}}
}

// Replace takes out what a ticket was worth before, nil if it was not counted,
// and adds what it is worth now.
func (c *Change) Replace(before, after *ticket.Ticket) {
	if before != nil {
		c.count(before, -1)
	}
	c.count(after, 1)
}

// count adds n times what a ticket is worth.
func (c *Change) count(t *ticket.Ticket, n int64) {
	c.everywhere(t, n, t.SubmittedAt, Tally{Received: 1})
	if t.AcceptedAt != 0 {
		c.everywhere(t, n, t.AcceptedAt, Tally{Accepted: 1, Direct: one(t.Direct)})
	}
	if s := t.State(); s == ticket.Closed || s == ticket.Archived {
		c.everywhere(t, n, t.ClosedAt, Tally{Closed: 1})
	}
	if clock := overall(t); clock != nil && counts(t.State()) {
		// It stands still from the reply on, and ends when the rating is over.
		answered := clock.Paused != 0 && (clock.Stopped != 0 || t.State() == ticket.Replied)
		c.everywhere(t, n, clock.Due, reply(clock, answered))
	}
	c.opinions(t, n)
	for i := range t.Assignments {
		c.part(t, &t.Assignments[i], n)
	}
}

// counts reports whether a ticket in the state was for the city to answer.
func counts(s ticket.State) bool {
	return s != ticket.Withdrawn && s != ticket.Rejected && s != ticket.Merged
}

// opinions counts what the requester said: of the city, and of the unit that
// answered.
func (c *Change) opinions(t *ticket.Ticket, n int64) {
	book := func(at ticket.Instant, tally Tally) {
		c.everywhere(t, n, at, tally)
		if lead := t.Lead(); lead != nil {
			c.unit(t, n, lead.Unit, at, tally)
		}
	}
	if r := t.Rating; r != nil {
		book(r.At, Tally{
			Rated:      1,
			ResultGood: one(r.Result == ticket.Satisfied), ResultFair: one(r.Result == ticket.Basically),
			ProcessGood: one(r.Process == ticket.Satisfied), ProcessFair: one(r.Process == ticket.Basically),
		})
	}
	for i := len(t.Calls) - 1; i >= 0; i-- {
		if call := &t.Calls[i]; call.Reached {
			book(call.At, Tally{Called: 1, Solved: one(call.Solved)})
			return
		}
	}
}

// part counts what one unit had to do.
func (c *Change) part(t *ticket.Ticket, a *ticket.Assignment, n int64) {
	if a.State == ticket.AReturned || a.State == ticket.ACancelled {
		return
	}
	c.unit(t, n, a.Unit, a.At, Tally{Received: 1})
	if clock := handling(t, a.No); clock != nil {
		// It stands still while the center reviews the reply.
		answered := clock.Stopped != 0 || clock.Paused != 0 && a.State == ticket.AReplied
		c.unit(t, n, a.Unit, clock.Due, reply(clock, answered))
	}
}

// overall returns the clock of the whole that a ticket is measured by: the
// first, since a redo is measured on its own, but none that a merge cut short.
func overall(t *ticket.Ticket) *ticket.Clock {
	for i := range t.Clocks {
		c := &t.Clocks[i]
		cut := c.Stopped != 0 && c.Paused == 0
		if c.Step == ticket.StepOverall && !cut {
			return c
		}
	}
	return nil
}

// handling returns the first clock of an assignment's handling.
func handling(t *ticket.Ticket, assignment int) *ticket.Clock {
	for i := range t.Clocks {
		if c := &t.Clocks[i]; c.Step == ticket.StepHandle && c.Assignment == assignment {
			return c
		}
	}
	return nil
}

// reply counts a limit that a reply was owed by.
func reply(c *ticket.Clock, answered bool) Tally {
	if !answered && !c.Breached {
		return Tally{} // there is time left
	}
	return Tally{Due: 1, Replied: one(answered), Timely: one(answered && !c.Late(c.Stopped))}
}

// everywhere books in the city and in every cut that is not a unit's. A
// confidential ticket is not told apart by county.
func (c *Change) everywhere(t *ticket.Ticket, n int64, at ticket.Instant, tally Tally) {
	c.book(City, "", n, at, tally)
	c.book(Kind, string(t.Kind), n, at, tally)
	c.book(Channel, string(t.Channel), n, at, tally)
	if county := countyOf(t.Area); county != "" && !t.Confidential {
		c.book(County, county, n, at, tally)
	}
}

// unit books for a unit; a confidential ticket for none.
func (c *Change) unit(t *ticket.Ticket, n int64, unit ticket.UnitID, at ticket.Instant, tally Tally) {
	if !t.Confidential {
		c.book(Unit, item(unit), n, at, tally)
	}
}

func (c *Change) book(dim Dim, item string, n int64, at ticket.Instant, tally Tally) {
	if tally == (Tally{}) {
		return
	}
	day := c.day(at)
	for _, when := range []string{day, monthOf(day)} {
		key := cell{when, dim, item}
		if c.cells[key] == nil {
			c.cells[key] = &Tally{}
		}
		c.cells[key].add(tally, n)
	}
}

// monthOf is the row that sums up a day's month, so that a year need not be added
// up from its days. It lies between no two days.
func monthOf(day string) string { return "m" + day[:len("2006-01")] }

// countyDigits is how long the code of a county is, in the codes of the
// statistics office.
const countyDigits = 6

// countyOf returns the county of an area; nothing for the whole city.
func countyOf(area string) string {
	if len(area) < countyDigits {
		return ""
	}
	return area[:countyDigits]
}

func one(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
