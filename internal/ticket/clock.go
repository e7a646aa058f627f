package ticket

import "slices"

// Clock is one running or finished instance of a limit. It is the fold of its
// ticks: start, pause, resume, extend, stop, breach. Nothing else moves it.
type Clock struct {
	No          int     `json:"no"` // 1, 2, … within the ticket
	Step        Step    `json:"step"`
	Assignment  int     `json:"assignment,omitempty"`
	Unit        UnitID  `json:"unit,omitempty"`  // who is measured; zero is the requester
	Limit       string  `json:"limit,omitempty"` // "5wd", "60wm", "24h"; empty for a date that was set
	Started     Instant `json:"started"`
	Due         Instant `json:"due"`
	Provisional bool    `json:"provisional,omitempty"` // reaches into a year without a calendar
	Paused      Instant `json:"paused,omitempty"`
	Stopped     Instant `json:"stopped,omitempty"`
	Warned      bool    `json:"warned,omitempty"`
	Breached    bool    `json:"breached,omitempty"`
	Moves       []Move  `json:"moves,omitempty"` // what moved the due instant since the start
}

// Move is one thing that moved a due instant: an extension by working days,
// or a standstill.
type Move struct {
	Days    int     `json:"days,omitempty"`
	Paused  Instant `json:"paused,omitempty"`
	Resumed Instant `json:"resumed,omitempty"`
}

// Deadline computes the due instant anew from the start and all moves: the
// pure function of the clock's events that Due is the value of. It has no
// meaning for a clock whose date was set, one without a Limit.
func (c *Clock) Deadline(calendar Calendar) (due Instant, provisional bool) {
	due, provisional = calendar.Due(c.Started, c.Limit)
	for _, m := range c.Moves {
		var p bool
		if m.Days != 0 {
			due, p = calendar.Extend(due, m.Days)
		} else {
			due, p = calendar.Shift(due, m.Paused, m.Resumed, c.Limit)
		}
		provisional = provisional || p
	}
	return due, provisional
}

// Settled computes a provisional due instant anew, if the calendar knows all
// of its years by now.
func (t *Ticket) Settled(c *Clock, calendar Calendar, policy Policy) (due Instant, settled bool) {
	if !c.Provisional {
		return c.Due, false
	}
	due, provisional := t.deadline(c, calendar, policy)
	return due, !provisional
}

// deadline is Clock.Deadline also for a clock without a limit of its own: a
// sub-unit's follows its parent's, and a contact that was given back is due
// when it was before.
func (t *Ticket) deadline(c *Clock, calendar Calendar, policy Policy) (due Instant, provisional bool) {
	a := t.Assignment(c.Assignment)
	switch {
	case c.Limit != "":
		return c.Deadline(calendar)
	case c.Step == StepContact:
		for _, before := range slices.Backward(t.Clocks[:c.No-1]) {
			if before.Step == c.Step && before.Assignment == c.Assignment {
				return t.deadline(&before, calendar, policy)
			}
		}
	case c.Step == StepHandle && a != nil:
		if parent := t.working(a.Parent); parent != nil {
			return t.subDeadline(c, parent, calendar, policy)
		}
	}
	return c.Due, true // nobody knows what it came from
}

// subDeadline is the deadline of a sub-unit's clock.
func (t *Ticket) subDeadline(c, parent *Clock, calendar Calendar, policy Policy) (due Instant, provisional bool) {
	last := parent.Due
	if parent.Provisional {
		last, provisional = t.deadline(parent, calendar, policy)
	}
	due, p := calendar.Extend(last, -policy.SubUnitMargin)
	if due <= c.Started {
		due = last
	}
	provisional = provisional || p
	for _, m := range c.Moves {
		if m.Days != 0 { // standstills have moved the parent already
			due, p = calendar.Extend(due, m.Days)
			provisional = provisional || p
		}
	}
	return min(due, last), provisional
}

// Running reports whether time is counted against the clock now.
func (c *Clock) Running() bool { return c.Stopped == 0 && c.Paused == 0 }

// Late reports whether the clock ran, or runs at now, past its due instant.
func (c *Clock) Late(now Instant) bool {
	switch {
	case c.Paused != 0: // a clock that stood still when it was stopped ended then
		return c.Paused > c.Due
	case c.Stopped != 0:
		return c.Stopped > c.Due
	default:
		return now > c.Due
	}
}

