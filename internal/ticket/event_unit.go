package ticket

// Signed says that the unit has opened its assignment.
type Signed struct {
	Assignment int `json:"assignment"`
}

func (e Signed) apply(t *Ticket, r *Record) {
	a := t.Assignment(e.Assignment)
	a.State, a.SignedAt = AHandling, r.At
}

// ContactMade records that the unit spoke with the requester.
type ContactMade struct {
	Assignment int    `json:"assignment"`
	Way        string `json:"way"` // phone, visit, message
	Reached    bool   `json:"reached"`
	Note       Text   `json:"note,omitzero"`
}

func (e ContactMade) apply(t *Ticket, r *Record) {
	if a := t.Assignment(e.Assignment); e.Reached && a.Contacted == 0 {
		a.Contacted = r.At
	}
}

// Delegated passes the assignment on to units below; the delegating unit
// stays accountable.
type Delegated struct {
	Assignment int      `json:"assignment"`
	Lead       UnitID   `json:"lead"`
	CoHandlers []UnitID `json:"co_handlers,omitempty"`
	Note       Text     `json:"note,omitzero"`
}

func (e Delegated) apply(t *Ticket, r *Record) {
	a := t.Assignment(e.Assignment)
	if a.SignedAt == 0 {
		a.SignedAt = r.At
	}
	a.State = ADelegated
	t.assign(a.No, e.Lead, e.CoHandlers, r.At)
}

// TakenBack ends a delegation: what the units below still owed is theirs no
// longer, parts already given stay.
type TakenBack struct {
	Assignment int  `json:"assignment"`
	Reason     Text `json:"reason"`
}

func (e TakenBack) apply(t *Ticket, _ *Record) {
	t.cancel(e.Assignment)
	t.Assignment(e.Assignment).State = AHandling
}

// Requested asks the unit above for a return, an extension or a suspension.
type Requested struct {
	Assignment int     `json:"assignment"`
	Request    Request `json:"request"`
}

func (e Requested) apply(t *Ticket, r *Record) {
	a := t.Assignment(e.Assignment)
	e.Request.At = r.At
	a.Request = &e.Request
	if e.Request.For == ForReturn {
		a.State = AReturnRequested
	}
}

// Endorsed is the sign-off of a request by the unit's approver.
type Endorsed struct {
	Assignment int `json:"assignment"`
}

func (e Endorsed) apply(t *Ticket, _ *Record) {
	a := t.Assignment(e.Assignment)
	request := *a.Request
	request.Endorsed = true
	a.Request = &request
}

// RequestDeclined is the approver's no to a request of the own unit.
type RequestDeclined struct {
	Assignment int  `json:"assignment"`
	Note       Text `json:"note,omitzero"`
}

func (e RequestDeclined) apply(t *Ticket, _ *Record) { t.Assignment(e.Assignment).dropRequest() }

// dropRequest ends a request without effect: the assignment is where it was.
func (a *Assignment) dropRequest() {
	a.Request = nil
	if a.State != AReturnRequested {
		return
	}
	a.State = AHandling
	if a.SignedAt == 0 {
		a.State = AToSign
	}
}

// ReturnApproved takes the assignment from the unit. A lead's goes back to
// whoever dispatched it: the center, or the unit that delegated it.
type ReturnApproved struct {
	Assignment int  `json:"assignment"`
	Consult    bool `json:"consult,omitempty"` // returned as often as allowed
	Note       Text `json:"note,omitzero"`
}

func (e ReturnApproved) apply(t *Ticket, _ *Record) {
	a := t.Assignment(e.Assignment)
	a.State, a.Request = AReturned, nil
	t.cancel(a.No)
	if !a.Lead {
		return
	}
	if p := t.Assignment(a.Parent); p != nil {
		p.State = AHandling
		return
	}
	t.Returns++
	t.Stage = ToDispatch
	if e.Consult {
		t.Stage = Consulting
	}
}

// ReturnRefused leaves the assignment with the unit; no time is given back.
type ReturnRefused struct {
	Assignment int  `json:"assignment"`
	Note       Text `json:"note,omitzero"`
}

func (e ReturnRefused) apply(t *Ticket, _ *Record) {
	a := t.Assignment(e.Assignment)
	a.Refused++
	a.dropRequest()
}

// ExtensionApproved gives the unit more working days.
type ExtensionApproved struct {
	Assignment int  `json:"assignment"`
	Days       int  `json:"days"`
	Note       Text `json:"note,omitzero"`
}

func (e ExtensionApproved) apply(t *Ticket, _ *Record) {
	a := t.Assignment(e.Assignment)
	a.Extensions++
	a.Request = nil
}

// ExtensionRefused leaves the limit as it was.
type ExtensionRefused struct {
	Assignment int  `json:"assignment"`
	Note       Text `json:"note,omitzero"`
}

func (e ExtensionRefused) apply(t *Ticket, _ *Record) { t.Assignment(e.Assignment).dropRequest() }

