package ticket

import "huiyin/internal/errs"

// Delegate passes the assignment to units below. The sub-units are due a
// margin before the delegating unit, which stays accountable.
type Delegate struct {
	On
	Lead       UnitID   `json:"lead" doc:"下级主办单位"`
	CoHandlers []UnitID `json:"co_handlers,omitempty" doc:"下级协办单位" maxItems:"20"`
	Note       string   `json:"note,omitempty" doc:"交办意见" maxLength:"2000"`
}

func (Delegate) Name() Name { return "delegate" }

func (c Delegate) decide(d *decision) error {
	a := d.target()
	if a.Request != nil {
		return errs.New(errs.Conflict, "request_pending", "该承办任务有申请正在审核")
	}
	if err := first(may("note", "交办意见", c.Note), d.checkUnits(c.Lead, c.CoHandlers, a.Unit)); err != nil {
		return err
	}
	first := len(d.t.Assignments)
	d.emit(Delegated{Assignment: d.on, Lead: c.Lead, CoHandlers: c.CoHandlers, Note: d.text(c.Note)})
	d.stop(StepSign, d.on)
	contact := d.t.clock(StepContact, d.on)
	d.op(TickStop, contact)
	due, provisional := d.subDue(d.t.working(d.on))
	for i := first; i < len(d.t.Assignments); i++ {
		no, unit := d.t.Assignments[i].No, d.t.Assignments[i].Unit
		d.start(StepSign, no, unit)
		d.startUntil(StepHandle, no, unit, "", due, provisional)
		if contact != nil && d.t.Assignments[i].Lead {
			d.start(StepContact, no, unit)
		}
	}
	return nil
}

// subDue is the parent's due instant less the margin, but never in the past
// of a parent that still has time.
func (d *decision) subDue(parent *Clock) (Instant, bool) {
	if parent == nil {
		return d.now(), false
	}
	due, provisional := d.env.Calendar.Extend(parent.Due, -d.env.Policy.SubUnitMargin)
	if due <= d.now() {
		return parent.Due, parent.Provisional
	}
	return due, provisional
}

// TakeBack ends a delegation that was a mistake: the units below are out of
// it, signed or not, and the delegating unit has the matter in its own hands
// again. Once the unit below has drafted its reply it is too late.
type TakeBack struct {
	On
	Reason string `json:"reason" doc:"撤回原因" maxLength:"2000"`
}

func (TakeBack) Name() Name { return "take_back" }

func (c TakeBack) decide(d *decision) error {
	if err := need("reason", "撤回原因", c.Reason); err != nil {
		return err
	}
	if d.t.holder(d.target()).State == AUnitReview {
		return errs.New(errs.Conflict, "reply_drafted", "下级单位已提交答复，不能撤回交办")
	}
	contact := d.t.clock(StepContact, d.t.lead(d.on).No)
	d.emit(TakenBack{Assignment: d.on, Reason: d.text(c.Reason)})
	d.stopDead()
	if contact != nil {
		d.contactAgain(d.on)
	}
	return nil
}

// contactAgain gives the delegating unit the contact back that the unit below
// still owed. It is due when it was before the delegation, so that taking
// back wins no time; only if that is past does a new limit run.
func (d *decision) contactAgain(assignment int) {
	a := d.t.Assignment(assignment)
	before := d.t.lastClock(StepContact, a.No)
	switch {
	case a.Contacted != 0:
	case before != nil && before.Due > d.now():
		d.startUntil(StepContact, a.No, a.Unit, "", before.Due, before.Provisional)
	default:
		d.start(StepContact, a.No, a.Unit)
	}
}