// TickOp is what happened to a clock.
type TickOp string

// The clock events.
const (
	TickStart  TickOp = "start"
	TickPause  TickOp = "pause"
	TickResume TickOp = "resume"
	TickExtend TickOp = "extend"
	TickStop   TickOp = "stop"
	TickWarn   TickOp = "warn"
	TickBreach TickOp = "breach"
	TickSettle TickOp = "settle" // a provisional due instant became final
)

// Tick is one clock event. Ticks ride on the record of the event that caused
// them; together they are the append-only history that a deadline is a pure
// function of.
type Tick struct {
	Clock       int     `json:"clock"`
	Op          TickOp  `json:"op"`
	Step        Step    `json:"step,omitempty"`
	Assignment  int     `json:"assignment,omitempty"`
	Unit        UnitID  `json:"unit,omitempty"`
	Limit       string  `json:"limit,omitempty"`
	Due         Instant `json:"due,omitempty"`
	Provisional bool    `json:"provisional,omitempty"`
	Days        int     `json:"days,omitempty"` // of an extension
}

// tick folds one clock event, that happened at the instant, into the state.
func (t *Ticket) tick(k Tick, at Instant) {
	if k.Op == TickStart {
		t.Clocks = append(t.Clocks, Clock{
			No: k.Clock, Step: k.Step, Assignment: k.Assignment, Unit: k.Unit, Limit: k.Limit,
			Started: at, Due: k.Due, Provisional: k.Provisional,
		})
		return
	}
	c := &t.Clocks[k.Clock-1]
	switch k.Op {
	case TickPause:
		c.Paused = at
	case TickResume:
		c.move(k, Move{Paused: c.Paused, Resumed: at})
		c.Paused = 0
	case TickExtend:
		c.move(k, Move{Days: k.Days})
	case TickSettle:
		c.Due, c.Provisional = k.Due, k.Provisional
	case TickStop:
		c.Stopped = at
	case TickWarn:
		c.Warned = true
	case TickBreach:
		c.Breached = true
	}
	if k.Due > 0 && k.Op != TickBreach && at <= c.Due {
		c.Breached = false // it was one of an instant that does not count any more
	}
}

func (c *Clock) move(k Tick, m Move) {
	c.Due, c.Provisional = k.Due, k.Provisional
	// A fresh array: a clone of the ticket may share the old one.
	c.Moves = append(c.Moves[:len(c.Moves):len(c.Moves)], m)
}

// clock returns the latest unstopped clock of a step of an assignment (zero:
// of the ticket itself), or nil.
func (t *Ticket) clock(step Step, assignment int) *Clock {
	for i := len(t.Clocks) - 1; i >= 0; i-- {
		if c := &t.Clocks[i]; c.Stopped == 0 && c.Step == step && c.Assignment == assignment {
			return c
		}
	}
	return nil
}

// working returns the clock that times the unit's own work on an assignment:
// the handling clock, or that of a redo round or a supervision order which
// took its place.
func (t *Ticket) working(assignment int) *Clock {
	for _, step := range []Step{StepHandle, StepRedo, StepSupervise} {
		if c := t.clock(step, assignment); c != nil {
			return c
		}
	}
	return nil
}

// WorkDue is when a unit's own work on an assignment is due, or was: that of
// its latest handling, redo or supervision clock.
func (t *Ticket) WorkDue(assignment int) Instant {
	for i := len(t.Clocks) - 1; i >= 0; i-- {
		c := &t.Clocks[i]
		if c.Assignment == assignment && (c.Step == StepHandle || c.Step == StepRedo || c.Step == StepSupervise) {
			return c.Due
		}
	}
	return 0
}

// Next is when the platform must look at the clock: to end its window, to
// warn, to note a breach. Zero is never.
func (c *Clock) Next(calendar Calendar, warnDays int) Instant {
	switch {
	case !c.Running() || c.Breached:
		return 0
	case c.Step.Lapses():
		return c.Due
	case c.warns() && !c.Warned:
		at, _ := calendar.Extend(c.Due, -warnDays)
		return at
	}
	return c.Due + 1
}
