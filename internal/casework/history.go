package casework

import (
	"context"
	"crypto/rand"

	"huiyin/internal/requester"
	"huiyin/internal/ticket"
)

// Act is one thing that was done to a ticket, and when.
type Act struct {
	At      ticket.Instant
	Actor   ticket.Actor
	Command ticket.Command
}

// History is a whole ticket: what was submitted, and all that was done to it.
type History struct {
	At     ticket.Instant
	Actor  ticket.Actor
	Matter Matter
	Acts   []Act // in order of time
	Key    string
}

// Store takes a whole history, as an import of old years brings it: the core
// decides every act at its own time, under the same rules as at a desk, and
// the ticket is stored once with all its records. With a key, a history that
// is there already is left alone and its ticket returned.
func (s *Service) Store(ctx context.Context, h History) (ticket.Ticket, error) {
	s = s.At(s.clock)
	seen, err := s.replayed(ctx, h.Actor, h.Key, h.Matter)
	if err != nil || seen != 0 {
		return s.again(ctx, seen, err)
	}
	c, person, err := s.begin(ctx, h)
	if err != nil {
		return ticket.Ticket{}, err
	}
	return c.after, s.commit(ctx, h.Actor, h.Matter, h.Key, c, person)
}

// begin lets the core decide a submission and what followed it. Nothing is
// stored yet; the person comes back when they are new.
func (s *Service) begin(ctx context.Context, h History) (change, *requester.Sealed, error) {
	dir := s.city.Current()
	salt := make([]byte, 16)
	rand.Read(salt) // never fails
	id, err := s.ids.ticket.Next(ctx)
	if err != nil {
		return change{}, nil, err
	}
	start := env(dir, h.Actor, salt, h.At)
	sub := h.Matter.submission(id, Number(start.Calendar.Day(h.At), id), dir.CityCenter())
	var person *requester.Sealed
	if sub.Requester, person, err = s.whose(ctx, h.Matter.Person); err != nil {
		return change{}, nil, err
	}
	t, records, err := ticket.Submit(sub, start)
	for _, act := range h.Acts {
		if err != nil {
			break
		}
		var more []ticket.Record
		t, more, err = ticket.Decide(t, act.Command, env(dir, act.Actor, salt, act.At))
		records = append(records, more...)
	}
	return change{after: t, records: records, salt: salt, title: h.Matter.Title, body: h.Matter.Body}, person, err
}
