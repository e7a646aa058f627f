package casework

import (
	"context"
	"slices"
	"time"

	"huiyin/internal/db"
	"huiyin/internal/errs"
	"huiyin/internal/org"
	"huiyin/internal/requester"
	"huiyin/internal/ticket"
)

// What a requester is told besides, by a channel that comes to them.
const (
	Received About = "received" // the receipt
	Asked    About = "asked"    // information is missing
	Answered About = "answered" // there is a reply to rate
	Finished About = "finished" // the matter is closed
)

// NoticeID names one notice: what the record of a ticket is told about.
type NoticeID struct {
	Ticket int64
	Seq    int
	About  About
}

// Outbox takes notices for requesters on their way.
type Outbox interface {
	// Queue takes a notice in the transaction that it is about: it is sent if
	// that is committed, and not before.
	Queue(ctx context.Context, tx *db.Tx, n NoticeID) error
}

// With returns the same service, which puts notices for requesters who left an
// e-mail address into the outbox. Without one nobody is told anything that
// they do not come for. History that is imported is not told.
func (s *Service) With(o Outbox) *Service {
	other := *s
	other.outbox = o
	return &other
}

// OutState is what became of a notice.
type OutState string

// The states of a notice.
const (
	OutQueued  OutState = "queued"  // waits, or waits for another attempt
	OutSent    OutState = "sent"    // the mail server has taken it
	OutFailed  OutState = "failed"  // the mail server refused it, or was not there for days
	OutDropped OutState = "dropped" // nobody to send it to any more, nothing to say, or too much for one address
)

// Out is a notice on its way or at its end.
type Out struct {
	NoticeID
	State    OutState
	Attempts int
	Code     int // what the mail server answered last; zero for nothing
	QueuedAt ticket.Instant
	At       ticket.Instant // of the last attempt, or of the end
}

// Outbound returns what the requester of a ticket was told by e-mail, or is
// about to be, in order. Whoever may see the ticket may see it.
func (s *Service) Outbound(ctx context.Context, actor ticket.Actor, number string) ([]Out, error) {
	id, err := s.Lookup(ctx, actor, number)
	if err != nil {
		return nil, err
	}
	return selectOutbound(ctx, s.db, id)
}

// promise queues what the change tells the requester, in its transaction.
func (s *Service) promise(ctx context.Context, tx *db.Tx, c change) error {
	if s.outbox == nil || s.past || c.after.Requester == 0 {
		return nil
	}
	list := c.tells()
	if len(list) == 0 {
		return nil
	}
	if reachable, err := hasEmail(ctx, tx, c.after.Requester); err != nil || !reachable {
		return err
	}
	for _, n := range list {
		if err := s.put(ctx, tx, n, c.after.Requester); err != nil {
			return err
		}
	}
	return nil
}

// Anybody can submit matters in another's name and address: so many receipts go
// to one address within so long, and no more.
const (
	maxReceipts  = 20
	receiptsLive = 24 * time.Hour
)

// put queues one notice, or only notes that it was dropped.
func (s *Service) put(ctx context.Context, tx *db.Tx, n NoticeID, person int64) error {
	now := s.clock()
	if n.About == Received {
		sent, err := countSubmitted(ctx, tx, person, now.Add(-receiptsLive).UnixMilli())
		if err != nil {
			return err
		}
		if sent > maxReceipts { // this one included
			return insertOutbound(ctx, tx, n, OutDropped, now.UnixMilli())
		}
	}
	if err := insertOutbound(ctx, tx, n, OutQueued, now.UnixMilli()); err != nil {
		return err
	}
	return s.outbox.Queue(ctx, tx, n)
}

// tells lists what of a change the requester is told.
func (c *change) tells() []NoticeID {
	var list []NoticeID
	for i := range c.records {
		if about := tells(&c.after, c.records[i].Event); about != "" {
			list = append(list, NoticeID{c.after.ID, c.records[i].Seq, about})
		}
	}
	reached := func(state ticket.State) bool { return after(&c.after) == state && after(&c.before) != state }
	switch {
	case reached(ticket.Replied):
		list = append(list, NoticeID{c.after.ID, c.after.Seq, Answered})
	case reached(ticket.Closed):
		list = append(list, NoticeID{c.after.ID, c.after.Seq, Finished})
	}
	return list
}

// after is how far a ticket is for its own requester, also when it is merged
// into another.
func after(t *ticket.Ticket) ticket.State {
	if state := t.State(); state != ticket.Merged {
		return state
	}
	return t.After
}

