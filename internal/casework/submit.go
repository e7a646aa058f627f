package casework

import (
	"bytes"
	"context"
	"errors"
	"math"
	"slices"
	"strconv"

	"huiyin/internal/db"
	"huiyin/internal/errs"
	"huiyin/internal/requester"
	"huiyin/internal/ticket"
)

// Matter is what somebody wants, as a channel brings it in.
type Matter struct {
	Kind         ticket.Kind
	Channel      ticket.Channel
	Urgency      ticket.Urgency
	Category     string
	Area         string
	Title, Body  string
	Confidential bool
	MayPublish   bool
	Person       requester.Person
}

// Receipt is what the requester takes away.
type Receipt struct {
	Ticket   ticket.Ticket
	Code     string // query code that goes with the number
	Repeated bool   // an earlier request with the key made the ticket
}

// Submit makes a ticket. With a key, a retried request gets the ticket that
// the first one made; the same key with another matter is refused.
func (s *Service) Submit(ctx context.Context, actor ticket.Actor, m Matter, key string) (Receipt, error) {
	seen, err := s.replayed(ctx, actor, key, m)
	if err != nil {
		return Receipt{}, err
	}
	var t ticket.Ticket
	if seen == 0 {
		t, err = s.submit(ctx, actor, m, key)
		if errors.Is(err, errRepeated) {
			seen, err = s.replayed(ctx, actor, key, m)
		}
	}
	if seen != 0 {
		t, err = s.again(ctx, seen, err)
	}
	if err != nil {
		return Receipt{}, err
	}
	return Receipt{Ticket: t, Code: s.Code(t.ID), Repeated: seen != 0}, nil
}

func (s *Service) submit(ctx context.Context, actor ticket.Actor, m Matter, key string) (ticket.Ticket, error) {
	if err := m.Person.Validate(); err != nil {
		return ticket.Ticket{}, err
	}
	if err := s.taken(m); err != nil {
		return ticket.Ticket{}, err
	}
	c, person, err := s.begin(ctx, History{At: ticket.At(s.clock()), Actor: actor, Matter: m})
	if err != nil {
		return ticket.Ticket{}, err
	}
	return c.after, s.commit(ctx, actor, m, key, c, person)
}

// taken refuses a kind or a channel that the city has switched off. Words that
// are neither are for the core to refuse.
func (s *Service) taken(m Matter) error {
	policy := s.city.Current().Policy()
	switch {
	case slices.Contains(ticket.Kinds, m.Kind) && !policy.KindOn(m.Kind):
		return errs.InvalidField("kind", "本市未开通这一诉求类型")
	case slices.Contains(ticket.Channels, m.Channel) && !policy.ChannelOn(m.Channel):
		return errs.InvalidField("channel", "本市未开通这一渠道")
	}
	return nil
}

// commit stores a new ticket and, where they are new too, its requester.
func (s *Service) commit(ctx context.Context, actor ticket.Actor, m Matter, key string, c change, person *requester.Sealed) error {
	return s.db.Update(ctx, func(tx *db.Tx) error {
		if err := s.remember(ctx, tx, actor, key, m, c.after.ID); err != nil {
			return err
		}
		if person != nil {
			if err := s.people.Insert(ctx, tx, *person, c.after.SubmittedAt.Time()); err != nil {
				return err
			}
		}
		return s.write(ctx, tx, s.city.Current(), c)
	})
}

// whose returns the row of the person: a known one, or a new one that is
// sealed and yet to be inserted. An anonymous requester has none.
func (s *Service) whose(ctx context.Context, p requester.Person) (int64, *requester.Sealed, error) {
	if p.Kind == requester.Anonymous || p.Kind == "" {
		return 0, nil, nil
	}
	if id, err := s.people.Known(ctx, s.db, p); err != nil || id != 0 {
		return id, nil, err
	}
	id, err := s.ids.requester.Next(ctx)
	if err != nil {
		return 0, nil, err
	}
	sealed, err := s.people.Seal(id, p)
	return id, &sealed, err
}

func (m Matter) submission(id int64, number string, center ticket.UnitID) ticket.Submission {
	return ticket.Submission{
		ID: id, Number: number, Center: center, Kind: m.Kind, Channel: m.Channel, Urgency: m.Urgency,
		Category: m.Category, Area: m.Area, Title: m.Title, Body: m.Body, Confidential: m.Confidential, MayPublish: m.MayPublish,
	}
}

var (
	errRepeated = errs.New(errs.Conflict, "repeated", "重复提交")
	errOtherKey = errs.New(errs.Conflict, "idempotency_key", "同一个幂等键已用于另一个请求")
)

// scoped keeps the keys of different actors apart.
func scoped(actor ticket.Actor, key string) string {
	if actor.Account == 0 {
		return "public:" + key
	}
	return strconv.FormatInt(int64(actor.Account), 10) + ":" + key
}

// replayed returns the ticket that an earlier request with the key was about,
// zero if there was none.
func (s *Service) replayed(ctx context.Context, actor ticket.Actor, key string, request any) (int64, error) {
	if key == "" {
		return 0, nil
	}
	id, sum, err := selectKey(ctx, s.db, scoped(actor, key))
	if err != nil || id == 0 {
		return 0, err
	}
	same, err := s.fingerprint(request)
	if err == nil && !bytes.Equal(sum, same) {
		err = errOtherKey
	}
	return id, err
}

// remember notes the key in the transaction that it stands for. It fails with
// errRepeated if another request with the key was faster.
func (s *Service) remember(ctx context.Context, tx *db.Tx, actor ticket.Actor, key string, request any, id int64) error {
	if key == "" {
		return nil
	}
	sum, err := s.fingerprint(request)
	if err != nil {
		return err
	}
	at := s.clock().UnixMilli()
	if s.past {
		// An import may come again in a year: its keys say for good what is there.
		at = math.MaxInt64
	}
	n, err := insertKey(ctx, tx, scoped(actor, key), sum, id, at)
	if err == nil && n == 0 {
		err = errRepeated
	}
	return err
}
