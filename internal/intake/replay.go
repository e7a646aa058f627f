package intake

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"huiyin/internal/casework"
	"huiyin/internal/errs"
	"huiyin/internal/org"
	"huiyin/internal/ticket"
	"huiyin/internal/worktime"
)

// ReplayConfig is what a replay works with.
type ReplayConfig struct {
	Service  *casework.Service
	City     *org.Directory
	Seed     uint64
	Now      time.Time      // nothing happens later
	Progress func(Progress) // called from one goroutine at a time; may be nil
}

// ReplayResult is what a replay did.
type ReplayResult struct {
	Progress
	Acts     int       // commands of people, also those that an earlier run had given already
	Skipped  int       // cases that an earlier run had brought to their end, or begun at another time
	Problems []Problem // cases that could not be replayed to the end, and why
}

// Replay drives cases through the loop at their own dates, each act its own
// transaction, several cases at once. Every act has an idempotency key, so
// that a replay that was broken off goes on where it stopped. A case that the
// house refuses to go on with is noted and left as it stands; a failing store
// and a cancelled context stop the replay.
func Replay(ctx context.Context, cases []Case, c ReplayConfig) (ReplayResult, error) {
	planner, err := NewPlanner(c.City, c.Seed, c.Now)
	if err != nil {
		return ReplayResult{}, err
	}
	r := &replay{ReplayConfig: c, planner: planner, days: days{c.City.Calendar()}}
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	for _, one := range cases {
		if inner.Err() != nil {
			break
		}
		group.Go(func() error { return r.one(inner, one) })
	}
	if err = group.Wait(); err == nil {
		err = ctx.Err()
	}
	return r.result, err
}

type replay struct {
	ReplayConfig
	planner *Planner
	days    days
	mu      sync.Mutex
	result  ReplayResult
}

func (r *replay) one(ctx context.Context, c Case) error {
	script, err := r.planner.Script(c)
	var acts int
	var skipped bool
	if err == nil {
		acts, skipped, err = r.play(ctx, c.Key, script)
	}
	if err != nil && (fault(err) && !errs.Is(err, errs.Denied)) {
		return fmt.Errorf("replay of %s: %w", c.ID, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.result.Done++
	r.result.Acts += acts
	if skipped {
		r.result.Skipped++
	}
	if err != nil {
		r.result.Refused++
		r.result.Problems = append(r.result.Problems, Problem{Row: c.Row, Reason: c.ID + "：" + messageOf(err)})
	}
	if r.Progress != nil {
		r.Progress(r.result.Progress)
	}
	return nil
}

// stand is one ticket being replayed, with the clock that its commands are
// given at.
type stand struct {
	*replay
	do    func(ctx context.Context, actor ticket.Actor, id int64, cmd ticket.Command, opt casework.Options) (ticket.Ticket, error)
	clock time.Time
	t     ticket.Ticket
}

func (r *replay) play(ctx context.Context, key string, script Script) (acts int, skipped bool, err error) {
	s := &stand{replay: r, clock: script.At}
	service := r.Service.At(func() time.Time { return s.clock })
	s.do = service.Do
	receipt, err := service.Submit(ctx, script.Submitter, script.Matter, key)
	if err != nil {
		return 0, false, err
	}
	s.t = receipt.Ticket
	if state := s.t.State(); !state.Open() && state != ticket.Closed || s.t.SubmittedAt != ticket.At(script.At) {
		return 0, true, nil
	}
	acts, err = s.perform(ctx, key, script.Acts)
	return acts, receipt.Repeated && acts == 0 && err == nil, err
}

// perform gives the commands of a script, and between them does what the
// platform does by itself. It returns how many were given.
func (s *stand) perform(ctx context.Context, key string, acts []Act) (n int, err error) {
	for i, act := range acts {
		if err := s.settle(ctx, act.At); err != nil {
			return n, err
		}
		s.clock = act.At
		before := s.t.Seq
		opt := casework.Options{Key: fmt.Sprintf("%s:%d", key, i+1)}
		s.t, err = s.do(ctx, act.Actor, s.t.ID, act.Command, opt)
		if errs.CodeOf(err) == "idempotency_key" {
			return n, nil // an earlier run, at another hour, went another way here
		}
		if err != nil {
			return n, fmt.Errorf("act %d, %s at %s: %w", i+1, act.Command.Name(), act.At.Format(time.DateTime), err)
		}
		if s.t.Seq > before { // an earlier run may have given it
			n++
		}
	}
	return n, s.settle(ctx, s.Now)
}

// rounds bounds how often the platform looks at one ticket between two acts:
// more than a ticket has clocks.
const rounds = 200

// settle does what the platform would have done by itself up to an instant:
// end windows, warn, note breaches, each a second after it was due.
func (s *stand) settle(ctx context.Context, until time.Time) error {
	for range rounds {
		due, lapses, ok := s.next(until)
		if !ok {
			return nil
		}
		s.clock = due
		var cmd ticket.Command = ticket.Notice{WarnDays: s.City.Policy().WarnDays}
		if lapses {
			cmd = ticket.Lapse{}
		}
		t, err := s.do(ctx, ticket.ThePlatform(), s.t.ID, cmd, casework.Options{})
		if errs.Is(err, errs.Conflict) {
			return nil // nothing is left to do for the platform
		}
		if err != nil {
			return err
		}
		s.t = t
	}
	return nil
}

// next is when the platform next looks at the ticket, and whether a window
// ends then. The clock never goes back.
func (s *stand) next(until time.Time) (at time.Time, lapses, ok bool) {
	var first ticket.Instant
	for i := range s.t.Clocks {
		c := &s.t.Clocks[i]
		if n := c.Next(s.days, s.City.Policy().WarnDays); n != 0 && (first == 0 || n < first) {
			first, lapses = n, c.Step.Lapses()
		}
	}
	at = first.Time().Add(time.Second)
	for _, floor := range []time.Time{s.clock, latest(&s.t)} {
		if at.Before(floor) {
			at = floor
		}
	}
	return at, lapses, first != 0 && !at.After(until)
}

// latest is the last time at which anything happened to the ticket's clocks: a
// ticket that an earlier run brought this far must not be looked at earlier.
func latest(t *ticket.Ticket) time.Time {
	last := t.SubmittedAt
	for i := range t.Clocks {
		c := &t.Clocks[i]
		last = max(last, c.Started, c.Paused, c.Stopped)
	}
	return last.Time()
}

// days is as much of a calendar as it takes to know when a clock is looked at.
type days struct{ *worktime.Calendar }

func (d days) Due(from ticket.Instant, _ string) (ticket.Instant, bool) { return from, false }
func (d days) Shift(due, _, _ ticket.Instant, _ string) (ticket.Instant, bool) {
	return due, false
}
func (d days) Day(at ticket.Instant) string { return at.Time().Format(time.DateOnly) }

func (d days) Extend(due ticket.Instant, n int) (ticket.Instant, bool) {
	at, provisional := d.AddWorkingDays(due.Time(), n)
	return ticket.At(at), provisional
}
