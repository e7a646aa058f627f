package ticket

import (
	"fmt"
	"slices"

	"huiyin/internal/errs"
)

// On names the assignment a command is about; zero stands for the only one
// that the actor can mean.
type On struct {
	Assignment int `json:"assignment,omitempty" doc:"承办任务序号；只有一项时可不填" minimum:"0"`
}

func (o On) target() int { return o.Assignment }

// Sign says that the unit has opened its assignment. The handling clock has
// been running since dispatch.
type Sign struct{ On }

func (Sign) Name() Name { return "sign" }

func (c Sign) decide(d *decision) error {
	d.emit(Signed{Assignment: d.on})
	d.stop(StepSign, d.on)
	return nil
}

// ContactWays are the ways of contacting a requester.
var ContactWays = []string{"phone", "visit", "message"}

// Contact records that the unit tried to speak with the requester.
type Contact struct {
	On
	Way     string `json:"way" doc:"联系方式" enum:"phone,visit,message"`
	Reached bool   `json:"reached" doc:"是否联系上"`
	Note    string `json:"note,omitempty" doc:"联系情况" maxLength:"2000"`
}

func (Contact) Name() Name { return "contact" }

func (c Contact) decide(d *decision) error {
	if err := first(oneOf("way", c.Way, ContactWays), may("note", "联系情况", c.Note)); err != nil {
		return err
	}
	d.emit(ContactMade{Assignment: d.on, Way: c.Way, Reached: c.Reached, Note: d.text(c.Note)})
	if c.Reached {
		d.stop(StepContact, d.on)
	}
	return nil
}

// RequestReturn asks the unit above to take the assignment back.
type RequestReturn struct {
	On
	Code      string `json:"code" doc:"退单原因代码"`
	Reason    string `json:"reason" doc:"退单理由" maxLength:"2000"`
	Basis     string `json:"basis" doc:"法规或三定依据" maxLength:"2000"`
	Suggested UnitID `json:"suggested,omitempty" doc:"建议承办单位"`
}

func (RequestReturn) Name() Name { return "request_return" }

func (c RequestReturn) decide(d *decision) error {
	a := d.target()
	err := first(d.known("code", "return_reason", c.Code), need("reason", "退单理由", c.Reason), need("basis", "依据", c.Basis))
	if err != nil {
		return err
	}
	if c.Suggested != 0 && !d.env.City.Active(c.Suggested) {
		return errs.InvalidField("suggested", "建议的单位不存在")
	}
	latest, _ := d.env.Calendar.Due(a.At, d.env.City.Limit(&d.t, StepReturn, a.Unit))
	switch {
	case a.NoReturn:
		return errs.New(errs.Conflict, "no_return", "该工单已裁定承办单位，不得退单")
	case d.returnsOf(a.Unit) >= d.env.Policy.ReturnsPerUnit:
		return errs.New(errs.Conflict, "returned_before", "本单位对该工单的退单次数已用完")
	case d.t.Round > 0:
		return errs.New(errs.Conflict, "redo", "重办工单不得退单")
	case d.now() > latest:
		return errs.New(errs.Conflict, "too_late", "已超过申请退单的时限")
	}
	return d.request(Request{
		For: ForReturn, Code: c.Code, Reason: d.text(c.Reason), Basis: d.text(c.Basis), Suggested: c.Suggested,
	})
}

// returnsOf counts the unit's decided returns on this ticket.
func (d *decision) returnsOf(unit UnitID) int {
	n := 0
	for i := range d.t.Assignments {
		if a := &d.t.Assignments[i]; a.Unit == unit {
			n += a.Refused
			if a.State == AReturned {
				n++
			}
		}
	}
	return n
}

// request files a request of the unit. One that the approver makes is signed
// off with it.
func (d *decision) request(r Request) error {
	if d.target().Request != nil {
		return errs.New(errs.Conflict, "request_pending", "该承办任务已有申请正在审核")
	}
	d.emit(Requested{Assignment: d.on, Request: r})
	if d.env.Actor.Holds(Approver) {
		d.endorse()
	}
	return nil
}

