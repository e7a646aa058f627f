// Package ticket is the pure core of the platform: what a ticket is, which
// commands may change it, who may give them, and which clocks they start and
// stop. Decide turns a state and a command into records or a refusal; Evolve
// folds records back into the state.
//
// What may not enter: I/O, SQL, HTTP, time.Now, randomness, personal data in
// clear. Everything Decide needs to know arrives in Env. The package imports
// nothing of the project but errs, so that the rules of the house can be read,
// tested and proved on their own.
package ticket

import "time"

// Instant is a moment in Unix milliseconds; zero means never. States and
// records hold instants rather than time.Time so that their encoding is one
// and the same byte for byte everywhere.
type Instant int64

// At converts a time; fractions of a millisecond are cut off.
func At(t time.Time) Instant { return Instant(t.UnixMilli()) }

// Time converts back, in UTC.
func (i Instant) Time() time.Time { return time.UnixMilli(int64(i)).UTC() }

// day is 24 hours of an Instant.
const day Instant = 24 * 60 * 60 * 1000

// State is where a ticket stands. It is derived: see Ticket.State.
type State string

// The states of the loop; rules of the house §3.
const (
	Submitted    State = "submitted"
	AwaitingInfo State = "awaiting_info"
	ToDispatch   State = "to_dispatch"
	Consulting   State = "consulting"
	ToSign       State = "to_sign"
	Handling     State = "handling"
	Suspended    State = "suspended"
	InReview     State = "in_review"
	Replied      State = "replied"
	ToFollowUp   State = "to_follow_up"
	Closed       State = "closed"
	Archived     State = "archived"
	Rejected     State = "rejected"
	Merged       State = "merged"
	Withdrawn    State = "withdrawn"
)

// States lists every state in the order of the loop.
var States = []State{
	Submitted, AwaitingInfo, ToDispatch, Consulting, ToSign, Handling, Suspended, InReview, Replied,
	ToFollowUp, Closed, Archived, Rejected, Merged, Withdrawn,
}

// Open reports whether somebody still owes a move on a ticket in this state.
func (s State) Open() bool {
	switch s {
	case Closed, Archived, Rejected, Merged, Withdrawn, "":
		return false
	}
	return true
}

// withUnits is the stage of a ticket whose state follows its assignments.
const withUnits State = "with_units"

// Ticket is the state of one ticket: the fold of its records. Its JSON
// encoding is what the store keeps, and what a replay must give again byte
// for byte. It holds no personal data and no free text, only digests.
type Ticket struct {
	ID        int64   `json:"id"`
	Number    string  `json:"number"`
	Seq       int     `json:"seq"`   // number of the last record; the version of the ticket
	Stage     State   `json:"stage"` // State, or with_units while the assignments decide
	Center    UnitID  `json:"center"`
	Recorded  UnitID  `json:"recorded,omitempty"`  // another center, whose agent took it down
	Requester int64   `json:"requester,omitempty"` // row in the requester room; zero is anonymous
	Kind      Kind    `json:"kind"`
	Channel   Channel `json:"channel"`
	Urgency   Urgency `json:"urgency"`
	Category  string  `json:"category,omitempty"`
	Area      string  `json:"area,omitempty"`
	Title     Text    `json:"title"`
	Body      Text    `json:"body"`

	Confidential bool `json:"confidential,omitempty"`
	MayPublish   bool `json:"may_publish,omitempty"`
	Published    bool `json:"published,omitempty"`
	Direct       bool `json:"direct,omitempty"` // answered by the agent, never dispatched

	SubmittedAt Instant `json:"submitted_at"`
	AcceptedAt  Instant `json:"accepted_at,omitempty"`
	DispatchAt  Instant `json:"dispatched_at,omitempty"` // first dispatch
	RepliedAt   Instant `json:"replied_at,omitempty"`    // latest reply to the requester
	ClosedAt    Instant `json:"closed_at,omitempty"`

	Assignments []Assignment `json:"assignments,omitempty"`
	Clocks      []Clock      `json:"clocks,omitempty"`
	Orders      []Order      `json:"orders,omitempty"`

	Reply   *Reply  `json:"reply,omitempty"` // what the requester was last told
	Round   int     `json:"round,omitempty"` // redo rounds begun
	Returns int     `json:"returns,omitempty"`
	Hops    int     `json:"hops,omitempty"` // how often the lead changed hands at the center
	Urges   int     `json:"urges,omitempty"`
	Rating  *Rating `json:"rating,omitempty"`
	Calls   []Call  `json:"calls,omitempty"` // follow-up attempts since the last reply
	Appeal  *Appeal `json:"appeal,omitempty"`
	Reason  string  `json:"reason,omitempty"` // code: why it was rejected or withdrawn
	Master  int64   `json:"master,omitempty"` // the ticket this one was merged into
	Members []int64 `json:"members,omitempty"`
	After   State   `json:"after,omitempty"` // of a merged ticket: replied, to_follow_up or closed with its master
}

