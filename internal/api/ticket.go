package api

import (
	"time"

	"huiyin/internal/casework"
	"huiyin/internal/ticket"
)

type ticketOut struct {
	ETag string `header:"ETag"`
	Body TicketBody
}

// TicketBody is everything about one ticket.
type TicketBody struct {
	Number       string           `json:"number"`
	Version      int              `json:"version"`
	State        ticket.State     `json:"state"`
	Label        string           `json:"label"`
	Kind         ticket.Kind      `json:"kind"`
	Channel      ticket.Channel   `json:"channel"`
	Urgency      ticket.Urgency   `json:"urgency"`
	Category     string           `json:"category,omitempty"`
	CategoryName string           `json:"category_name,omitempty"`
	Area         string           `json:"area,omitempty"`
	AreaName     string           `json:"area_name,omitempty"`
	Title        string           `json:"title"`
	Body         string           `json:"body"`
	Reply        string           `json:"reply,omitempty"`
	PublicReply  string           `json:"public_reply,omitempty"`
	Confidential bool             `json:"confidential"`
	MayPublish   bool             `json:"may_publish"`
	Published    bool             `json:"published"`
	SubmittedAt  time.Time        `json:"submitted_at"`
	ClosedAt     *time.Time       `json:"closed_at,omitempty"`
	Owes         *DutyBody        `json:"owes,omitempty" doc:"下一步由谁负责"`
	Requester    PersonBody       `json:"requester" doc:"诉求人（已隐去）"`
	Assignments  []AssignmentBody `json:"assignments"`
	Clocks       []ClockBody      `json:"clocks"`
	Hops         []HopBody        `json:"hops" doc:"先后由哪些单位办理"`
	Timeline     []EventBody      `json:"timeline"`
	Files        []FileBody       `json:"files"`
	Allowed      []ticket.Name    `json:"allowed" doc:"您现在可以进行的操作"`
}

// DutyBody says who owes the next move.
type DutyBody struct {
	Party ticket.Party  `json:"party"`
	Unit  ticket.UnitID `json:"unit,omitempty"`
	Name  string        `json:"name,omitempty"`
	Due   time.Time     `json:"due"`
	Late  bool          `json:"late"`
}

// AssignmentBody is one unit's part.
type AssignmentBody struct {
	No           int           `json:"no"`
	Parent       int           `json:"parent,omitempty"`
	Unit         ticket.UnitID `json:"unit"`
	Name         string        `json:"name"`
	Lead         bool          `json:"lead"`
	State        ticket.AState `json:"state"`
	Label        string        `json:"label"`
	Fallback     bool          `json:"fallback,omitempty"`
	NoReturn     bool          `json:"no_return,omitempty"`
	DispatchedAt time.Time     `json:"dispatched_at"`
	SignedAt     *time.Time    `json:"signed_at,omitempty"`
	RepliedAt    *time.Time    `json:"replied_at,omitempty"`
	Pending      string        `json:"pending,omitempty" doc:"正在申请的事项"`
	Draft        string        `json:"draft,omitempty" doc:"待签发的答复"`
}

// ClockBody is one limit at work.
type ClockBody struct {
	No          int         `json:"no"`
	Step        ticket.Step `json:"step"`
	Assignment  int         `json:"assignment,omitempty"`
	Limit       string      `json:"limit,omitempty"`
	Started     time.Time   `json:"started"`
	Due         time.Time   `json:"due"`
	Provisional bool        `json:"provisional,omitempty"`
	Paused      *time.Time  `json:"paused,omitempty"`
	Stopped     *time.Time  `json:"stopped,omitempty"`
	Late        bool        `json:"late"`
}

// EventBody is one line of the timeline.
type EventBody struct {
	Seq     int              `json:"seq"`
	At      time.Time        `json:"at"`
	Account ticket.AccountID `json:"account,omitempty"`
	Unit    ticket.UnitID    `json:"unit,omitempty"`
	Name    string           `json:"unit_name,omitempty"`
	Role    ticket.Role      `json:"role"`
	Type    string           `json:"type"`
	Data    any              `json:"data"`
	Texts   []string         `json:"texts,omitempty"`
}