func (d *decision) endorse() {
	d.emit(Endorsed{Assignment: d.on})
	d.start(StepDecide, d.on, d.t.superior(d.target()))
}

// RequestExtension asks for more working days, before the limit is up.
type RequestExtension struct {
	On
	Days   int    `json:"days" doc:"延长的工作日数" minimum:"1"`
	Reason string `json:"reason" doc:"延期理由" maxLength:"2000"`
}

func (RequestExtension) Name() Name { return "request_extension" }

func (c RequestExtension) decide(d *decision) error {
	clock := d.t.working(d.on)
	switch {
	case clock == nil || d.now() > clock.Due:
		return errs.New(errs.Conflict, "overdue", "已超过办理时限，不能申请延期")
	case c.Days < 1 || c.Days > d.env.Policy.ExtensionDays:
		return errs.InvalidField("days", "延期的工作日数超出允许范围")
	}
	if err := need("reason", "延期理由", c.Reason); err != nil {
		return err
	}
	return d.request(Request{For: ForExtension, Days: c.Days, Reason: d.text(c.Reason)})
}

// RequestSuspension asks to lay the ticket aside until a review date, with an
// interim answer for the requester.
type RequestSuspension struct {
	On
	Until   Instant `json:"until" doc:"复查时间（毫秒时间戳），不晚于 2100 年" maximum:"4102444800000"`
	Reason  string  `json:"reason" doc:"挂账理由" maxLength:"2000"`
	Interim string  `json:"interim" doc:"给诉求人的阶段性答复" maxLength:"2000"`
}

func (RequestSuspension) Name() Name { return "request_suspension" }

func (c RequestSuspension) decide(d *decision) error {
	if latest := d.now() + Instant(d.env.Policy.SuspensionDays)*day; c.Until <= d.now() || c.Until > latest {
		return errs.InvalidField("until", fmt.Sprintf("复查时间应晚于现在，且不超过%d天", d.env.Policy.SuspensionDays))
	}
	if a := d.target(); a.Parent != 0 || !a.Lead {
		return errs.New(errs.Conflict, "not_lead", "只有主办单位可以申请挂账")
	}
	if err := first(need("reason", "挂账理由", c.Reason), need("interim", "阶段性答复", c.Interim)); err != nil {
		return err
	}
	return d.request(Request{For: ForSuspension, Until: c.Until, Reason: d.text(c.Reason), Interim: d.text(c.Interim)})
}

// Endorse is the approver's sign-off of a request of the own unit.
type Endorse struct{ On }

func (Endorse) Name() Name { return "endorse" }

func (c Endorse) decide(d *decision) error {
	if err := d.ownRequest(); err != nil {
		return err
	}
	d.endorse()
	return nil
}

func (d *decision) ownRequest() error {
	if r := d.target().Request; r == nil || r.Endorsed {
		return errs.New(errs.Conflict, "no_request", "没有待审签的申请")
	}
	return nil
}

// Decline is the approver's no to a request of the own unit.
type Decline struct {
	On
	Note string `json:"note,omitempty" doc:"意见" maxLength:"2000"`
}

func (Decline) Name() Name { return "decline" }

func (c Decline) decide(d *decision) error {
	if err := first(may("note", "意见", c.Note), d.ownRequest()); err != nil {
		return err
	}
	d.emit(RequestDeclined{Assignment: d.on, Note: d.text(c.Note)})
	return nil
}

// Draft is the unit's reply on its way to sign-off. It waits for co-handlers,
// those beside a lead and those left of its own delegation, or says why not.
type Draft struct {
	On
	Text     string `json:"text" doc:"给诉求人的答复" maxLength:"20000"`
	Public   string `json:"public,omitempty" doc:"可公开的答复" maxLength:"20000"`
	Solved   string `json:"solved" doc:"本单位认为是否解决" enum:"solved,partly,unsolved"`
	Override string `json:"override,omitempty" doc:"不等协办单位的理由" maxLength:"2000"`
}