// State derives where the ticket stands from its stage and its assignments.
func (t *Ticket) State() State {
	if t.Stage != withUnits {
		return t.Stage
	}
	if lead := t.lead(0); lead != nil && lead.State == AToSign {
		return ToSign
	}
	return Handling
}

// AState is where one assignment stands.
type AState string

// The states of an assignment.
const (
	AToSign          AState = "to_sign"
	AHandling        AState = "handling"
	AUnitReview      AState = "unit_review"
	AReturnRequested AState = "return_requested"
	ADelegated       AState = "delegated"
	AReplied         AState = "replied"
	AReturned        AState = "returned"
	ACancelled       AState = "cancelled"
)

// AStates lists every state of an assignment.
var AStates = []AState{AToSign, AHandling, AUnitReview, AReturnRequested, ADelegated, AReplied, AReturned, ACancelled}

// Live reports whether the unit still owes something on the assignment.
func (s AState) Live() bool {
	switch s {
	case AToSign, AHandling, AUnitReview, AReturnRequested, ADelegated:
		return true
	}
	return false
}

// Assignment is the part of a ticket that one unit owes.
type Assignment struct {
	No         int      `json:"no"`               // 1, 2, … within the ticket
	Parent     int      `json:"parent,omitempty"` // the assignment that delegated it; zero: the center
	Unit       UnitID   `json:"unit"`
	Lead       bool     `json:"lead,omitempty"`
	State      AState   `json:"state"`
	NoReturn   bool     `json:"no_return,omitempty"` // arbitrated: may not be returned
	Fallback   bool     `json:"fallback,omitempty"`  // named because nobody felt responsible
	At         Instant  `json:"at"`                  // dispatched
	SignedAt   Instant  `json:"signed_at,omitempty"`
	Contacted  Instant  `json:"contacted_at,omitempty"`
	RepliedAt  Instant  `json:"replied_at,omitempty"`
	Refused    int      `json:"refused_returns,omitempty"`
	Extensions int      `json:"extensions,omitempty"`
	SentBack   int      `json:"sent_back,omitempty"`
	Request    *Request `json:"request,omitempty"`
	Draft      *Reply   `json:"draft,omitempty"` // the reply on its way to sign-off
}

// Request is what a unit asks of the one above it: to return the assignment,
// to extend its limit, or to suspend it.
type Request struct {
	For       RequestFor `json:"for"`
	At        Instant    `json:"at"`
	Endorsed  bool       `json:"endorsed,omitempty"` // signed off by the unit's approver
	Code      string     `json:"code,omitempty"`     // reason from the list
	Reason    Text       `json:"reason"`
	Basis     Text       `json:"basis,omitzero"`      // legal basis of a return
	Suggested UnitID     `json:"suggested,omitempty"` // who should have it instead
	Days      int        `json:"days,omitempty"`      // extension, working days
	Until     Instant    `json:"until,omitempty"`     // review date of a suspension
	Interim   Text       `json:"interim,omitzero"`    // interim answer of a suspension
}

