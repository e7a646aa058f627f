package casework

import (
	"context"
	"slices"

	"huiyin/internal/errs"
	"huiyin/internal/org"
	"huiyin/internal/ticket"
)

// Track is what the requester sees of their ticket, or everybody of a
// published one.
type Track struct {
	Number      string
	State       ticket.State
	Kind        ticket.Kind
	Channel     ticket.Channel
	Title, Body string
	Reply       string
	SubmittedAt ticket.Instant
	OverallDue  ticket.Instant
	Provisional bool
	Steps       []TrackStep
	Hops        []Hop
	Notices     []Notice
	Question    string // what the center asks, while it waits for the requester
	Allowed     []ticket.Name
	Files       []Attachment // that the requester gave
}

// TrackStep is one of the seven steps with its names for people.
type TrackStep struct {
	ticket.LoopStep
	Who string
}

// Hop is one time the matter was in a unit's hands.
type Hop struct {
	Unit     string
	From, To ticket.Instant // To is zero while it still is
}

// Notice is something that the requester is told on the way, beside the reply.
type Notice struct {
	At      ticket.Instant
	About   About
	Reason  string         // of a refusal, from the list
	Instead string         // where a refused matter belongs
	Days    int            // of an extension, working days
	Until   ticket.Instant // review date of a suspension
	Text    string
}

// About says what a notice is about.
type About string

// What a requester is told.
const (
	Refused       About = "rejected"
	Extended      About = "extended"
	Suspended     About = "suspended"
	ReviewGranted About = "review_granted"
	ReviewRefused About = "review_refused"
)

// ErrWrongCode is the answer to a wrong code and to an unknown number.
var ErrWrongCode = errs.New(errs.NotFound, "wrong_code", "工单编号或查询码不正确")

// Admit lets a requester in by number and query code. An unknown number and a
// wrong code look the same.
func (s *Service) Admit(ctx context.Context, number, code string) (int64, error) {
	id, err := s.idOf(ctx, s.db, number)
	if errs.Is(err, errs.NotFound) {
		id, err = 0, nil // compare all the same, so that both take as long
	}
	if err != nil {
		return 0, err
	}
	if !s.keys.CheckCode(codePurpose, id, codeDigits, code) || id == 0 {
		return 0, ErrWrongCode
	}
	return id, nil
}

// Track returns the requester's view of a ticket they were admitted to.
func (s *Service) Track(ctx context.Context, id int64) (Track, error) {
	v, err := s.view(ctx, ticket.TheRequester(), id)
	if err != nil {
		return Track{}, err
	}
	t := s.track(&v)
	t.Title, t.Body, t.Allowed = v.Text(v.Ticket.Title), v.Text(v.Ticket.Body), v.Allowed
	if v.Ticket.Reply != nil {
		t.Reply = v.Text(v.Ticket.Reply.Text)
	}
	own := fromRequester(v.Timeline)
	for _, f := range v.Files {
		if own[f.SHA256] {
			t.Files = append(t.Files, f)
		}
	}
	return t, nil
}

// Published returns the public view of a ticket: its process always, unless it
// is confidential; its words only as a reviewer published them.
func (s *Service) Published(ctx context.Context, number string) (Track, error) {
	id, err := s.idOf(ctx, s.db, number)
	if err != nil {
		return Track{}, err
	}
	v, err := s.view(ctx, ticket.TheRequester(), id)
	if err != nil {
		return Track{}, err
	}
	if v.Ticket.Confidential {
		return Track{}, errNotFound
	}
	t := s.track(&v)
	t.Question = ""
	for i := range t.Notices {
		t.Notices[i].Text = ""
	}
	if v.Ticket.Published {
		for _, r := range slices.Backward(v.Timeline) {
			if p, ok := r.Event.(ticket.PublishedEvent); ok {
				t.Title, t.Body, t.Reply = v.Text(p.Title), v.Text(p.Body), v.Text(p.Reply)
				break
			}
		}
	}
	return t, nil
}

func (s *Service) track(v *View) Track {
	dir := s.city.Current()
	t := &v.Ticket
	out := Track{Number: t.Number, State: t.State(), Kind: t.Kind, Channel: t.Channel, SubmittedAt: t.SubmittedAt}
	for _, step := range t.Loop(ticket.At(s.clock())) {
		out.Steps = append(out.Steps, TrackStep{LoopStep: step, Who: unitName(dir, step.Unit)})
	}
	for i := range t.Clocks {
		if c := &t.Clocks[i]; c.Step == ticket.StepOverall {
			out.OverallDue, out.Provisional = c.Due, c.Provisional
		}
	}
	out.Hops = v.Hops
	out.Notices = notices(dir, v)
	if t.State() == ticket.AwaitingInfo {
		out.Question = question(v)
	}
	return out
}

// question is what the center asked last.
func question(v *View) string {
	for _, r := range slices.Backward(v.Timeline) {
		if e, ok := r.Event.(ticket.InfoAsked); ok {
			return v.Text(e.Question)
		}
	}
	return ""
}

// notices collects what the requester is told, in order. Who works beside the
// lead moves no deadline of the requester's.
func notices(dir *org.Directory, v *View) []Notice {
	var list []Notice
	why := map[int]string{} // of the last request of an assignment
	for i := range v.Timeline {
		r := &v.Timeline[i]
		n := Notice{At: r.At}
		switch e := r.Event.(type) {
		case ticket.RejectedEvent:
			code, _ := dir.Code(org.RejectReasons, e.Code)
			n.About, n.Reason, n.Instead, n.Text = Refused, code.Name, code.Note, v.Text(e.Note)
		case ticket.Requested:
			why[e.Assignment] = v.Text(e.Request.Reason)
		case ticket.ExtensionApproved:
			if a := v.Ticket.Assignment(e.Assignment); a.Lead && a.Parent == 0 {
				n.About, n.Days, n.Text = Extended, e.Days, why[e.Assignment]
			}
		case ticket.SuspendedEvent:
			n.About, n.Until, n.Text = Suspended, e.Until, v.Text(e.Interim)
		case ticket.AppealDecided:
			n.About, n.Text = ReviewRefused, v.Text(e.Note)
			if e.Granted {
				n.About = ReviewGranted
			}
		}
		if n.About != "" {
			list = append(list, n)
		}
	}
	return list
}

func unitName(dir *org.Directory, id ticket.UnitID) string {
	u, _ := dir.Unit(id)
	return u.Name
}

// hops says in whose hands the matter was, and for how long.
func hops(dir *org.Directory, timeline []ticket.Record) []Hop {
	var (
		list []Hop
		last ticket.UnitID
		t    ticket.Ticket
	)
	for i := range timeline {
		if ticket.Evolve(&t, &timeline[i]) != nil {
			return list
		}
		duty, ok := t.Duty()
		if !ok || duty.Party != ticket.PartyUnit {
			duty.Unit = 0
		}
		if duty.Unit == last {
			continue
		}
		at := timeline[i].At
		if last != 0 {
			list[len(list)-1].To = at
		}
		if duty.Unit != 0 {
			list = append(list, Hop{Unit: unitName(dir, duty.Unit), From: at})
		}
		last = duty.Unit
	}
	return list
}
