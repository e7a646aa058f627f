package ticket

import "slices"

// SubmittedEvent opens a ticket: the mission's step ①.
type SubmittedEvent struct {
	ID           int64   `json:"id"`
	Number       string  `json:"number"`
	Center       UnitID  `json:"center"`
	Requester    int64   `json:"requester,omitempty"`
	Kind         Kind    `json:"kind"`
	Channel      Channel `json:"channel"`
	Urgency      Urgency `json:"urgency"`
	Category     string  `json:"category,omitempty"`
	Area         string  `json:"area,omitempty"`
	Title        Text    `json:"title"`
	Body         Text    `json:"body"`
	Confidential bool    `json:"confidential,omitempty"`
	MayPublish   bool    `json:"may_publish,omitempty"`
}

func (e SubmittedEvent) apply(t *Ticket, r *Record) {
	t.ID, t.Number, t.Center, t.Requester = e.ID, e.Number, e.Center, e.Requester
	t.Kind, t.Channel, t.Urgency, t.Category, t.Area = e.Kind, e.Channel, e.Urgency, e.Category, e.Area
	t.Title, t.Body = e.Title, e.Body
	t.Confidential, t.MayPublish = e.Confidential, e.MayPublish
	t.Stage, t.SubmittedAt = Submitted, r.At
	if r.By.Unit != e.Center {
		t.Recorded = r.By.Unit
	}
}

// MaterialAdded is something the requester, or an agent for them, added.
type MaterialAdded struct {
	Text  Text   `json:"text,omitzero"`
	Files []File `json:"files,omitempty"`
}

// File refers to an attachment by the digest of its content.
type File struct {
	SHA256 string `json:"sha256"`
	Size   int64  `json:"size"`
	Type   string `json:"type"`
}

func (e MaterialAdded) apply(*Ticket, *Record) {}

// InfoAsked sends the ticket back to the requester for something missing.
type InfoAsked struct {
	Question Text `json:"question"`
}

func (e InfoAsked) apply(t *Ticket, _ *Record) { t.Stage = AwaitingInfo }

// InfoSupplied is the requester's answer to it.
type InfoSupplied struct {
	Text Text `json:"text"`
}

func (e InfoSupplied) apply(t *Ticket, _ *Record) { t.Stage = Submitted }

// InfoLapsed says that nothing came in time; the center decides without it.
type InfoLapsed struct{}

func (e InfoLapsed) apply(t *Ticket, _ *Record) { t.Stage = Submitted }

// Accepted is step ②: the center takes the matter on.
type Accepted struct {
	Kind     Kind    `json:"kind"`
	Category string  `json:"category"`
	Area     string  `json:"area,omitempty"`
	Urgency  Urgency `json:"urgency"`
}

func (e Accepted) apply(t *Ticket, r *Record) {
	t.Kind, t.Category, t.Area, t.Urgency = e.Kind, e.Category, e.Area, e.Urgency
	t.Stage, t.AcceptedAt = ToDispatch, r.At
}

// Classified corrects what the ticket is about. It moves no deadline.
type Classified struct {
	Kind     Kind    `json:"kind"`
	Category string  `json:"category"`
	Area     string  `json:"area,omitempty"`
	Urgency  Urgency `json:"urgency"`
}

func (e Classified) apply(t *Ticket, _ *Record) {
	t.Kind, t.Category, t.Area, t.Urgency = e.Kind, e.Category, e.Area, e.Urgency
}

// Answered is the agent's direct answer: accepted and replied at once.
type Answered struct {
	Kind     Kind   `json:"kind"`
	Category string `json:"category,omitempty"`
	Reply    Reply  `json:"reply"`
}

func (e Answered) apply(t *Ticket, r *Record) {
	t.Kind, t.Category = e.Kind, e.Category
	t.Direct, t.Reply = true, &e.Reply
	t.Stage, t.AcceptedAt, t.RepliedAt = Replied, r.At, r.At
}

// RejectedEvent refuses the matter and points to the right channel.
type RejectedEvent struct {
	Code string `json:"code"`
	Note Text   `json:"note,omitzero"` // what the requester was told, receipt of a hand-over
}

func (e RejectedEvent) apply(t *Ticket, r *Record) {
	t.cancel(0) // co-handlers may be at work while the lead changes hands
	t.Stage, t.Reason, t.ClosedAt = Rejected, e.Code, r.At
}

