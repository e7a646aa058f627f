package app

import (
	"context"
	"errors"
	"time"

	"huiyin/internal/audit"
	"huiyin/internal/db"
)

// How often the worker does what nobody waits for.
const (
	sweepEvery   = 5 * time.Second
	sealEvery    = time.Minute
	forgetEvery  = time.Hour
	refreshEvery = 2 * time.Second
	sweepLimit   = 2000 // tickets a sweep
)

// work sweeps clocks, seals evidence and forgets what has served its time. An
// error is logged and tried again the next time: a lost database must not end
// the process.
func (a *App) work(ctx context.Context) error {
	return a.every(ctx, []chore{
		{"sweep", sweepEvery, a.sweep},
		{"seal", sealEvery, func(ctx context.Context) error {
			_, err := audit.SealAll(ctx, a.Store, time.Now().UnixMilli())
			return err
		}},
		{"forget", forgetEvery, a.Cases.ForgetKeys},
		{"tokens", sealEvery, func(ctx context.Context) error {
			return a.Store.Update(ctx, func(tx *db.Tx) error { return a.Tokens.Flush(ctx, tx) })
		}},
	})
}

// refresh keeps this process's picture of the city up to date with changes
// that another process made.
func (a *App) refresh(ctx context.Context) error {
	return a.every(ctx, []chore{{"refresh", refreshEvery, a.City.Refresh}})
}

type chore struct {
	name  string
	every time.Duration
	do    func(context.Context) error
}

func (a *App) every(ctx context.Context, chores []chore) error {
	due := make([]time.Time, len(chores))
	for ctx.Err() == nil {
		next := time.Now().Add(time.Hour)
		for i, c := range chores {
			if !time.Now().Before(due[i]) {
				if err := c.do(ctx); err != nil && !errors.Is(err, context.Canceled) {
					a.Log.ErrorContext(ctx, "background work failed", "work", c.name, "error", err)
				}
				due[i] = time.Now().Add(c.every)
			}
			if due[i].Before(next) {
				next = due[i]
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Until(next)):
		}
	}
	return nil
}

func (a *App) sweep(ctx context.Context) error {
	for {
		n, err := a.Cases.Sweep(ctx, sweepLimit)
		if err != nil || n < sweepLimit {
			return err
		}
	}
}