// FileBody is one attachment.
type FileBody struct {
	SHA256 string    `json:"sha256"`
	Name   string    `json:"name"`
	Type   string    `json:"type"`
	Size   int64     `json:"size"`
	At     time.Time `json:"at"`
}

func (a *api) ticket(v *casework.View) TicketBody {
	t := &v.Ticket
	b := TicketBody{
		Number: t.Number, Version: t.Seq, State: t.State(), Label: t.State().Label(), Kind: t.Kind, Channel: t.Channel,
		Urgency: t.Urgency, Category: t.Category, Area: t.Area, Title: v.Text(t.Title), Body: v.Text(t.Body),
		Confidential: t.Confidential, MayPublish: t.MayPublish, Published: t.Published, SubmittedAt: a.local(t.SubmittedAt),
		ClosedAt: a.maybe(t.ClosedAt), Requester: masked(v.Person), Allowed: append([]ticket.Name{}, v.Allowed...),
		Assignments: make([]AssignmentBody, len(t.Assignments)), Clocks: make([]ClockBody, len(t.Clocks)),
		Hops:     a.hops(v.Hops),
		Timeline: make([]EventBody, len(v.Timeline)), Files: make([]FileBody, len(v.Files)),
	}
	a.names(&b)
	if t.Reply != nil {
		b.Reply, b.PublicReply = v.Text(t.Reply.Text), v.Text(t.Reply.Public)
	}
	now := ticket.At(a.Clock())
	if d, ok := t.Duty(); ok {
		b.Owes = &DutyBody{Party: d.Party, Unit: d.Unit, Name: a.unitName(d.Unit), Due: a.local(d.Clock.Due), Late: d.Clock.Late(now)}
	}
	for i := range t.Assignments {
		b.Assignments[i] = a.assignment(v, &t.Assignments[i])
	}
	for i := range t.Clocks {
		b.Clocks[i] = a.clock(&t.Clocks[i], now)
	}
	for i := range v.Timeline {
		b.Timeline[i] = a.event(v, &v.Timeline[i])
	}
	for i, f := range v.Files {
		b.Files[i] = a.file(f)
	}
	return b
}

func (a *api) file(f casework.Attachment) FileBody {
	return FileBody{SHA256: f.SHA256, Name: f.Name, Type: f.Type, Size: f.Size, At: a.local(f.At)}
}

func (a *api) names(b *TicketBody) {
	dir := a.City.Current()
	if c, ok := dir.Category(b.Category); ok {
		b.CategoryName = c.Name
	}
	if area, ok := dir.Area(b.Area); ok {
		b.AreaName = area.Name
	}
}

func (a *api) assignment(v *casework.View, s *ticket.Assignment) AssignmentBody {
	b := AssignmentBody{
		No: s.No, Parent: s.Parent, Unit: s.Unit, Name: a.unitName(s.Unit), Lead: s.Lead,
		State: s.State, Label: s.State.Label(), Fallback: s.Fallback,
		NoReturn: s.NoReturn, DispatchedAt: a.local(s.At), SignedAt: a.maybe(s.SignedAt), RepliedAt: a.maybe(s.RepliedAt),
	}
	if s.Request != nil {
		b.Pending = string(s.Request.For)
	}
	if s.Draft != nil {
		b.Draft = v.Text(s.Draft.Text)
	}
	return b
}

func (a *api) clock(c *ticket.Clock, now ticket.Instant) ClockBody {
	return ClockBody{
		No: c.No, Step: c.Step, Assignment: c.Assignment, Limit: c.Limit, Started: a.local(c.Started), Due: a.local(c.Due),
		Provisional: c.Provisional, Paused: a.maybe(c.Paused), Stopped: a.maybe(c.Stopped), Late: c.Late(now),
	}
}

func (a *api) event(v *casework.View, r *ticket.Record) EventBody {
	b := EventBody{
		Seq: r.Seq, At: a.local(r.At), Account: r.By.Account, Unit: r.By.Unit, Name: a.unitName(r.By.Unit), Role: r.By.Role,
		Type: ticket.EventType(r.Event), Data: r.Event,
	}
	for _, t := range ticket.Texts(r.Event) {
		b.Texts = append(b.Texts, v.Text(t))
	}
	return b
}
