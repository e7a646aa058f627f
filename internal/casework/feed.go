package casework

import (
	"context"
	"errors"
	"math"
	"sync"
	"time"

	"huiyin/internal/db"
	"huiyin/internal/ticket"
)

// Change says that a ticket has a new version.
type Change struct {
	Ticket  int64
	Number  string
	Version int
	State   ticket.State
	now     *ticket.Ticket // as it stood when the change was told
}

// News is what came about since the news before.
type News struct {
	Position int64 // up to which this tells; later news begin after it
	Missed   bool  // there was more than is told: read the lists anew
	Changes  []Change
}

// Every change is written down in the transaction that makes it, in round zero.
// Transactions end in another order than they begin in, so no number given at
// that moment could tell a reader where to go on. So whoever looks gathers what
// lies in round zero into the next round, one round at a time: what is committed
// later is in a later round, whichever process made it.
const (
	// followEvery is how often each process looks for changes of the others.
	followEvery = time.Second
	// restAfter lets a few changes of this process come together.
	restAfter = 100 * time.Millisecond
	// maxNews is how many changes are told one by one: whoever has to hear of
	// more reads the lists anew.
	maxNews = 1000
	// dropAtOnce is how many changes that are not told are forgotten in one
	// transaction.
	dropAtOnce = 20_000
	// roundsKept is how many rounds can be gone back: some minutes when changes
	// never pause, hours and days when they come one by one.
	roundsKept = 5000
	// backlog is how many news a subscriber may lag behind.
	backlog = 16
)

// Feed tells subscribers of the changes that all processes make.
type Feed struct {
	woken chan struct{}

	mu   sync.Mutex
	at   int64 // the last round told; zero before the first look
	subs map[*Subscription]struct{}
}

func newFeed() *Feed {
	return &Feed{woken: make(chan struct{}, 1), subs: map[*Subscription]struct{}{}}
}

// Subscription is one listener of a Feed.
type Subscription struct {
	C      chan News
	feed   *Feed
	missed bool
}

// Subscribe starts listening: from now on, or after the position up to which
// the listener has heard, if that is not zero. First is to be told before what
// comes by the channel, which it does while Follow runs. Call Close when done.
func (s *Service) Subscribe(ctx context.Context, after int64) (sub *Subscription, first News, err error) {
	if err := s.beginFeed(ctx); err != nil {
		return nil, News{}, err
	}
	sub = &Subscription{C: make(chan News, backlog), feed: s.feed}
	s.feed.mu.Lock()
	first.Position = s.feed.at
	s.feed.subs[sub] = struct{}{}
	s.feed.mu.Unlock()
	if after != 0 {
		if first, err = s.newsBetween(ctx, after, first.Position, true); err != nil {
			sub.Close()
			return nil, News{}, err
		}
	}
	return sub, first, nil
}

// Close stops listening.
func (s *Subscription) Close() {
	s.feed.mu.Lock()
	defer s.feed.mu.Unlock()
	delete(s.feed.subs, s)
}

// Missed reports whether the listener was too slow since it was last asked, so
// that news were left out.
func (s *Subscription) Missed() bool {
	s.feed.mu.Lock()
	defer s.feed.mu.Unlock()
	missed := s.missed
	s.missed = false
	return missed
}

// wake lets the feed look now, if anybody listens.
func (f *Feed) wake() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.subs) == 0 {
		return
	}
	select {
	case f.woken <- struct{}{}:
	default:
	}
}

func (f *Feed) position() (at int64, heard bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.at, len(f.subs) > 0
}

// tell hands news out; heard is whether anybody listened when they were read.
// Who has begun to listen since then would miss what was not read.
func (f *Feed) tell(n News, heard bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !heard && len(f.subs) > 0 {
		return // the next look tells it
	}
	f.at = n.Position
	for s := range f.subs {
		select {
		case s.C <- n:
		default:
			s.missed = true
		}
	}
}

// Follow tells subscribers of changes until ctx ends. A failure is reported and
// tried again; nothing is lost by it.
func (s *Service) Follow(ctx context.Context, failed func(error)) {
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-s.feed.woken:
		}
		if err := s.tellNews(ctx); err != nil && ctx.Err() == nil {
			failed(err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(restAfter):
		}
	}
}

