package casework

import (
	"context"
	"time"

	"huiyin/internal/errs"
	"huiyin/internal/ticket"
	"huiyin/internal/worktime"
)

// Explanation says why a clock is due when it is: the limit counted day by
// day from the start, then what moved it. A deadline that was final stays when
// the city changes its calendar or its rules; days counted by today's would
// contradict it, so then there are none.
type Explanation struct {
	Step        ticket.Step           `json:"step"`
	Limit       string                `json:"limit,omitempty"`
	Started     time.Time             `json:"started"`
	Due         time.Time             `json:"due"`
	Provisional bool                  `json:"provisional"`
	Changed     bool                  `json:"rules_changed,omitempty" doc:"起算之后规则已变更，不再逐日说明；到期时间仍按起算时的规则"`
	Days        []worktime.CountedDay `json:"days"`
	Moves       []Moved               `json:"moves"`
}

// Moved is one thing that moved a due instant.
type Moved struct {
	Days    int        `json:"days,omitempty" doc:"延长的工作日数"`
	Paused  *time.Time `json:"paused,omitempty" doc:"暂停计时"`
	Resumed *time.Time `json:"resumed,omitempty" doc:"恢复计时"`
}

// Explain returns the explanation of one clock of a ticket.
func (s *Service) Explain(ctx context.Context, actor ticket.Actor, number string, no int) (Explanation, error) {
	id, err := s.Lookup(ctx, actor, number)
	if err != nil {
		return Explanation{}, err
	}
	h, err := s.load(ctx, s.db, id)
	if err != nil {
		return Explanation{}, err
	}
	if no < 1 || no > len(h.Clocks) {
		return Explanation{}, errs.New(errs.NotFound, "clock_not_found", "没有这一项时限")
	}
	dir := s.city.Current()
	cal := calendar{dir.Calendar(), dir.Policy().Counting()}
	return cal.explain(&h.Clocks[no-1]), nil
}

func (c calendar) explain(clock *ticket.Clock) Explanation {
	at := func(i ticket.Instant) time.Time { return i.Time().In(c.days.Location()) }
	e := Explanation{
		Step: clock.Step, Limit: clock.Limit, Started: at(clock.Started), Due: at(clock.Due), Provisional: clock.Provisional,
		Days: []worktime.CountedDay{}, Moves: []Moved{},
	}
	due, _ := clock.Deadline(c)
	switch {
	case clock.Limit == "":
	case due != clock.Due:
		e.Changed = true
	default:
		e.Days = append(e.Days, c.days.Deadline(e.Started, c.limit(clock.Limit), c.count).Days...)
	}
	for _, m := range clock.Moves {
		moved := Moved{Days: m.Days}
		if m.Days == 0 {
			paused, resumed := at(m.Paused), at(m.Resumed)
			moved.Paused, moved.Resumed = &paused, &resumed
		}
		e.Moves = append(e.Moves, moved)
	}
	return e
}
