package ticket

import (
	"slices"

	"huiyin/internal/errs"
)

// Submission is step ①: what a ticket is made from. The number, the id and
// the requester's row are given by whoever stores it.
type Submission struct {
	ID           int64
	Number       string
	Center       UnitID
	Requester    int64
	Kind         Kind
	Channel      Channel
	Urgency      Urgency // normal if empty
	Category     string
	Area         string
	Title, Body  string
	Confidential bool
	MayPublish   bool
}

// Submit makes a ticket. The requester, an agent for them, or the platform
// for another system may submit.
func Submit(s Submission, env Env) (Ticket, []Record, error) {
	role := Requester
	switch {
	case env.Actor.Holds(Requester):
	case env.Actor.Holds(Agent):
		role = Agent
	case env.Actor.Holds(System):
		role = System
	default:
		return Ticket{}, nil, errs.New(errs.Denied, "role", "您的岗位不能登记诉求")
	}
	if s.Urgency == "" {
		s.Urgency = Normal
	}
	if s.Kind == Report {
		s.Confidential = true
	}
	d := &decision{env: env, by: By{Account: env.Actor.Account, Unit: env.Actor.Unit, Role: role}}
	if err := d.checkSubmission(s); err != nil {
		return Ticket{}, nil, err
	}
	d.emit(SubmittedEvent{
		ID: s.ID, Number: s.Number, Center: s.Center, Requester: s.Requester,
		Kind: s.Kind, Channel: s.Channel, Urgency: s.Urgency, Category: s.Category, Area: s.Area,
		Title: d.text(s.Title), Body: d.text(s.Body), Confidential: s.Confidential, MayPublish: s.MayPublish && !s.Confidential,
	})
	d.start(StepAccept, 0, s.Center)
	return d.t, d.out, nil
}

func (d *decision) checkSubmission(s Submission) error {
	err := first(
		d.known("kind", "kind", string(s.Kind)),
		d.known("channel", "channel", string(s.Channel)),
		oneOf("urgency", s.Urgency, Urgencies),
		checkText("title", "标题", s.Title, true, maxTitle),
		checkText("body", "诉求内容", s.Body, true, maxBody),
	)
	if err == nil && s.Category != "" {
		err = d.known("category", "category", s.Category)
	}
	if err == nil && s.Area != "" {
		err = d.known("area", "area", s.Area)
	}
	return err
}

// Facts are what a center says a ticket is about. Empty fields keep what was there.
type Facts struct {
	Kind     Kind    `json:"kind,omitempty" doc:"诉求类型"`
	Category string  `json:"category,omitempty" doc:"事项分类代码"`
	Area     string  `json:"area,omitempty" doc:"事发地区划代码"`
	Urgency  Urgency `json:"urgency,omitempty" doc:"紧急程度"`
}

func (f Facts) over(t *Ticket) Facts {
	if f.Kind == "" {
		f.Kind = t.Kind
	}
	if f.Category == "" {
		f.Category = t.Category
	}
	if f.Area == "" {
		f.Area = t.Area
	}
	if f.Urgency == "" {
		f.Urgency = t.Urgency
	}
	return f
}

func (d *decision) checkFacts(f Facts) error {
	err := first(d.known("kind", "kind", string(f.Kind)), oneOf("urgency", f.Urgency, Urgencies), d.known("category", "category", f.Category))
	if err == nil && f.Area != "" {
		err = d.known("area", "area", f.Area)
	}
	return err
}

// keepReport makes confidential what turns out to be a report of wrongdoing,
// like one that was submitted as such.
func (d *decision) keepReport(was Kind) {
	if d.t.Kind != Report || was == Report || d.t.Confidential {
		return
	}
	d.emit(ConfidentialSet{Confidential: true})
	if d.t.Published {
		d.emit(Unpublished{})
	}
}

// Accept is step ②.
type Accept struct{ Facts }

func (Accept) Name() Name { return "accept" }

func (c Accept) decide(d *decision) error {
	f, was := c.Facts.over(&d.t), d.t.Kind
	if err := d.checkFacts(f); err != nil {
		return err
	}
	d.emit(Accepted(f))
	d.keepReport(was)
	d.stop(StepAccept, 0)
	d.start(StepOverall, 0, 0)
	d.start(StepDispatch, 0, d.t.Center)
	return nil
}

// Classify corrects what the ticket is about.
type Classify struct{ Facts }

