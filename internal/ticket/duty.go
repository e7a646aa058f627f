package ticket

import "slices"

// Party is who owes the next move.
type Party string

// The parties.
const (
	PartyRequester Party = "requester"
	PartyCenter    Party = "center"
	PartyUnit      Party = "unit"
)

// Duty is the next move on a ticket: who owes it and which clock times it.
// Every open ticket has exactly one.
type Duty struct {
	Party      Party
	Unit       UnitID // of the center or the unit; zero for the requester
	Assignment int    // zero when it is not about one
	Clock      *Clock // running
}

// Duty returns the next move; ok is false when nobody owes one.
func (t *Ticket) Duty() (duty Duty, ok bool) {
	if t.Stage == withUnits {
		return t.unitDuty(t.lead(0))
	}
	stage := t.Stage
	if stage == Merged {
		stage = t.After
	}
	switch stage {
	case Submitted:
		return t.centerDuty(StepAccept)
	case AwaitingInfo:
		return Duty{Party: PartyRequester, Clock: t.clock(StepSupply, 0)}, true
	case ToDispatch:
		return t.centerDuty(StepDispatch)
	case Consulting:
		return t.centerDuty(StepConsult)
	case Suspended:
		lead := t.lead(0)
		return Duty{Party: PartyUnit, Unit: lead.Unit, Assignment: lead.No, Clock: t.clock(StepSuspend, lead.No)}, true
	case InReview:
		return t.centerDuty(StepReview)
	case Replied:
		return Duty{Party: PartyRequester, Clock: t.clock(StepRate, 0)}, true
	case ToFollowUp:
		return t.centerDuty(StepFollowUp)
	case Closed:
		if t.underAppeal() {
			return t.centerDuty(StepDecideReview)
		}
	}
	return Duty{}, false
}

// underAppeal reports whether a request for review waits for its decision.
func (t *Ticket) underAppeal() bool { return t.Appeal != nil && t.Appeal.Decided == 0 }

func (t *Ticket) centerDuty(step Step) (Duty, bool) {
	return Duty{Party: PartyCenter, Unit: t.Center, Clock: t.clock(step, 0)}, true
}

// unitDuty follows a lead assignment down to the unit that has the matter in
// its hands.
func (t *Ticket) unitDuty(a *Assignment) (Duty, bool) {
	if a = t.holder(a); a == nil {
		return Duty{}, false
	}
	duty := Duty{Party: PartyUnit, Unit: a.Unit, Assignment: a.No, Clock: t.working(a.No)}
	switch {
	case a.State == AReturnRequested && a.Request.Endorsed:
		duty.Unit, duty.Clock = t.superior(a), t.clock(StepDecide, a.No)
		if a.Parent == 0 {
			duty.Party = PartyCenter
		}
	case a.SignedAt == 0:
		duty.Clock = t.clock(StepSign, a.No)
	}
	return duty, true
}

// holder follows an assignment down to the lead below it that was not
// delegated further.
func (t *Ticket) holder(a *Assignment) *Assignment {
	for a != nil && a.State == ADelegated {
		a = t.lead(a.No)
	}
	return a
}

// workSteps are the steps of a unit's own work on an assignment.
var workSteps = []Step{StepSign, StepContact, StepHandle, StepRedo}

// Tasks returns the clocks that stand for what a center or a unit has to do
// now: all that anybody's list of things to do is made of. A unit at work on
// an assignment has one task for it, the step that is due first, and one more
// for a supervision order; what it waits for is the task of whoever decides.
func (t *Ticket) Tasks() []*Clock {
	var tasks []*Clock
	for i := range t.Clocks {
		c := &t.Clocks[i]
		switch {
		case !c.Running():
		case slices.Contains(workSteps, c.Step):
			tasks = t.addWork(tasks, c)
		case c.Step == StepSupervise:
			if !t.ordered(c.Assignment, true) || t.inHand(c.Assignment) {
				tasks = append(tasks, c)
			}
		case c.Unit != 0 && c.Step != StepArchive: // the platform archives by itself
			tasks = append(tasks, c)
		}
	}
	return tasks
}

func (t *Ticket) addWork(tasks []*Clock, c *Clock) []*Clock {
	if !t.inHand(c.Assignment) {
		return tasks
	}
	for i, other := range tasks {
		if other.Assignment == c.Assignment && slices.Contains(workSteps, other.Step) {
			if c.Due < other.Due {
				tasks[i] = c
			}
			return tasks
		}
	}
	return append(tasks, c)
}

// inHand reports whether the work on an assignment lies with its unit, not
// with one below it nor with whoever decides on its return.
func (t *Ticket) inHand(assignment int) bool {
	a := t.Assignment(assignment)
	return a.State != ADelegated && (a.State != AReturnRequested || !a.Request.Endorsed)
}

// ordered reports whether a supervision order on the assignment waits for an
// answer: one of its own, or, for an order that followed from the last round
// and times it, the reply.
func (t *Ticket) ordered(assignment int, auto bool) bool {
	return slices.ContainsFunc(t.Orders, func(o Order) bool {
		return o.Assignment == assignment && o.AnsweredAt == 0 && o.Auto == auto
	})
}
