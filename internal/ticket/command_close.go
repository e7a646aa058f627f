package ticket

import "huiyin/internal/errs"

// Grades lists the scale that every other scale maps onto.
var Grades = []Grade{Satisfied, Basically, Unsatisfied}

// Rate is step ⑥: result and process apart, with a reason for 不满意.
type Rate struct {
	Result  Grade  `json:"result" doc:"对办理结果"`
	Process Grade  `json:"process" doc:"对办理过程"`
	Code    string `json:"code,omitempty" doc:"不满意原因代码"`
	Remark  string `json:"remark,omitempty" doc:"意见" maxLength:"2000"`
}

func (Rate) Name() Name { return "rate" }

func (c Rate) decide(d *decision) error {
	if err := d.memberAt(Replied); err != nil {
		return err
	}
	if err := first(oneOf("result", c.Result, Grades), oneOf("process", c.Process, Grades), may("remark", "意见", c.Remark)); err != nil {
		return err
	}
	if c.Result == Unsatisfied || c.Process == Unsatisfied {
		if err := d.known("code", "unsatisfied_reason", c.Code); err != nil {
			return err
		}
	}
	d.emit(Rated{Result: c.Result, Process: c.Process, Code: c.Code, Remark: d.text(c.Remark)})
	d.toFollowUp()
	return nil
}

// memberAt lets a merged ticket act only when its own last steps are there.
func (d *decision) memberAt(after State) error {
	if d.t.Stage == Merged && d.t.After != after {
		return errs.New(errs.Conflict, "state", "主单尚未到这一步")
	}
	return nil
}

func (d *decision) toFollowUp() {
	d.stop(StepRate, 0)
	d.stop(StepOverall, 0)
	d.start(StepFollowUp, 0, d.t.Center)
}

// FollowUp is step ⑦, one attempt. Dissatisfaction for the unit's cause leads
// to a redo, of a merged ticket on its own; after the last round, to a
// supervision order, and after that the ticket closes as unsatisfied.
type FollowUp struct {
	Reached   bool   `json:"reached" doc:"是否接通"`
	Contacted bool   `json:"contacted,omitempty" doc:"承办单位是否联系过诉求人"`
	Solved    bool   `json:"solved,omitempty" doc:"是否解决"`
	Grade     Grade  `json:"grade,omitempty" doc:"满意程度"`
	UnitCause bool   `json:"unit_cause,omitempty" doc:"是否承办单位原因"`
	Remark    string `json:"remark,omitempty" doc:"回访记录" maxLength:"2000"`
}

func (FollowUp) Name() Name { return "follow_up" }

func (c FollowUp) decide(d *decision) error {
	if err := d.memberAt(ToFollowUp); err != nil {
		return err
	}
	if err := may("remark", "回访记录", c.Remark); err != nil {
		return err
	}
	if c.Reached {
		if err := oneOf("grade", c.Grade, Grades); err != nil {
			return err
		}
		if c.Grade == Unsatisfied && !c.UnitCause && c.Remark == "" {
			return errs.InvalidField("remark", "诉求人不满意而不重办的，请写明原因")
		}
	} else {
		c.Grade = ""
	}
	d.emit(FollowedUp{Call: Call{
		Day: d.env.Calendar.Day(d.now()), Reached: c.Reached, Contacted: c.Contacted, Solved: c.Solved,
		Grade: c.Grade, UnitCause: c.UnitCause, Remark: d.text(c.Remark),
	}})
	switch {
	case !c.Reached && d.failedDays() < d.env.Policy.FollowUpAttempts:
		return nil
	case !c.Reached:
		d.close("unreachable")
	case c.Grade != Unsatisfied:
		d.close("satisfied")
	case !c.UnitCause || d.t.Round > d.env.Policy.RedoRounds:
		d.close("unsatisfied")
	case d.t.Stage == Merged:
		d.part()
	default:
		d.stop(StepFollowUp, 0)
		d.redo(d.t.Round == d.env.Policy.RedoRounds)
	}
	return nil
}

// part makes a merged ticket one of its own again, to be done again: what
// settled the matter for the others did not settle it for this requester.
// Whoever stores it takes it from the master in the same transaction.
func (d *decision) part() {
	d.emit(Unmerged{})
	d.emit(RedoOrdered{Round: d.t.Round + 1})
	d.stopAll(nothing)
	d.start(StepOverall, 0, 0)
	d.start(StepDispatch, 0, d.t.Center)
}