// RequestFor says what a unit asks for.
type RequestFor string

// What a unit may ask for.
const (
	ForReturn     RequestFor = "return"
	ForExtension  RequestFor = "extension"
	ForSuspension RequestFor = "suspension"
)

// Reply is an answer: the private one to the requester and, apart from it,
// the one that may be published.
type Reply struct {
	Text     Text   `json:"text"`
	Public   Text   `json:"public,omitzero"`
	Solved   string `json:"solved,omitempty"`  // the unit's own claim: solved, partly, unsolved
	Override Text   `json:"override,omitzero"` // why the lead did not wait for a co-handler
}

// Rating is what the requester thinks, result and process apart.
type Rating struct {
	At      Instant `json:"at"`
	Result  Grade   `json:"result"`
	Process Grade   `json:"process"`
	Code    string  `json:"code,omitempty"`
	Remark  Text    `json:"remark,omitzero"`
}

// Grade is one step of the scale of three that every other scale maps onto.
type Grade string

// The three grades.
const (
	Satisfied   Grade = "satisfied"   // 满意
	Basically   Grade = "basically"   // 基本满意
	Unsatisfied Grade = "unsatisfied" // 不满意
)

// Call is one attempt to follow up.
type Call struct {
	At        Instant `json:"at"`
	Day       string  `json:"day"` // local day: two failures count only on different days
	Reached   bool    `json:"reached,omitempty"`
	Contacted bool    `json:"contacted,omitempty"` // had the unit contacted the requester?
	Solved    bool    `json:"solved,omitempty"`
	Grade     Grade   `json:"grade,omitempty"`
	UnitCause bool    `json:"unit_cause,omitempty"`
	Remark    Text    `json:"remark,omitzero"`
}

// Order is a supervision order.
type Order struct {
	No         int     `json:"no"`
	Assignment int     `json:"assignment"`
	Unit       UnitID  `json:"unit"`
	At         Instant `json:"at"`
	Auto       bool    `json:"auto,omitempty"` // followed from the last redo round
	Reason     Text    `json:"reason"`
	AnsweredAt Instant `json:"answered_at,omitempty"`
	Answer     Text    `json:"answer,omitzero"`
}

// Appeal is the requester's one request for review of a closed ticket.
type Appeal struct {
	At      Instant `json:"at"`
	Reason  Text    `json:"reason"`
	Decided Instant `json:"decided_at,omitempty"`
	Granted bool    `json:"granted,omitempty"`
}

// Assignment returns the assignment with the number, or nil.
func (t *Ticket) Assignment(no int) *Assignment {
	if no < 1 || no > len(t.Assignments) {
		return nil
	}
	return &t.Assignments[no-1]
}

// lead returns the lead assignment below parent that is not out of the
// matter, the latest first; zero parent is the center.
func (t *Ticket) lead(parent int) *Assignment {
	for i := len(t.Assignments) - 1; i >= 0; i-- {
		a := &t.Assignments[i]
		if a.Lead && a.Parent == parent && a.State != AReturned && a.State != ACancelled {
			return a
		}
	}
	return nil
}

// Lead returns the assignment that answers the requester, or nil.
func (t *Ticket) Lead() *Assignment { return t.lead(0) }

// superior returns the unit that decides on requests of the assignment.
func (t *Ticket) superior(a *Assignment) UnitID {
	if p := t.Assignment(a.Parent); p != nil {
		return p.Unit
	}
	return t.Center
}

// clone copies everything that a decision may change.
func (t *Ticket) clone() Ticket {
	c := *t
	c.Assignments = append([]Assignment(nil), t.Assignments...)
	c.Clocks = append([]Clock(nil), t.Clocks...)
	c.Orders = append([]Order(nil), t.Orders...)
	c.Calls = append([]Call(nil), t.Calls...)
	c.Members = append([]int64(nil), t.Members...)
	return c
}