func (Classify) Name() Name { return "classify" }

func (c Classify) decide(d *decision) error {
	f, was := c.Facts.over(&d.t), d.t.Kind
	if err := d.checkFacts(f); err != nil {
		return err
	}
	d.emit(Classified(f))
	d.keepReport(was)
	return nil
}

// AskInfo asks the requester for something missing; the clock is paused.
type AskInfo struct {
	Question string `json:"question" doc:"需要补充什么" maxLength:"2000"`
}

func (AskInfo) Name() Name { return "ask_info" }

func (c AskInfo) decide(d *decision) error {
	if err := need("question", "需要补充的内容", c.Question); err != nil {
		return err
	}
	d.emit(InfoAsked{Question: d.text(c.Question)})
	d.pause(d.t.clock(StepAccept, 0))
	d.start(StepSupply, 0, 0)
	return nil
}

// Supply is the requester's answer to AskInfo.
type Supply struct {
	Text string `json:"text" doc:"补充的内容" maxLength:"20000"`
}

func (Supply) Name() Name { return "supply" }

func (c Supply) decide(d *decision) error {
	if err := checkText("text", "补充的内容", c.Text, true, maxBody); err != nil {
		return err
	}
	d.emit(InfoSupplied{Text: d.text(c.Text)})
	d.stop(StepSupply, 0)
	d.resume(d.t.clock(StepAccept, 0))
	return nil
}

// AddMaterial adds text or files to an open ticket. Files come from whoever
// stored them, never from a request.
type AddMaterial struct {
	Text  string `json:"text,omitempty" doc:"补充说明" maxLength:"20000"`
	Files []File `json:"-"`
}

func (AddMaterial) Name() Name { return "add_material" }

func (c AddMaterial) decide(d *decision) error {
	if c.Text == "" && len(c.Files) == 0 {
		return errs.InvalidField("text", "请填写补充说明或上传附件")
	}
	if err := checkText("text", "补充说明", c.Text, false, maxBody); err != nil {
		return err
	}
	d.emit(MaterialAdded{Text: d.text(c.Text), Files: c.Files})
	return nil
}

// Answer is the agent's direct answer.
type Answer struct {
	Facts
	Text   string `json:"text" doc:"答复内容" maxLength:"20000"`
	Public string `json:"public,omitempty" doc:"可公开的答复" maxLength:"20000"`
}

func (Answer) Name() Name { return "answer" }

func (c Answer) decide(d *decision) error {
	f, was := c.Facts.over(&d.t), d.t.Kind
	if err := first(checkText("text", "答复内容", c.Text, true, maxBody), checkText("public", "公开答复", c.Public, false, maxBody), d.checkFacts(f)); err != nil {
		return err
	}
	d.emit(Answered{Kind: f.Kind, Category: f.Category, Reply: Reply{Text: d.text(c.Text), Public: d.text(c.Public), Solved: "solved"}})
	d.keepReport(was)
	d.stop(StepAccept, 0)
	d.start(StepRate, 0, 0)
	return nil
}

// Reject refuses the matter for a reason from the list, which names the right
// channel. A hand-over to 110, 119 or 120 is a rejection whose note is the
// receipt.
type Reject struct {
	Code string `json:"code" doc:"不予受理原因代码"`
	Note string `json:"note,omitempty" doc:"告知诉求人的内容" maxLength:"2000"`
}

func (Reject) Name() Name { return "reject" }

func (c Reject) decide(d *decision) error {
	if err := first(d.known("code", "reject_reason", c.Code), may("note", "告知内容", c.Note), d.noMembers()); err != nil {
		return err
	}
	d.emit(RejectedEvent{Code: c.Code, Note: d.text(c.Note)})
	d.stopAll(nothing)
	return nil
}

// noMembers refuses to end a master while others hang on it: nobody may be
// lost with it.
func (d *decision) noMembers() error {
	if len(d.t.Members) > 0 {
		return errs.New(errs.Conflict, "has_members", "该工单并有其他诉求件，请先拆并")
	}
	return nil
}

// Dispatch is step ③.
type Dispatch struct {
	Lead       UnitID   `json:"lead" doc:"主办单位"`
	CoHandlers []UnitID `json:"co_handlers,omitempty" doc:"协办单位" maxItems:"20"`
	Urgency    Urgency  `json:"urgency,omitempty" doc:"紧急程度"`
	Entry      int64    `json:"entry,omitempty" doc:"采用的派单目录条目"`
	Note       string   `json:"note,omitempty" doc:"批转意见" maxLength:"2000"`
}

