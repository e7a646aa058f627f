package ticket

import (
	"encoding/json"
	"fmt"
	"reflect"
)

// Record is one line of a ticket's history: an event, who caused it, and what
// it did to the clocks. Records are numbered from 1 and only ever appended.
type Record struct {
	Seq   int
	At    Instant
	By    By
	Event Event
	Ticks []Tick
}

// By says who acted: which account, for which unit, in which role.
type By struct {
	Account AccountID `json:"account,omitempty"`
	Unit    UnitID    `json:"unit,omitempty"`
	Role    Role      `json:"role"`
}

// Event is something that happened to a ticket. Events name no person and
// carry free text only as digests.
type Event interface {
	apply(t *Ticket, r *Record)
}

// Evolve folds one record into the state. It fails only when the record does
// not follow the state, which means that the history is damaged.
func Evolve(t *Ticket, r *Record) error {
	if r.Seq != t.Seq+1 {
		return fmt.Errorf("record %d does not follow record %d", r.Seq, t.Seq)
	}
	if r.Event == nil {
		return fmt.Errorf("record %d has no event", r.Seq)
	}
	clocks := len(t.Clocks)
	for _, k := range r.Ticks {
		if k.Op == TickStart {
			clocks++
		}
		if k.Clock < 1 || k.Clock > clocks || (k.Op == TickStart && k.Clock != clocks) {
			return fmt.Errorf("record %d: no clock %d", r.Seq, k.Clock)
		}
	}
	t.Seq = r.Seq
	r.Event.apply(t, r)
	for _, k := range r.Ticks {
		t.tick(k, r.At)
	}
	return nil
}

// Replay folds a whole history.
func Replay(records []Record) (Ticket, error) {
	var t Ticket
	for i := range records {
		if err := Evolve(&t, &records[i]); err != nil {
			return t, err
		}
	}
	return t, nil
}

// eventTypes names each event in records. Names are stored for ever; the Go
// types may be renamed.
var eventTypes = map[string]Event{
	"submitted":          SubmittedEvent{},
	"material_added":     MaterialAdded{},
	"info_asked":         InfoAsked{},
	"info_supplied":      InfoSupplied{},
	"info_lapsed":        InfoLapsed{},
	"accepted":           Accepted{},
	"classified":         Classified{},
	"answered":           Answered{},
	"rejected":           RejectedEvent{},
	"dispatched":         Dispatched{},
	"recalled":           Recalled{},
	"consulting":         ConsultBegun{},
	"merged":             MergedEvent{},
	"unmerged":           Unmerged{},
	"member_added":       MemberAdded{},
	"member_removed":     MemberRemoved{},
	"master_replied":     MasterReplied{},
	"signed":             Signed{},
	"contacted":          ContactMade{},
	"delegated":          Delegated{},
	"taken_back":         TakenBack{},
	"requested":          Requested{},
	"endorsed":           Endorsed{},
	"request_declined":   RequestDeclined{},
	"return_approved":    ReturnApproved{},
	"return_refused":     ReturnRefused{},
	"extension_approved": ExtensionApproved{},
	"extension_refused":  ExtensionRefused{},
	"suspended":          SuspendedEvent{},
	"suspension_refused": SuspensionRefused{},
	"resumed":            Resumed{},
	"drafted":            Drafted{},
	"draft_sent_back":    DraftSentBack{},
	"part_replied":       PartReplied{},
	"part_sent_back":     PartSentBack{},
	"replied":            RepliedEvent{},
	"reply_sent_back":    ReplySentBack{},
	"rated":              Rated{},
	"rating_lapsed":      RatingLapsed{},
	"followed_up":        FollowedUp{},
	"redo":               RedoOrdered{},
	"closed":             ClosedEvent{},
	"urged":              Urged{},
	"ordered":            Ordered{},
	"order_answered":     OrderAnswered{},
	"withdrawn":          WithdrawnEvent{},
	"appealed":           Appealed{},
	"appeal_decided":     AppealDecided{},
	"published":          PublishedEvent{},
	"unpublished":        Unpublished{},
	"confidential_set":   ConfidentialSet{},
	"archived":           ArchivedEvent{},
	"clock_noticed":      ClockNoticed{},
}

var eventNames = func() map[reflect.Type]string {
	names := make(map[reflect.Type]string, len(eventTypes))
	for name, e := range eventTypes {
		names[reflect.TypeOf(e)] = name
	}
	return names
}()

// EventType returns the stored name of an event.
func EventType(e Event) string { return eventNames[reflect.TypeOf(e)] }

type wireRecord struct {
	Seq   int             `json:"seq"`
	At    Instant         `json:"at"`
	By    By              `json:"by"`
	Type  string          `json:"type"`
	Data  json.RawMessage `json:"data"`
	Ticks []Tick          `json:"ticks,omitempty"`
}

// MarshalJSON gives the form that is stored and hashed.
func (r Record) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Seq   int     `json:"seq"`
		At    Instant `json:"at"`
		By    By      `json:"by"`
		Type  string  `json:"type"`
		Data  Event   `json:"data"`
		Ticks []Tick  `json:"ticks,omitempty"`
	}{r.Seq, r.At, r.By, EventType(r.Event), r.Event, r.Ticks})
}

// UnmarshalJSON reads the stored form.
func (r *Record) UnmarshalJSON(b []byte) error {
	var w wireRecord
	if err := json.Unmarshal(b, &w); err != nil {
		return err
	}
	proto, ok := eventTypes[w.Type]
	if !ok {
		return fmt.Errorf("record %d: unknown event %q", w.Seq, w.Type)
	}
	v := reflect.New(reflect.TypeOf(proto))
	if err := json.Unmarshal(w.Data, v.Interface()); err != nil {
		return fmt.Errorf("record %d, %s: %w", w.Seq, w.Type, err)
	}
	*r = Record{Seq: w.Seq, At: w.At, By: w.By, Event: v.Elem().Interface().(Event), Ticks: w.Ticks}
	return nil
}
