package casework

import (
	"time"

	"huiyin/internal/org"
	"huiyin/internal/ticket"
	"huiyin/internal/worktime"
)

// rules answers the core's questions from one snapshot of the city's data, as
// it holds on a local day.
type rules struct {
	dir *org.Directory
	day string
}

func (r rules) Limit(t *ticket.Ticket, step ticket.Step, unit ticket.UnitID) string {
	limit, _ := r.dir.Limit(step, org.Facts{
		Kind: t.Kind, Category: t.Category, Urgency: t.Urgency, Channel: t.Channel, Unit: unit,
	}, r.day)
	return limit
}

func (r rules) ReviewFirst(t *ticket.Ticket, lead ticket.UnitID) bool {
	return r.dir.ReplyMode(t.Kind, t.Category, lead) == org.ReviewFirst
}

func (r rules) Active(unit ticket.UnitID) bool {
	u, ok := r.dir.Unit(unit)
	return ok && u.Active
}

func (r rules) Below(unit, above ticket.UnitID) bool {
	return unit != above && r.dir.IsUnder(unit, above)
}

func (r rules) Known(set, code string) bool {
	switch set {
	case "kind":
		return r.dir.Policy().KindOn(ticket.Kind(code))
	case "channel":
		return r.dir.Policy().ChannelOn(ticket.Channel(code))
	case "category":
		c, ok := r.dir.Category(code)
		return ok && c.Active
	case "area":
		_, ok := r.dir.Area(code)
		return ok
	}
	c, ok := r.dir.Code(set, code)
	return ok && c.Active
}

// calendar is the working calendar in the core's terms. A limit that cannot
// be read was refused when it was entered; should one turn up all the same,
// it counts as one working day rather than stop the loop.
type calendar struct {
	days  *worktime.Calendar
	count worktime.Counting
}

func (c calendar) limit(s string) worktime.Limit {
	l, err := worktime.ParseLimit(s)
	if err != nil {
		return worktime.Limit{N: 1, Unit: worktime.WorkingDays}
	}
	return l
}

func (c calendar) Due(from ticket.Instant, limit string) (ticket.Instant, bool) {
	due, provisional := c.days.Due(from.Time(), c.limit(limit), c.count)
	return ticket.At(due), provisional
}

func (c calendar) Shift(due, paused, resumed ticket.Instant, limit string) (ticket.Instant, bool) {
	at, provisional := c.days.Shift(due.Time(), paused.Time(), resumed.Time(), c.limit(limit).Unit, c.count)
	return ticket.At(at), provisional
}

func (c calendar) Extend(due ticket.Instant, workingDays int) (ticket.Instant, bool) {
	at, provisional := c.days.AddWorkingDays(due.Time(), workingDays)
	return ticket.At(at), provisional
}

func (c calendar) Day(at ticket.Instant) string {
	return at.Time().In(c.days.Location()).Format(time.DateOnly)
}
