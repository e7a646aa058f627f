// Package casework is where tickets are worked: it loads a ticket, lets the
// core decide, and stores what was decided, in one transaction. It also
// answers every question about tickets: inboxes, lists, the ticket page, the
// public view. Every surface goes through it.
//
// What may not enter: HTTP, rules of the life cycle (they are in ticket), the
// city's data (in org), personal data in clear (in requester).
package casework

import (
	"context"
	"errors"
	"sync"
	"time"

	"huiyin/internal/audit"
	"huiyin/internal/crypt"
	"huiyin/internal/db"
	"huiyin/internal/errs"
	"huiyin/internal/org"
	"huiyin/internal/requester"
	"huiyin/internal/ticket"
)

// Config is what a Service works with.
type Config struct {
	DB    *db.DB
	City  *org.Live
	Keys  *crypt.Keyring
	Index Index
	Clock func() time.Time // the time; replays and benchmarks bring their own
}

// Index finds tickets by their words.
type Index interface {
	// Add makes a new ticket findable, in the transaction that stores it.
	Add(ctx context.Context, tx *db.Tx, id int64, fields ...string) error
	// Scan returns ids below before (zero: from the newest), newest first, of
	// tickets with all the words; next is where to go on, zero at the end.
	Scan(ctx context.Context, q db.Queryer, query string, before int64, batch int) (ids []int64, next int64, err error)
}

// Service holds the use cases. It is safe for concurrent use.
type Service struct {
	db     *db.DB
	city   *org.Live
	keys   *crypt.Keyring
	clock  func() time.Time
	past   bool // works at another time than now; see At
	people *requester.Store
	index  Index
	log    *audit.Log
	ids    *ids
	feed   *Feed
	turns  *turns
	today  *today
	kept   *kept
	spoken *spoken
	outbox Outbox // nil: nobody is told
}

// turns lets commands on the same ticket wait for each other in this process,
// instead of being decided in vain. Several tickets share a turn; correctness
// rests on the version alone.
type turns [256]sync.Mutex

func (t *turns) take(id int64) (done func()) {
	m := &t[uint64(id)%uint64(len(t))]
	m.Lock()
	return m.Unlock
}

// New makes a Service on an open, migrated store.
func New(c Config) *Service {
	numbers := newIDs(c.DB)
	return &Service{
		db: c.DB, city: c.City, keys: c.Keys, clock: c.Clock,
		people: requester.NewStore(c.Keys), index: c.Index, log: audit.NewLog(numbers.access),
		ids: numbers, feed: newFeed(), turns: new(turns), today: &today{}, kept: &kept{periods: map[string]Figures{}},
		spoken: &spoken{words: map[int64]publishedWords{}},
	}
}

// At returns the same service at another time: what an import of old matters
// happens at. Its idempotency keys are never forgotten.
func (s *Service) At(clock func() time.Time) *Service {
	other := *s
	other.clock, other.past = clock, true
	return &other
}

// Options go with a command.
type Options struct {
	Version int    // the version that the actor saw; zero accepts any
	Key     string // idempotency key, unique per actor; empty for none

	number string // what the actor calls the ticket; empty if they know its id

	also func(context.Context, *db.Tx) error // goes with the command in one transaction; nil: nothing does
}

// attempts bounds how often a command is decided again because somebody else
// was faster. Each attempt sees a newer version.
const attempts = 8

var errStale = errs.New(errs.Conflict, "stale_version", "工单刚刚被其他人更新，请查看最新情况后再操作")

// DoByNumber is Do for those who know the ticket by its number.
func (s *Service) DoByNumber(ctx context.Context, actor ticket.Actor, number string, cmd ticket.Command, opt Options) (ticket.Ticket, error) {
	opt.number = number
	return s.Do(ctx, actor, idIn(number), cmd, opt)
}

