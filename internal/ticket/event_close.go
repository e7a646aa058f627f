package ticket

// Rated is step ⑥.
type Rated struct {
	Result  Grade  `json:"result"`
	Process Grade  `json:"process"`
	Code    string `json:"code,omitempty"`
	Remark  Text   `json:"remark,omitzero"`
}

func (e Rated) apply(t *Ticket, r *Record) {
	t.Rating = &Rating{At: r.At, Result: e.Result, Process: e.Process, Code: e.Code, Remark: e.Remark}
	t.advance(ToFollowUp)
}

// advance moves on the last steps, which a merged ticket goes through on its
// own while its state stays merged.
func (t *Ticket) advance(to State) {
	if t.Stage == Merged {
		t.After = to
		return
	}
	t.Stage = to
}

// RatingLapsed ends the rating window: not rated, never counted as satisfied.
type RatingLapsed struct{}

func (e RatingLapsed) apply(t *Ticket, _ *Record) { t.advance(ToFollowUp) }

// FollowedUp is step ⑦, one attempt.
type FollowedUp struct {
	Call Call `json:"call"`
}

func (e FollowedUp) apply(t *Ticket, r *Record) {
	e.Call.At = r.At
	t.Calls = append(t.Calls, e.Call)
}

// RedoOrdered sends the ticket back to the lead unit: for a redo round, or,
// after the last one, under a supervision order. A ticket that was answered
// directly has no unit yet and goes to dispatch.
type RedoOrdered struct {
	Assignment int `json:"assignment,omitempty"`
	Round      int `json:"round"`
}

func (e RedoOrdered) apply(t *Ticket, _ *Record) {
	t.Round, t.ClosedAt = e.Round, 0
	if e.Assignment == 0 {
		t.Direct, t.Stage = false, ToDispatch
		return
	}
	t.reopen(e.Assignment, false)
}

// ClosedEvent ends the loop.
type ClosedEvent struct {
	Outcome string `json:"outcome"` // satisfied, unreachable, unsatisfied
}

func (e ClosedEvent) apply(t *Ticket, r *Record) {
	t.advance(Closed)
	t.ClosedAt = r.At
}

// Urged is a reminder; asking about progress is one too, never a new ticket.
type Urged struct {
	Note Text `json:"note,omitzero"`
}

func (e Urged) apply(t *Ticket, _ *Record) { t.Urges++ }

// WithdrawnEvent ends the ticket at the requester's wish.
type WithdrawnEvent struct {
	Note Text `json:"note,omitzero"`
}

func (e WithdrawnEvent) apply(t *Ticket, r *Record) {
	t.cancel(0)
	t.Stage, t.ClosedAt = Withdrawn, r.At
}

// Appealed is the requester's one request for review of a closed ticket.
type Appealed struct {
	Reason Text `json:"reason"`
}

func (e Appealed) apply(t *Ticket, r *Record) { t.Appeal = &Appeal{At: r.At, Reason: e.Reason} }

// AppealDecided answers it.
type AppealDecided struct {
	Granted bool `json:"granted"`
	Note    Text `json:"note,omitzero"`
}

func (e AppealDecided) apply(t *Ticket, r *Record) {
	appeal := *t.Appeal
	appeal.Decided, appeal.Granted = r.At, e.Granted
	t.Appeal = &appeal
}

// PublishedEvent puts the redacted text on the public site.
type PublishedEvent struct {
	Title Text `json:"title"`
	Body  Text `json:"body"`
	Reply Text `json:"reply"`
}

func (e PublishedEvent) apply(t *Ticket, _ *Record) { t.Published = true }

// Unpublished takes it off again.
type Unpublished struct {
	Note Text `json:"note,omitzero"`
}

func (e Unpublished) apply(t *Ticket, _ *Record) { t.Published = false }

// ConfidentialSet changes who may see the ticket.
type ConfidentialSet struct {
	Confidential bool `json:"confidential"`
	Note         Text `json:"note,omitzero"`
}

func (e ConfidentialSet) apply(t *Ticket, _ *Record) { t.Confidential = e.Confidential }

// ArchivedEvent makes the ticket read-only for good.
type ArchivedEvent struct{}

func (e ArchivedEvent) apply(t *Ticket, _ *Record) { t.Stage = Archived }

// ClockNoticed carries the platform's own observations of clocks: a warning, a
// breach, a provisional due instant that became final. What was observed is
// in the ticks; a breach happened at the due instant, not when it was noticed.
type ClockNoticed struct{}

func (e ClockNoticed) apply(*Ticket, *Record) {}