// Dispatched is step ③: one lead, n co-handlers. Arbitrated assignments may
// not be returned.
type Dispatched struct {
	Lead       UnitID   `json:"lead"`
	CoHandlers []UnitID `json:"co_handlers,omitempty"`
	Arbitrated bool     `json:"arbitrated,omitempty"`
	Fallback   bool     `json:"fallback,omitempty"`
	Entry      int64    `json:"entry,omitempty"` // catalogue entry that proposed it
	Note       Text     `json:"note,omitzero"`
}

func (e Dispatched) apply(t *Ticket, r *Record) {
	first := len(t.Assignments)
	t.assign(0, e.Lead, e.CoHandlers, r.At)
	for i := first; i < len(t.Assignments); i++ {
		a := &t.Assignments[i]
		a.NoReturn, a.Fallback = e.Arbitrated, e.Fallback && a.Lead
	}
	if t.DispatchAt == 0 {
		t.DispatchAt = r.At
	} else {
		t.Hops++
	}
	t.Stage = withUnits
}

// assign adds a lead and co-handlers below a parent assignment. Co-handlers
// that are still at work keep their assignment.
func (t *Ticket) assign(parent int, lead UnitID, co []UnitID, at Instant) {
	add := func(unit UnitID, isLead bool) {
		t.Assignments = append(t.Assignments, Assignment{
			No: len(t.Assignments) + 1, Parent: parent, Unit: unit, Lead: isLead, State: AToSign, At: at,
		})
	}
	add(lead, true)
	for _, unit := range co {
		if !t.engaged(parent, unit) {
			add(unit, false)
		}
	}
}

// engaged reports whether the unit already has a co-handler's part below
// parent, live or given.
func (t *Ticket) engaged(parent int, unit UnitID) bool {
	return slices.ContainsFunc(t.Assignments, func(a Assignment) bool {
		return a.Parent == parent && a.Unit == unit && !a.Lead && (a.State.Live() || a.State == AReplied)
	})
}

// Recalled takes a dispatch back before it was signed.
type Recalled struct {
	Note Text `json:"note,omitzero"`
}

func (e Recalled) apply(t *Ticket, _ *Record) {
	t.cancel(0)
	t.Stage = ToDispatch
}

// cancel ends every live assignment below parent, and what is below these.
func (t *Ticket) cancel(parent int) {
	for i := range t.Assignments {
		if a := &t.Assignments[i]; a.Parent == parent && a.State.Live() {
			a.State, a.Request, a.Draft = ACancelled, nil, nil
			t.cancel(a.No)
		}
	}
}

// ConsultBegun opens a consultation about who is responsible.
type ConsultBegun struct {
	Note Text `json:"note,omitzero"`
}

func (e ConsultBegun) apply(t *Ticket, _ *Record) { t.Stage = Consulting }

// MergedEvent joins the ticket to a master on the same matter.
type MergedEvent struct {
	Master int64 `json:"master"`
}

func (e MergedEvent) apply(t *Ticket, _ *Record) {
	t.cancel(0)
	t.Stage, t.Master = Merged, e.Master
}

// Unmerged parts the ticket from its master; the center has it again.
type Unmerged struct {
	Note Text `json:"note,omitzero"`
}

func (e Unmerged) apply(t *Ticket, r *Record) {
	t.Stage, t.Master, t.After, t.Rating, t.Calls, t.Reply, t.RepliedAt = ToDispatch, 0, "", nil, nil, nil, 0
	if t.AcceptedAt == 0 {
		t.AcceptedAt = r.At
	}
}

// MemberAdded and MemberRemoved are the master's side of a merge.
type MemberAdded struct {
	Member int64 `json:"member"`
}

func (e MemberAdded) apply(t *Ticket, _ *Record) { t.Members = append(t.Members, e.Member) }

// MemberRemoved is the master's side of an un-merge.
type MemberRemoved struct {
	Member int64 `json:"member"`
}

func (e MemberRemoved) apply(t *Ticket, _ *Record) {
	t.Members = slices.DeleteFunc(t.Members, func(id int64) bool { return id == e.Member })
}

// MasterReplied brings the master's reply to a merged ticket, whose requester
// rates it and is followed up on their own.
type MasterReplied struct {
	Reply Reply `json:"reply"`
}

func (e MasterReplied) apply(t *Ticket, r *Record) {
	t.Reply, t.RepliedAt = &e.Reply, r.At
	t.After, t.Rating, t.Calls = Replied, nil, nil
}