// Do carries out a command on a ticket that the actor may see. It fails with
// errs.NotFound when the actor may not even know of the ticket, errs.Denied
// when the role or unit does not allow the command, errs.Conflict when the
// state forbids it or Version is stale, errs.Invalid for bad fields.
func (s *Service) Do(ctx context.Context, actor ticket.Actor, id int64, cmd ticket.Command, opt Options) (ticket.Ticket, error) {
	seen, err := s.done(ctx, actor, id, cmd, opt.Key)
	if err != nil || seen {
		return s.again(ctx, id, err)
	}
	defer s.turns.take(id)()
	for range attempts {
		t, err := s.try(ctx, actor, id, cmd, opt)
		switch {
		case err == nil:
			return t, nil
		case errors.Is(err, errRepeated):
			_, err := s.done(ctx, actor, id, cmd, opt.Key)
			return s.again(ctx, id, err)
		case errs.Is(err, errs.Conflict) && opt.Key != "":
			// The conflict may be with the same request, sent twice at once.
			if seen, err := s.done(ctx, actor, id, cmd, opt.Key); err == nil && seen {
				return s.again(ctx, id, nil)
			}
		}
		if !errors.Is(err, errStale) || opt.Version != 0 {
			return ticket.Ticket{}, err
		}
	}
	return ticket.Ticket{}, errStale
}

// done reports whether an earlier request with the key did this to the ticket.
func (s *Service) done(ctx context.Context, actor ticket.Actor, id int64, cmd ticket.Command, key string) (bool, error) {
	seen, err := s.replayed(ctx, actor, key, cmd)
	if err == nil && seen != 0 && seen != id {
		err = errOtherKey
	}
	return seen != 0, err
}

func (s *Service) try(ctx context.Context, actor ticket.Actor, id int64, cmd ticket.Command, opt Options) (ticket.Ticket, error) {
	dir := s.city.Current()
	held, err := s.load(ctx, s.db, id)
	if err != nil {
		return ticket.Ticket{}, err
	}
	if !sees(dir, actor, &held.Ticket) || opt.number != "" && opt.number != held.Number {
		return ticket.Ticket{}, errNotFound
	}
	if opt.Version != 0 && opt.Version != held.Seq {
		return ticket.Ticket{}, errStale
	}
	changes, err := s.decide(ctx, dir, actor, held, cmd)
	if err != nil {
		return ticket.Ticket{}, err
	}
	err = s.db.Update(ctx, func(tx *db.Tx) error {
		if err := s.remember(ctx, tx, actor, opt.Key, cmd, id); err != nil {
			return err
		}
		for _, c := range changes {
			if err := s.write(ctx, tx, dir, c); err != nil {
				return err
			}
		}
		if opt.also != nil {
			return opt.also(ctx, tx)
		}
		return nil
	})
	if err != nil {
		return ticket.Ticket{}, err
	}
	return changes[0].after, nil
}

// decide lets the core decide on the ticket, and on those that its change
// carries along.
func (s *Service) decide(ctx context.Context, dir *org.Directory, actor ticket.Actor, held *held, cmd ticket.Command) ([]change, error) {
	first, err := s.decideOne(dir, actor, held, cmd)
	if err != nil {
		return nil, err
	}
	more, err := s.follow(ctx, dir, actor, first, cmd)
	return append([]change{first}, more...), err
}

func (s *Service) decideOne(dir *org.Directory, actor ticket.Actor, held *held, cmd ticket.Command) (change, error) {
	after, records, err := ticket.Decide(held.Ticket, cmd, env(dir, actor, held.salt, ticket.At(s.clock())))
	return change{before: held.Ticket, after: after, records: records, head: held.head, salt: held.salt}, err
}

// env is what a decision at an instant depends on.
func env(dir *org.Directory, actor ticket.Actor, salt []byte, now ticket.Instant) ticket.Env {
	policy := dir.Policy()
	cal := calendar{dir.Calendar(), policy.Counting()}
	return ticket.Env{
		Now: now, Actor: actor, Salt: salt, Policy: policy.Ticket(), Calendar: cal, City: rules{dir, cal.Day(now)},
	}
}

// again returns a ticket that an earlier request with the same key changed; to
// the one who sent it also when that took the ticket out of their sight.
func (s *Service) again(ctx context.Context, id int64, err error) (ticket.Ticket, error) {
	if err != nil {
		return ticket.Ticket{}, err
	}
	h, err := s.load(ctx, s.db, id)
	if err != nil {
		return ticket.Ticket{}, err
	}
	return h.Ticket, nil
}
