package app

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"huiyin/internal/audit"
	"huiyin/internal/db"
	"huiyin/internal/errs"
	"huiyin/internal/jobs"
)

// How often the worker does what nobody waits for.
const (
	sweepEvery   = 5 * time.Second
	sealEvery    = time.Minute
	forgetEvery  = time.Hour
	settleEvery  = time.Hour
	countEvery   = time.Minute
	refreshEvery = 2 * time.Second
	flushEvery   = time.Minute
	sweepLimit   = 2000 // clocks a sweep
	countLimit   = 200  // tickets a transaction: it holds up who writes
)

// chore is a job that comes round by the clock.
type chore struct {
	Name string `json:"name"`
}

// Kind names the job in the store.
func (chore) Kind() string { return "chore" }

// InsertOpts keeps one of each: a chore that is waiting or running is not
// queued again, and one that failed comes round by itself. One that is done
// must not stand in the way, as it would by the queue's own choice of states.
func (chore) InsertOpts() river.InsertOpts {
	return river.InsertOpts{MaxAttempts: 1, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
		rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRunning, rivertype.JobStateScheduled,
	}}}
}

// choreWorker does the chores of an installation.
type choreWorker struct {
	river.WorkerDefaults[chore]
	chores map[string]func(context.Context) error
}

// choreTime bounds a chore that hangs. One that has much to do, after a day
// without a worker say, goes on with the rest when it comes round again.
const choreTime = 10 * time.Minute

// Timeout is longer than the queue's own.
func (*choreWorker) Timeout(*river.Job[chore]) time.Duration { return choreTime }

// Work does one chore.
func (w *choreWorker) Work(ctx context.Context, job *river.Job[chore]) error {
	do, ok := w.chores[job.Args.Name]
	if !ok {
		return errs.Newf(errs.Internal, "chore", "没有“%s”这项工作", job.Args.Name)
	}
	return do(ctx)
}

// work does what nobody waits for, until ctx ends: it sweeps clocks, counts,
// seals evidence and forgets what has served its time. Of several processes one
// queues the chores, and any does them.
func (a *App) work(ctx context.Context) error {
	chores := map[string]func(context.Context) error{"sweep": a.sweep, "seal": a.seal, "forget": a.forget, "settle": a.settle, "count": a.count}
	workers := river.NewWorkers()
	river.AddWorker(workers, &choreWorker{chores: chores})
	var periodic []*river.PeriodicJob
	for name, every := range map[string]time.Duration{"sweep": sweepEvery, "seal": sealEvery, "forget": forgetEvery, "settle": settleEvery, "count": countEvery} {
		periodic = append(periodic, river.NewPeriodicJob(river.PeriodicInterval(every),
			func() (river.JobArgs, *river.InsertOpts) { return chore{Name: name}, nil }, &river.PeriodicJobOpts{RunOnStart: true}))
	}
	client, err := jobs.New(ctx, a.Store, jobs.Config{Workers: workers, Periodic: periodic, Queues: a.postman(workers), Log: quiet(a.Log)})
	if err != nil {
		return err
	}
	if err := client.Start(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	<-ctx.Done()
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	return client.Stop(stop)
}

func (a *App) sweep(ctx context.Context) error {
	for {
		n, err := a.Cases.Sweep(ctx, sweepLimit)
		if err != nil || n < sweepLimit {
			return err
		}
	}
}

// count brings the figures up to date.
func (a *App) count(ctx context.Context) error {
	for {
		n, err := a.Cases.Count(ctx, countLimit)
		if err != nil || n < countLimit {
			return err
		}
	}
}

func (a *App) seal(ctx context.Context) error {
	_, err := audit.SealAll(ctx, a.Store, a.Clock().UnixMilli())
	return err
}

// keepSessions is how long sign-ins that are over can still be looked at; the
// access log keeps that they were.
const keepSessions = 90 * 24 * time.Hour

// forget drops what nobody comes back for: keys of requests, halves of files,
// old sign-ins.
func (a *App) forget(ctx context.Context) error {
	return errors.Join(a.Cases.ForgetKeys(ctx), a.Files.Sweep(a.Clock()), a.forgetSessions(ctx), a.Drafts.Forget(ctx), a.Cases.ForgetClaims(ctx))
}

func (a *App) forgetSessions(ctx context.Context) error {
	now := a.Clock()
	return a.Store.Update(ctx, func(tx *db.Tx) error { return a.Sessions.Forget(ctx, tx, now.Add(-keepSessions), now) })
}

// settle finds what a change of the calendar has left: a step that another
// process decided before it heard of the change.
func (a *App) settle(ctx context.Context) error {
	_, err := a.Cases.Settle(ctx)
	return err
}

// flush notes which tokens and sessions this process has seen.
func (a *App) flush(ctx context.Context) error {
	return a.Store.Update(ctx, func(tx *db.Tx) error {
		return errors.Join(a.Tokens.Flush(ctx, tx), a.Sessions.Flush(ctx, tx))
	})
}

// refresh keeps this process's picture of the city up to date with changes
// that another process made, and writes down which tokens and sessions this
// one saw.
func (a *App) refresh(ctx context.Context) error {
	tick, flush := time.NewTicker(refreshEvery), time.NewTicker(flushEvery)
	defer tick.Stop()
	defer flush.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-flush.C:
			if err := a.flush(ctx); err != nil && ctx.Err() == nil {
				a.Log.ErrorContext(ctx, "the use of tokens and sessions could not be noted", "error", err)
			}
		case <-tick.C:
			if err := a.City.Refresh(ctx); err != nil && ctx.Err() == nil {
				a.Log.ErrorContext(ctx, "the city could not be read again", "error", err)
			}
		}
	}
}

// quiet passes warnings and errors only: the queue tells of every step it takes.
func quiet(log *slog.Logger) *slog.Logger { return slog.New(warnings{log.Handler()}) }

type warnings struct{ slog.Handler }

func (w warnings) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && w.Handler.Enabled(ctx, level)
}
