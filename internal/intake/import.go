package intake

import (
	"context"
	"io"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"huiyin/internal/casework"
	"huiyin/internal/errs"
	"huiyin/internal/ticket"
)

// parallel is how many rows are at work at once: enough for the store to put
// many of them into one commit.
const parallel = 32

// Progress tells how far a run is.
type Progress struct {
	Done    int // rows or cases that are through, those below too
	Known   int // that were in the store before; of an import
	Refused int
}

// ImportConfig is what an import works with.
type ImportConfig struct {
	Options
	Service  *casework.Service
	Actor    ticket.Actor   // on whose account the tickets are made; may submit
	Progress func(Progress) // called from one goroutine at a time; may be nil
	Refusals io.Writer      // takes the refused rows as CSV; may be nil
}

// Import makes a ticket of every good row, at the row's own time. A row that
// is already in the store is left alone, so that a broken-off or repeated
// import goes on where it stopped. Refused rows do not stop it; a failing
// store and a cancelled context do, with the error.
func Import(ctx context.Context, t *Table, c ImportConfig) (Progress, error) {
	reader, err := NewReader(t, c.Options)
	if err != nil {
		return Progress{}, err
	}
	out, err := newRefusals(c.Refusals, t.Header)
	if err != nil {
		return Progress{}, err
	}
	run := &tally{report: c.Progress, out: out}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	err = each(ctx, t, func(row Row) error {
		m, problems := reader.Read(row)
		if len(problems) > 0 {
			return run.refuse(row, problems)
		}
		key := reader.Key(m)
		group.Go(func() error {
			known, err := c.submit(ctx, m, key)
			return run.settle(row, known, err)
		})
		return nil
	})
	// What a worker met first is the cause; the reader then only saw the
	// context end.
	if e := group.Wait(); e != nil {
		err = e
	}
	if e := out.flush(); err == nil {
		err = e
	}
	return run.progress, err
}

func (c *ImportConfig) submit(ctx context.Context, m Message, key string) (known bool, err error) {
	service := c.Service.At(func() time.Time { return m.At })
	receipt, err := service.Submit(ctx, c.Actor, m.Matter, key)
	return receipt.Repeated, err
}

// tally counts and collects what becomes of rows that are worked on at once.
type tally struct {
	mu       sync.Mutex
	progress Progress
	report   func(Progress)
	out      *refusals
}

// settle tells a row that was refused, which is noted, from a fault, which
// stops the run.
func (t *tally) settle(row Row, known bool, err error) error {
	if err != nil {
		if fault(err) {
			return err
		}
		return t.refuse(row, []Problem{{Row: row.No, Reason: messageOf(err)}})
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if known {
		t.progress.Known++
	}
	t.step()
	return nil
}

func (t *tally) refuse(row Row, problems []Problem) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.progress.Refused++
	t.step()
	return t.out.add(row, problems)
}

func (t *tally) step() {
	t.progress.Done++
	if t.report != nil {
		t.report(t.progress)
	}
}

// fault reports whether an error is not about the one row: the next would
// meet it too.
func fault(err error) bool {
	switch errs.KindOf(err) {
	case errs.Invalid, errs.Conflict, errs.NotFound:
		return false
	}
	return true
}