// tells says what an event tells the requester by itself. Who works beside the
// lead moves no deadline of the requester's.
func tells(t *ticket.Ticket, event ticket.Event) About {
	switch e := event.(type) {
	case ticket.SubmittedEvent:
		return Received
	case ticket.InfoAsked:
		return Asked
	case ticket.RejectedEvent:
		return Refused
	case ticket.ExtensionApproved:
		if a := t.Assignment(e.Assignment); a.Lead && a.Parent == 0 {
			return Extended
		}
	case ticket.SuspendedEvent:
		return Suspended
	case ticket.AppealDecided:
		if e.Granted {
			return ReviewGranted
		}
		return ReviewRefused
	}
	return ""
}

// Letter is a notice with what is needed to write it. It is not to be kept.
type Letter struct {
	NoticeID
	To      string // address in clear
	Number  string
	Code    string         // query code
	At      ticket.Instant // of what it is about
	Reason  string         // of a refusal, from the list
	Instead string         // where a refused matter belongs
	Days    int            // of an extension, working days
	Until   ticket.Instant // review date of a suspension; until when information is awaited
}

// Letter prepares an attempt to send a notice: it decrypts the address, and
// notes the attempt in the transaction that does. It is not ok if there is
// nothing to send any more: the notice has ended, the address is gone, or what
// it asks for is over; the last two end it.
func (s *Service) Letter(ctx context.Context, n NoticeID) (letter Letter, ok bool, err error) {
	state, err := selectOutState(ctx, s.db, n)
	if err != nil || state != OutQueued {
		return Letter{}, false, err
	}
	v, err := s.view(ctx, ticket.ThePlatform(), n.Ticket)
	if err != nil {
		return Letter{}, false, err
	}
	if !pending(&v.Ticket, n.About) {
		return Letter{}, false, s.EndNotice(ctx, n, OutDropped, 0)
	}
	letter = s.letter(&v, n)
	noted := attempt{n, s.clock().UnixMilli()}
	letter.To, err = s.people.Reveal(ctx, s.db, noted, requester.Disclosure{
		Requester: v.Ticket.Requester, Field: requester.Email, Purpose: "发送通知",
	})
	if err != nil && !errs.Is(err, errs.NotFound) {
		return Letter{}, false, err
	}
	if letter.To == "" {
		return Letter{}, false, s.EndNotice(ctx, n, OutDropped, 0)
	}
	return letter, true, nil
}

// pending reports whether what a notice asks of the requester can still be
// done; most ask nothing.
func pending(t *ticket.Ticket, about About) bool {
	switch about {
	case Asked:
		return t.State() == ticket.AwaitingInfo
	case Answered:
		return after(t) == ticket.Replied
	}
	return true
}

func (s *Service) letter(v *View, n NoticeID) Letter {
	dir := s.city.Current()
	l := Letter{NoticeID: n, Number: v.Ticket.Number, Code: s.Code(n.Ticket)}
	i := slices.IndexFunc(v.Timeline, func(r ticket.Record) bool { return r.Seq == n.Seq })
	if i < 0 {
		return l
	}
	l.At = v.Timeline[i].At
	switch e := v.Timeline[i].Event.(type) {
	case ticket.RejectedEvent:
		code, _ := dir.Code(org.RejectReasons, e.Code)
		l.Reason, l.Instead = code.Name, code.Note
	case ticket.ExtensionApproved:
		l.Days = e.Days
	case ticket.SuspendedEvent:
		l.Until = e.Until
	case ticket.InfoAsked:
		if duty, ok := v.Ticket.Duty(); ok {
			l.Until = duty.Clock.Due
		}
	}
	return l
}

// attempt notes an attempt at a notice where the address is read.
type attempt struct {
	NoticeID
	at int64
}

// LogReveal implements requester.Logger.
func (a attempt) LogReveal(ctx context.Context, tx *db.Tx, _ requester.Disclosure) error {
	return tx.Send(ctx, `UPDATE outbound SET attempts = attempts + 1, at = $1 WHERE ticket = $2 AND seq = $3 AND about = $4`,
		a.at, a.Ticket, int64(a.Seq), string(a.About))
}

// EndNotice says what became of a notice that was queued, or with OutQueued
// what kept it from being sent for now. Code is what the mail server answered.
// A notice that has ended stays as it is.
func (s *Service) EndNotice(ctx context.Context, n NoticeID, state OutState, code int) error {
	return s.db.Update(ctx, func(tx *db.Tx) error { return updateOutbound(ctx, tx, n, state, code, s.clock().UnixMilli()) })
}