// SuspendedEvent lays the ticket aside until a review date (挂账).
type SuspendedEvent struct {
	Assignment int     `json:"assignment"`
	Until      Instant `json:"until"`
	Interim    Text    `json:"interim"`
}

func (e SuspendedEvent) apply(t *Ticket, _ *Record) {
	t.Assignment(e.Assignment).Request = nil
	t.Stage = Suspended
}

// SuspensionRefused leaves the unit at work.
type SuspensionRefused struct {
	Assignment int  `json:"assignment"`
	Note       Text `json:"note,omitzero"`
}

func (e SuspensionRefused) apply(t *Ticket, _ *Record) { t.Assignment(e.Assignment).dropRequest() }

// Resumed ends a suspension, by hand or at its review date.
type Resumed struct {
	Note Text `json:"note,omitzero"`
}

func (e Resumed) apply(t *Ticket, _ *Record) { t.Stage = withUnits }

// Drafted is a reply on its way to the unit's approver.
type Drafted struct {
	Assignment int   `json:"assignment"`
	Reply      Reply `json:"reply"`
}

func (e Drafted) apply(t *Ticket, _ *Record) {
	a := t.Assignment(e.Assignment)
	a.State, a.Draft = AUnitReview, &e.Reply
}

// DraftSentBack is the approver's no to a draft.
type DraftSentBack struct {
	Assignment int  `json:"assignment"`
	Note       Text `json:"note"`
}

func (e DraftSentBack) apply(t *Ticket, _ *Record) {
	a := t.Assignment(e.Assignment)
	a.State, a.Draft = AHandling, nil
}

// PartReplied is a signed-off part that does not answer the requester: a
// co-handler's, or that of a unit below. A sub-lead's part hands the
// assignment back to the unit that delegated it.
type PartReplied struct {
	Assignment int `json:"assignment"`
}

func (e PartReplied) apply(t *Ticket, r *Record) {
	a := t.Assignment(e.Assignment)
	a.State, a.RepliedAt = AReplied, r.At
	t.cancel(a.No) // co-handlers left over from a delegation that was returned
	if p := t.Assignment(a.Parent); p != nil && a.Lead {
		t.cancel(a.Parent)
		p.State = AHandling
	}
}

// PartSentBack returns a part for more work.
type PartSentBack struct {
	Assignment int  `json:"assignment"`
	Note       Text `json:"note"`
}

func (e PartSentBack) apply(t *Ticket, _ *Record) {
	a := t.Assignment(e.Assignment)
	a.State, a.Draft = AHandling, nil
	a.SentBack++
	if p := t.Assignment(a.Parent); p != nil && a.Lead {
		p.State = ADelegated
	}
}

// RepliedEvent is step ⑤: the answer reaches the requester and is filed at
// the center at the same moment; or, with Review, waits for the center.
type RepliedEvent struct {
	Assignment int  `json:"assignment"`
	Review     bool `json:"review,omitempty"`
	Approved   bool `json:"approved,omitempty"` // by the center, after review
}

func (e RepliedEvent) apply(t *Ticket, r *Record) {
	a := t.Assignment(e.Assignment)
	if !e.Approved {
		a.State, a.RepliedAt = AReplied, r.At
		t.cancel(a.No)
		t.cancel(0) // co-handlers that the lead did not wait for
	}
	if e.Review {
		t.Stage = InReview
		return
	}
	t.Stage, t.RepliedAt, t.Reply = Replied, r.At, a.Draft
	t.Rating, t.Calls = nil, nil
}

// ReplySentBack is the center's no to a reply, under review or filed.
type ReplySentBack struct {
	Assignment int  `json:"assignment"`
	Note       Text `json:"note"`
}

func (e ReplySentBack) apply(t *Ticket, _ *Record) { t.reopen(e.Assignment, true) }

// reopen puts the lead assignment to work again.
func (t *Ticket) reopen(assignment int, sentBack bool) {
	a := t.Assignment(assignment)
	a.State, a.Draft = AHandling, nil
	if sentBack {
		a.SentBack++
	}
	t.Stage = withUnits
}

// Ordered is a supervision order.
type Ordered struct {
	Assignment int  `json:"assignment"`
	Auto       bool `json:"auto,omitempty"`
	Reason     Text `json:"reason,omitzero"`
}

func (e Ordered) apply(t *Ticket, r *Record) {
	a := t.Assignment(e.Assignment)
	t.Orders = append(t.Orders, Order{
		No: len(t.Orders) + 1, Assignment: a.No, Unit: a.Unit, At: r.At, Auto: e.Auto, Reason: e.Reason,
	})
}

// OrderAnswered is the unit's answer to a supervision order.
type OrderAnswered struct {
	Order  int  `json:"order"`
	Answer Text `json:"answer,omitzero"`
}

func (e OrderAnswered) apply(t *Ticket, r *Record) {
	o := &t.Orders[e.Order-1]
	o.AnsweredAt, o.Answer = r.At, e.Answer
}