// failedDays counts the different days on which an attempt failed.
func (d *decision) failedDays() int {
	days := map[string]bool{}
	for _, c := range d.t.Calls {
		if !c.Reached {
			days[c.Day] = true
		}
	}
	return len(days)
}

func (d *decision) close(outcome string) {
	d.emit(ClosedEvent{Outcome: outcome})
	d.stopAll(nothing)
	if d.t.Stage == Closed {
		d.start(StepArchive, 0, d.t.Center)
	}
}

// redo puts the lead unit to work again: with the redo clock, or, past the
// last round, with that of a supervision order. A ticket answered directly
// goes to dispatch.
func (d *decision) redo(order bool) {
	lead := d.t.Lead()
	if lead == nil {
		d.emit(RedoOrdered{Round: d.t.Round + 1})
		d.start(StepDispatch, 0, d.t.Center)
		return
	}
	no, unit, step := lead.No, lead.Unit, StepRedo
	d.emit(RedoOrdered{Assignment: no, Round: d.t.Round + 1})
	if order {
		d.emit(Ordered{Assignment: no, Auto: true})
		step = StepSupervise
	}
	d.start(step, no, unit)
}

// Urge reminds whoever owes the next move. Asking about progress is one too.
type Urge struct {
	Note string `json:"note,omitempty" doc:"催办内容" maxLength:"2000"`
}

func (Urge) Name() Name { return "urge" }

func (c Urge) decide(d *decision) error {
	if err := may("note", "催办内容", c.Note); err != nil {
		return err
	}
	d.emit(Urged{Note: d.text(c.Note)})
	return nil
}

// Supervise orders a unit to act and to answer in time. Zero assignment is
// the lead's.
type Supervise struct {
	Assignment int    `json:"assignment,omitempty" doc:"承办任务序号；不填为主办单位" minimum:"0"`
	Reason     string `json:"reason" doc:"督办事由" maxLength:"2000"`
}

func (Supervise) Name() Name { return "supervise" }

func (c Supervise) decide(d *decision) error {
	a := d.t.Assignment(c.Assignment)
	if c.Assignment == 0 {
		a = d.t.Lead()
	}
	if a == nil || !a.State.Live() {
		return errs.InvalidField("assignment", "该承办任务不在办理中")
	}
	if err := need("reason", "督办事由", c.Reason); err != nil {
		return err
	}
	if d.t.clock(StepSupervise, a.No) != nil {
		return errs.New(errs.Conflict, "ordered", "该单位已有未答复的督办件")
	}
	no, unit := a.No, a.Unit
	d.emit(Ordered{Assignment: no, Reason: d.text(c.Reason)})
	d.start(StepSupervise, no, unit)
	return nil
}

// AnswerOrder is the unit's answer to a supervision order.
type AnswerOrder struct {
	On
	Answer string `json:"answer" doc:"督办答复" maxLength:"2000"`
}

func (AnswerOrder) Name() Name { return "answer_order" }

func (c AnswerOrder) decide(d *decision) error {
	if err := need("answer", "督办答复", c.Answer); err != nil {
		return err
	}
	for i := range d.t.Orders {
		if o := &d.t.Orders[i]; o.Assignment == d.on && o.AnsweredAt == 0 && !o.Auto {
			d.emit(OrderAnswered{Order: o.No, Answer: d.text(c.Answer)})
			if !d.t.ordered(d.on, true) { // whose clock times the work itself
				d.stop(StepSupervise, d.on)
			}
			return nil
		}
	}
	return errs.New(errs.Conflict, "no_order", "没有待答复的督办件")
}

// Withdraw ends the ticket at the requester's wish.
type Withdraw struct {
	Note string `json:"note,omitempty" doc:"撤单原因" maxLength:"2000"`
}

func (Withdraw) Name() Name { return "withdraw" }

func (c Withdraw) decide(d *decision) error {
	if err := first(may("note", "撤单原因", c.Note), d.noMembers()); err != nil {
		return err
	}
	d.emit(WithdrawnEvent{Note: d.text(c.Note)})
	d.stopAll(nothing)
	return nil
}

