package ticket

import (
	"fmt"
	"slices"
)

// Check proves what must hold of every ticket between two commands: exactly
// one party owes the next move on an open ticket and exactly one running
// clock times it; no clock runs for something that is over; a matter is never
// between units; what is confidential is not public. It returns the first thing
// that does not hold.
func (t *Ticket) Check() error {
	state := t.State()
	if t.Published && t.Confidential {
		return fmt.Errorf("%s: confidential and public", state)
	}
	duty, owed := t.Duty()
	if state.Open() != owed && state != Closed && state != Merged {
		return fmt.Errorf("%s: open is %v, but a move is owed: %v", state, state.Open(), owed)
	}
	if owed {
		if err := t.checkDuty(duty); err != nil {
			return fmt.Errorf("%s: %w", state, err)
		}
	}
	if err := t.checkAssignments(); err != nil {
		return fmt.Errorf("%s: %w", state, err)
	}
	for i := range t.Clocks {
		if c := &t.Clocks[i]; c.Running() && !t.expects(c, duty) {
			return fmt.Errorf("%s: clock %d (%s of assignment %d) runs for nobody", state, c.No, c.Step, c.Assignment)
		}
	}
	return nil
}

func (t *Ticket) checkDuty(d Duty) error {
	switch {
	case d.Clock == nil:
		return fmt.Errorf("%s %d owes a move, but no clock times it", d.Party, d.Unit)
	case !d.Clock.Running():
		return fmt.Errorf("clock %d (%s) of the next move stands still", d.Clock.No, d.Clock.Step)
	}
	if d.Unit != 0 && !slices.ContainsFunc(t.Tasks(), func(c *Clock) bool { return c.Unit == d.Unit }) {
		return fmt.Errorf("%s %d owes a move, but has nothing to do", d.Party, d.Unit)
	}
	for i := range t.Clocks {
		c := &t.Clocks[i]
		if c.No != d.Clock.No && c.Running() && c.Step == d.Clock.Step && c.Assignment == d.Clock.Assignment {
			return fmt.Errorf("clocks %d and %d time the same move", c.No, d.Clock.No)
		}
	}
	return nil
}

// checkAssignments proves that the matter is with someone: with units, there
// is one lead, and every delegation has one below it.
func (t *Ticket) checkAssignments() error {
	leads := map[int]int{}
	for i := range t.Assignments {
		a := &t.Assignments[i]
		if a.Lead && a.State.Live() {
			leads[a.Parent]++
		}
		if a.State.Live() && (t.Stage != withUnits && t.Stage != Suspended && !t.coWorks(a)) {
			return fmt.Errorf("assignment %d is live, but the ticket is not with units", a.No)
		}
	}
	if (t.Stage == withUnits || t.Stage == Suspended) && leads[0] != 1 {
		return fmt.Errorf("%d lead assignments", leads[0])
	}
	for i := range t.Assignments {
		if a := &t.Assignments[i]; a.State == ADelegated && leads[a.No] != 1 {
			return fmt.Errorf("delegation %d has %d leads below it", a.No, leads[a.No])
		}
	}
	return nil
}

// coWorks reports whether the assignment is a co-handler's, or below one,
// that goes on while the lead changes hands.
func (t *Ticket) coWorks(a *Assignment) bool {
	for a.Parent != 0 {
		a = t.Assignment(a.Parent)
	}
	return !a.Lead && (t.Stage == ToDispatch || t.Stage == Consulting)
}

// expects reports whether a running clock has a reason to run.
func (t *Ticket) expects(c *Clock, duty Duty) bool {
	if duty.Clock != nil && duty.Clock.No == c.No {
		return true
	}
	switch c.Step {
	case StepOverall:
		return t.State().Open()
	case StepArchive:
		return t.Stage == Closed
	case StepSign, StepHandle, StepRedo, StepContact, StepSupervise, StepDecide:
		a := t.Assignment(c.Assignment)
		return a != nil && a.State.Live()
	}
	return false
}
