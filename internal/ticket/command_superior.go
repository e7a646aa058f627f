package ticket

import "huiyin/internal/errs"

// Verdict is a decision on what a unit asked for.
type Verdict struct {
	On
	Approve bool   `json:"approve" doc:"是否同意"`
	Note    string `json:"note,omitempty" doc:"意见" maxLength:"2000"`
}

// check wants a reason for every no.
func (v Verdict) check() error {
	if !v.Approve {
		return need("note", "不同意的理由", v.Note)
	}
	return may("note", "意见", v.Note)
}

// DecideReturn settles a return. Approved, the next unit gets a fresh clock
// while the overall clock runs on; refused, no time is given back. A ticket
// returned as often as allowed goes to consultation.
type DecideReturn struct{ Verdict }

func (DecideReturn) Name() Name { return "decide_return" }

func (c DecideReturn) decide(d *decision) error {
	if err := c.check(); err != nil {
		return err
	}
	if !c.Approve {
		d.emit(ReturnRefused{Assignment: d.on, Note: d.text(c.Note)})
		d.stop(StepDecide, d.on)
		return nil
	}
	a := *d.target()
	consult := a.Lead && a.Parent == 0 && d.t.Returns+1 >= d.env.Policy.ReturnsBeforeConsult
	contact := d.t.clock(StepContact, d.on)
	d.emit(ReturnApproved{Assignment: d.on, Consult: consult, Note: d.text(c.Note)})
	d.stopDead()
	switch {
	case !a.Lead:
	case a.Parent != 0:
		if contact != nil {
			d.contactAgain(a.Parent)
		}
	case consult:
		d.start(StepConsult, 0, d.t.Center)
	default:
		d.start(StepDispatch, 0, d.t.Center)
	}
	return nil
}

// DecideExtension settles an extension. Beyond the allowed number only the
// center's head may grant one. A sub-unit cannot get past its parent's limit.
type DecideExtension struct{ Verdict }

func (DecideExtension) Name() Name { return "decide_extension" }

func (c DecideExtension) decide(d *decision) error {
	if err := c.check(); err != nil {
		return err
	}
	a := *d.target()
	if !c.Approve {
		d.emit(ExtensionRefused{Assignment: d.on, Note: d.text(c.Note)})
		d.stop(StepDecide, d.on)
		return nil
	}
	if a.Extensions >= d.env.Policy.Extensions && !d.env.Actor.Holds(CenterHead) {
		return errs.New(errs.Denied, "second_extension", "再次延期须由中心负责人批准")
	}
	days := a.Request.Days
	if parent := d.t.working(a.Parent); a.Parent != 0 && parent != nil {
		if due, _ := d.env.Calendar.Extend(d.t.working(d.on).Due, days); due > parent.Due {
			return errs.New(errs.Conflict, "parent_due", "超过本单位的办理时限，请先为本单位申请延期")
		}
	}
	d.emit(ExtensionApproved{Assignment: d.on, Days: days, Note: d.text(c.Note)})
	d.stop(StepDecide, d.on)
	d.extend(d.t.working(d.on), days)
	if a.Lead && a.Parent == 0 {
		d.extend(d.t.clock(StepOverall, 0), days)
	}
	return nil
}

// DecideSuspension settles a suspension (挂账).
type DecideSuspension struct{ Verdict }

func (DecideSuspension) Name() Name { return "decide_suspension" }

func (c DecideSuspension) decide(d *decision) error {
	if err := c.check(); err != nil {
		return err
	}
	request := *d.target().Request
	if !c.Approve {
		d.emit(SuspensionRefused{Assignment: d.on, Note: d.text(c.Note)})
		d.stop(StepDecide, d.on)
		return nil
	}
	if request.Until <= d.now() {
		return errs.New(errs.Conflict, "until", "复查时间已过，请退回重新申请")
	}
	d.emit(SuspendedEvent{Assignment: d.on, Until: request.Until, Interim: request.Interim})
	d.stop(StepDecide, d.on)
	for i := range d.t.Clocks {
		if c := &d.t.Clocks[i]; c.Stopped == 0 && c.Step != StepSupervise {
			d.pause(c)
		}
	}
	d.startUntil(StepSuspend, d.on, d.target().Unit, "", request.Until, false)
	return nil
}

// Resume ends a suspension before its review date.
type Resume struct {
	On
	Note string `json:"note,omitempty" doc:"恢复办理的原因" maxLength:"2000"`
}

func (Resume) Name() Name { return "resume" }

func (c Resume) decide(d *decision) error {
	if err := may("note", "原因", c.Note); err != nil {
		return err
	}
	d.resumeWork(c.Note)
	return nil
}

func (d *decision) resumeWork(note string) {
	d.emit(Resumed{Note: d.text(note)})
	for i := range d.t.Clocks {
		c := &d.t.Clocks[i]
		if c.Stopped == 0 && c.Step == StepSuspend {
			d.op(TickStop, c)
			continue
		}
		d.resume(c)
	}
}

// SendBackPart returns the part of a co-handler or a unit below for more work.
type SendBackPart struct {
	On
	Note string `json:"note" doc:"退回意见" maxLength:"2000"`
}

func (SendBackPart) Name() Name { return "send_back_part" }

func (c SendBackPart) decide(d *decision) error {
	if err := need("note", "退回意见", c.Note); err != nil {
		return err
	}
	a := *d.target()
	parent := d.t.Assignment(a.Parent)
	switch {
	case a.Lead && parent == nil:
		return errs.New(errs.Conflict, "lead", "主办单位的答复请用“退回重新办理”")
	case a.Lead && (parent.State != AHandling || parent.Request != nil || d.t.lead(a.Parent).No != a.No),
		parent != nil && !parent.State.Live():
		return errs.New(errs.Conflict, "assignment_state", "上级承办任务当前的状态不能退回")
	}
	d.emit(PartSentBack{Assignment: d.on, Note: d.text(c.Note)})
	d.start(StepRedo, d.on, a.Unit)
	return nil
}

// Approve lets a reply under review go out.
type Approve struct{}

func (Approve) Name() Name { return "approve" }

func (Approve) decide(d *decision) error {
	lead := d.t.Lead().No
	d.emit(RepliedEvent{Assignment: lead, Approved: true})
	d.stop(StepReview, 0)
	d.op(TickStop, d.t.working(lead))
	d.toRequester()
	return nil
}

// SendBack returns the lead's reply for more work: under review, or already
// filed. The unit's clock goes on where it stood; if it had ended, a redo
// clock starts.
type SendBack struct {
	Note string `json:"note" doc:"退回意见" maxLength:"2000"`
}

func (SendBack) Name() Name { return "send_back" }

func (c SendBack) decide(d *decision) error {
	if err := need("note", "退回意见", c.Note); err != nil {
		return err
	}
	lead := d.t.Lead()
	if lead == nil {
		return errs.New(errs.Conflict, "direct", "直接答复的工单没有承办单位")
	}
	no, unit := lead.No, lead.Unit
	d.emit(ReplySentBack{Assignment: no, Note: d.text(c.Note)})
	d.stop(StepReview, 0)
	d.stop(StepRate, 0)
	d.resume(d.t.clock(StepOverall, 0))
	if clock := d.t.working(no); clock != nil {
		d.resume(clock)
		return nil
	}
	d.start(StepRedo, no, unit)
	return nil
}