func (Dispatch) Name() Name { return "dispatch" }

func (c Dispatch) decide(d *decision) error {
	if err := first(may("note", "批转意见", c.Note), d.checkUnits(c.Lead, c.CoHandlers, 0)); err != nil {
		return err
	}
	if c.Urgency != "" && c.Urgency != d.t.Urgency {
		if err := oneOf("urgency", c.Urgency, Urgencies); err != nil {
			return err
		}
		d.emit(Classified{Kind: d.t.Kind, Category: d.t.Category, Area: d.t.Area, Urgency: c.Urgency})
	}
	d.handOut(Dispatched{Lead: c.Lead, CoHandlers: c.CoHandlers, Entry: c.Entry, Note: d.text(c.Note)})
	return nil
}

// checkUnits refuses units that cannot take the ticket. Above is the unit that
// delegates, zero for the center.
func (d *decision) checkUnits(lead UnitID, co []UnitID, above UnitID) error {
	all := append([]UnitID{lead}, co...)
	for i, unit := range all {
		field := "lead"
		if i > 0 {
			field = "co_handlers"
		}
		switch {
		case unit == d.t.Center || !d.env.City.Active(unit):
			return errs.InvalidField(field, "该单位不能承办工单")
		case above != 0 && !d.env.City.Below(unit, above):
			return errs.InvalidField(field, "只能交办给本单位的下级")
		case slices.Contains(all[:i], unit):
			return errs.InvalidField(field, "同一单位不能重复")
		}
	}
	return nil
}

// handOut dispatches from the center and starts the clocks of each new
// assignment.
func (d *decision) handOut(e Dispatched) {
	first := len(d.t.Assignments)
	d.emit(e)
	d.stop(StepDispatch, 0)
	d.stop(StepConsult, 0)
	if d.t.clock(StepOverall, 0) == nil {
		d.start(StepOverall, 0, 0)
	}
	for i := first; i < len(d.t.Assignments); i++ {
		no, unit, lead := d.t.Assignments[i].No, d.t.Assignments[i].Unit, d.t.Assignments[i].Lead
		d.start(StepSign, no, unit)
		d.start(StepHandle, no, unit)
		if lead {
			d.start(StepContact, no, unit)
		}
	}
}

// Recall takes a dispatch back before the lead has signed.
type Recall struct {
	Note string `json:"note,omitempty" doc:"撤回原因" maxLength:"2000"`
}

func (Recall) Name() Name { return "recall" }

func (c Recall) decide(d *decision) error {
	if err := may("note", "撤回原因", c.Note); err != nil {
		return err
	}
	d.emit(Recalled{Note: d.text(c.Note)})
	d.stopDead()
	d.start(StepDispatch, 0, d.t.Center)
	return nil
}

// Consult opens a consultation when ownership is unclear.
type Consult struct {
	Note string `json:"note" doc:"会商事由" maxLength:"2000"`
}

func (Consult) Name() Name { return "consult" }

func (c Consult) decide(d *decision) error {
	if err := need("note", "会商事由", c.Note); err != nil {
		return err
	}
	d.emit(ConsultBegun{Note: d.text(c.Note)})
	d.stop(StepDispatch, 0)
	d.start(StepConsult, 0, d.t.Center)
	return nil
}

// Arbitrate ends a consultation: it names lead and co-handlers, or the
// fallback unit, none of which may return the ticket.
type Arbitrate struct {
	Lead       UnitID   `json:"lead" doc:"主办单位或兜底单位"`
	CoHandlers []UnitID `json:"co_handlers,omitempty" doc:"协办单位" maxItems:"20"`
	Fallback   bool     `json:"fallback,omitempty" doc:"指定为兜底单位"`
	Note       string   `json:"note" doc:"裁定意见" maxLength:"2000"`
}

func (Arbitrate) Name() Name { return "arbitrate" }

func (c Arbitrate) decide(d *decision) error {
	if err := first(need("note", "裁定意见", c.Note), d.checkUnits(c.Lead, c.CoHandlers, 0)); err != nil {
		return err
	}
	d.handOut(Dispatched{Lead: c.Lead, CoHandlers: c.CoHandlers, Arbitrated: true, Fallback: c.Fallback, Note: d.text(c.Note)})
	return nil
}