// beginFeed finds where news begin: after all that is there already.
func (s *Service) beginFeed(ctx context.Context) error {
	if at, _ := s.feed.position(); at != 0 {
		return nil
	}
	if err := s.gather(ctx); err != nil {
		return err
	}
	newest, err := selectRound(ctx, s.db)
	if err != nil {
		return err
	}
	s.feed.mu.Lock()
	defer s.feed.mu.Unlock()
	if s.feed.at == 0 {
		s.feed.at = newest
	}
	return nil
}

func (s *Service) tellNews(ctx context.Context) error {
	if err := errors.Join(s.beginFeed(ctx), s.gather(ctx)); err != nil {
		return err
	}
	at, heard := s.feed.position()
	n, err := s.newsBetween(ctx, at, math.MaxInt64, heard)
	if err == nil && n.Position != at {
		s.feed.tell(n, heard)
	}
	return err
}

// errNothing undoes a round with nothing in it.
var errNothing = errors.New("nothing to gather")

// gather makes rounds of the changes that are in none. What is too much to be
// told is put down as a gap.
func (s *Service) gather(ctx context.Context) error {
	for {
		n, _, err := countLoose(ctx, s.db, 1)
		if err != nil || n == 0 {
			return err
		}
		var more bool
		err = s.db.Update(ctx, func(tx *db.Tx) (err error) {
			more, err = gatherRound(ctx, tx)
			return err
		})
		if errors.Is(err, errNothing) || err == nil && !more {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// gatherRound makes one round; more says that it may not have been the last.
func gatherRound(ctx context.Context, tx *db.Tx) (more bool, err error) {
	round, err := nextRound(ctx, tx) // until the end of the transaction nobody else gets one
	if err != nil {
		return false, err
	}
	n, gap, err := countLoose(ctx, tx, maxNews+1)
	switch {
	case err != nil:
		return false, err
	case n == 0:
		return false, errNothing
	case n > maxNews || gap:
		var gone int64
		if gone, err = deleteLoose(ctx, tx, dropAtOnce); err == nil {
			more, err = gone == dropAtOnce, insertGap(ctx, tx, round, 0)
		}
	default:
		err = moveLoose(ctx, tx, round)
	}
	if err != nil {
		return false, err
	}
	return more, deleteRounds(ctx, tx, round-roundsKept)
}

// newsBetween returns the changes after one position, up to another. They are
// not looked at if nobody hears of them.
func (s *Service) newsBetween(ctx context.Context, after, upto int64, heard bool) (News, error) {
	newest, err := selectRound(ctx, s.db)
	if err != nil {
		return News{}, err
	}
	n := News{Position: min(newest, upto)}
	switch {
	case after > newest: // of another store, or from before it was restored
		n.Missed = true
		return n, nil
	case after >= n.Position, !heard:
		return n, nil
	}
	oldest, err := selectOldest(ctx, s.db)
	if err != nil {
		return News{}, err
	}
	rows, err := selectChanges(ctx, s.db, after, n.Position, maxNews+1)
	if err != nil {
		return News{}, err
	}
	if oldest > after+1 || len(rows) > maxNews || len(rows) > 0 && rows[0].Ticket == 0 {
		n.Missed = true
		return n, nil
	}
	n.Changes, err = s.changes(ctx, rows)
	return n, err
}

// changes adds the tickets as they stand now: who may see them now may hear of
// them.
func (s *Service) changes(ctx context.Context, rows []Change) ([]Change, error) {
	of := make(map[int64]*ticket.Ticket, len(rows))
	for i := range rows {
		of[rows[i].Ticket] = nil
	}
	if err := selectTickets(ctx, s.db, of); err != nil {
		return nil, err
	}
	list := rows[:0]
	for _, c := range rows {
		if c.now = of[c.Ticket]; c.now != nil {
			c.Number = c.now.Number
			list = append(list, c)
		}
	}
	return list, nil
}

// Sees reports whether the actor may hear of the change.
func (s *Service) Sees(actor ticket.Actor, c Change) bool {
	return sees(s.city.Current(), actor, c.now)
}