// SolvedClaims are what a unit may claim of its own reply.
var SolvedClaims = []string{"solved", "partly", "unsolved"}

func (Draft) Name() Name { return "draft" }

func (c Draft) decide(d *decision) error {
	err := first(
		checkText("text", "答复", c.Text, true, maxBody),
		checkText("public", "公开答复", c.Public, false, maxBody),
		oneOf("solved", c.Solved, SolvedClaims),
		may("override", "理由", c.Override),
	)
	if err != nil {
		return err
	}
	a := d.target()
	if a.Request != nil {
		return errs.New(errs.Conflict, "request_pending", "该承办任务有申请正在审核")
	}
	if c.Override == "" && (a.Lead && d.waitsFor(a.Parent) || d.waitsFor(a.No)) {
		return errs.New(errs.Conflict, "co_handlers", "协办单位尚未办结；如不等待请说明理由")
	}
	d.emit(Drafted{Assignment: d.on, Reply: Reply{
		Text: d.text(c.Text), Public: d.text(c.Public), Solved: c.Solved, Override: d.text(c.Override),
	}})
	return nil
}

// waitsFor reports whether a co-handler below parent still owes its part.
func (d *decision) waitsFor(parent int) bool {
	return slices.ContainsFunc(d.t.Assignments, func(a Assignment) bool {
		return a.Parent == parent && !a.Lead && a.State.Live()
	})
}

// SendBackDraft is the approver's no to a draft.
type SendBackDraft struct {
	On
	Note string `json:"note" doc:"修改意见" maxLength:"2000"`
}

func (SendBackDraft) Name() Name { return "send_back_draft" }

func (c SendBackDraft) decide(d *decision) error {
	if err := need("note", "修改意见", c.Note); err != nil {
		return err
	}
	d.emit(DraftSentBack{Assignment: d.on, Note: d.text(c.Note)})
	return nil
}

// SignOff sends the unit's reply out. The lead's goes to the requester and is
// filed at the same moment, or waits for the center's review; every other
// part goes to the unit it is a part for.
type SignOff struct{ On }

func (SignOff) Name() Name { return "sign_off" }

func (c SignOff) decide(d *decision) error {
	a := *d.target()
	if !a.Lead || a.Parent != 0 {
		d.emit(PartReplied{Assignment: d.on})
		d.stopDead()
		return nil
	}
	review := d.t.Round > 0 || a.SentBack > 0 || d.env.City.ReviewFirst(&d.t, a.Unit)
	working := d.t.working(d.on)
	d.emit(RepliedEvent{Assignment: d.on, Review: review})
	d.answerAuto()
	if review {
		d.pause(working)
		d.stopDeadBut(working)
		d.start(StepReview, 0, d.t.Center)
		return nil
	}
	d.stopDead()
	d.toRequester()
	return nil
}

// stopDeadBut ends the clocks of finished assignments, except one that is
// only paused while the center reviews.
func (d *decision) stopDeadBut(kept *Clock) {
	no := kept.No
	d.stopAll(func(c *Clock) bool {
		a := d.t.Assignment(c.Assignment)
		return c.No == no || a == nil || a.State.Live()
	})
}

// toRequester opens the rating window; the overall clock stands still.
func (d *decision) toRequester() {
	d.pause(d.t.clock(StepOverall, 0))
	d.start(StepRate, 0, 0)
}

// answerAuto settles a supervision order that followed from the last redo
// round: the reply itself is the answer.
func (d *decision) answerAuto() {
	for i := range d.t.Orders {
		if o := &d.t.Orders[i]; o.Auto && o.AnsweredAt == 0 && o.Assignment == d.on {
			d.emit(OrderAnswered{Order: o.No})
		}
	}
}