// RequestReview is the requester's one request for review after closing.
type RequestReview struct {
	Reason string `json:"reason" doc:"复核理由" maxLength:"2000"`
}

func (RequestReview) Name() Name { return "request_review" }

func (c RequestReview) decide(d *decision) error {
	if err := need("reason", "复核理由", c.Reason); err != nil {
		return err
	}
	latest, _ := d.env.Calendar.Extend(d.t.ClosedAt, d.env.Policy.AppealDays)
	switch {
	case d.t.Appeal != nil:
		return errs.New(errs.Conflict, "appealed", "每件工单只能申请一次复核")
	case d.now() > latest:
		return errs.New(errs.Conflict, "too_late", "已超过申请复核的期限")
	}
	d.emit(Appealed{Reason: d.text(c.Reason)})
	d.stop(StepArchive, 0)
	d.start(StepDecideReview, 0, d.t.Center)
	return nil
}

// DecideReview settles it: granted, the matter is done again.
type DecideReview struct {
	Approve bool   `json:"approve" doc:"是否同意复核"`
	Note    string `json:"note,omitempty" doc:"意见" maxLength:"2000"`
}

func (DecideReview) Name() Name { return "decide_review" }

func (c DecideReview) decide(d *decision) error {
	if err := (Verdict{Approve: c.Approve, Note: c.Note}).check(); err != nil {
		return err
	}
	if d.t.Appeal == nil || d.t.Appeal.Decided != 0 {
		return errs.New(errs.Conflict, "no_appeal", "没有待审核的复核申请")
	}
	d.emit(AppealDecided{Granted: c.Approve, Note: d.text(c.Note)})
	d.stop(StepDecideReview, 0)
	if !c.Approve {
		d.start(StepArchive, 0, d.t.Center)
		return nil
	}
	d.redo(false)
	return nil
}

// SetConfidential changes who may see the ticket; a confidential one is never
// on the public site.
type SetConfidential struct {
	Confidential bool   `json:"confidential" doc:"是否保密"`
	Note         string `json:"note,omitempty" doc:"原因" maxLength:"2000"`
}

func (SetConfidential) Name() Name { return "set_confidential" }

func (c SetConfidential) decide(d *decision) error {
	if err := may("note", "原因", c.Note); err != nil {
		return err
	}
	d.emit(ConfidentialSet{Confidential: c.Confidential, Note: d.text(c.Note)})
	if c.Confidential && d.t.Published {
		d.emit(Unpublished{})
	}
	return nil
}

// Publish puts redacted texts on the public site. A human has looked: it is
// the reviewer who gives the texts.
type Publish struct {
	Title string `json:"title" doc:"公开标题" maxLength:"200"`
	Body  string `json:"body" doc:"公开的诉求内容" maxLength:"20000"`
	Reply string `json:"reply" doc:"公开的答复" maxLength:"20000"`
}

func (Publish) Name() Name { return "publish" }

func (c Publish) decide(d *decision) error {
	err := first(
		checkText("title", "公开标题", c.Title, true, maxTitle),
		checkText("body", "公开的诉求内容", c.Body, true, maxBody),
		checkText("reply", "公开的答复", c.Reply, true, maxBody),
	)
	if err != nil {
		return err
	}
	if d.t.Confidential || !d.t.MayPublish {
		return errs.New(errs.Conflict, "not_public", "诉求人不同意公开或工单保密，不能公开")
	}
	d.emit(PublishedEvent{Title: d.text(c.Title), Body: d.text(c.Body), Reply: d.text(c.Reply)})
	return nil
}

// Unpublish takes the ticket off the public site, even after archiving: a
// mistake in redaction must not stay.
type Unpublish struct {
	Note string `json:"note,omitempty" doc:"撤下原因" maxLength:"2000"`
}

func (Unpublish) Name() Name { return "unpublish" }

func (c Unpublish) decide(d *decision) error {
	if err := may("note", "撤下原因", c.Note); err != nil {
		return err
	}
	if !d.t.Published {
		return errs.New(errs.Conflict, "not_public", "该工单没有公开")
	}
	d.emit(Unpublished{Note: d.text(c.Note)})
	return nil
}
