package jobs_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/riverqueue/river"
	"golang.org/x/sync/errgroup"

	"huiyin/internal/db"
	"huiyin/internal/db/dbtest"
	"huiyin/internal/jobs"
)

// note is a job that says its number.
type note struct {
	N int `json:"n"`
}

func (note) Kind() string { return "note" }

type noter struct {
	river.WorkerDefaults[note]
	said chan int
}

func (w *noter) Work(_ context.Context, job *river.Job[note]) error {
	w.said <- job.Args.N
	return nil
}

// setup starts a client whose worker says into the channel.
func setup(t *testing.T, d *db.DB) (*jobs.Client, <-chan int) {
	t.Helper()
	ctx := t.Context()
	if err := jobs.Migrate(ctx, d, nil); err != nil {
		t.Fatal(err)
	}
	w := &noter{said: make(chan int, 1000)}
	workers := river.NewWorkers()
	river.AddWorker(workers, w)
	c, err := jobs.New(ctx, d, jobs.Config{Workers: workers, Poll: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	return c, w.said
}

func start(t *testing.T, c *jobs.Client) {
	t.Helper()
	if err := c.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Stop(context.Background()); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
}

func insert(ctx context.Context, d *db.DB, c *jobs.Client, n int, outcome error) error {
	return d.Update(ctx, func(tx *db.Tx) error {
		if err := c.Insert(ctx, tx, note{n}); err != nil {
			return err
		}
		return outcome
	})
}

// TestPromise: a job of a rolled-back transaction never runs; one of a
// committed transaction runs once.
func TestPromise(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		c, said := setup(t, d)
		done, cancel := c.Subscribe(river.EventKindJobCompleted)
		defer cancel()
		// One that only inserts, as a process without workers has it.
		inserter, err := jobs.New(ctx, d, jobs.Config{})
		if err != nil {
			t.Fatal(err)
		}
		no := errors.New("no")
		if err := insert(ctx, d, inserter, 1, no); !errors.Is(err, no) {
			t.Fatal(err)
		}
		if err := insert(ctx, d, inserter, 2, nil); err != nil {
			t.Fatal(err)
		}
		start(t, c)
		<-done
		// Jobs run in the order of insertion, so that the first and any
		// second run of the second come before the third.
		if err := insert(ctx, d, c, 3, nil); err != nil {
			t.Fatal(err)
		}
		<-done
		if diff := cmp.Diff([]int{2, 3}, drain(said)); diff != "" {
			t.Fatal(diff)
		}
	})
}

func drain(said <-chan int) []int {
	var all []int
	for {
		select {
		case n := <-said:
			all = append(all, n)
		default:
			return all
		}
	}
}

// TestUnderLoad: jobs get their turn while transactions queue up.
func TestUnderLoad(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		c, said := setup(t, d)
		done, cancel := c.Subscribe(river.EventKindJobCompleted)
		defer cancel()
		start(t, c)
		ctx, stop := context.WithCancel(t.Context())
		var load errgroup.Group
		err := d.Update(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, `CREATE TABLE number (id BIGINT PRIMARY KEY, n BIGINT NOT NULL)`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 16 {
			load.Go(func() error { return count(ctx, d, int64(i)) })
		}
		for n := range 20 {
			if err := insert(ctx, d, c, n, nil); err != nil {
				t.Fatal(err)
			}
		}
		for range 20 {
			<-done
		}
		stop()
		if err := load.Wait(); err != nil {
			t.Fatal(err)
		}
		if got := len(drain(said)); got != 20 {
			t.Fatalf("%d jobs ran, want 20", got)
		}
	})
}

// count writes until ctx ends.
func count(ctx context.Context, d *db.DB, id int64) error {
	for ctx.Err() == nil {
		err := d.Update(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO number (id, n) VALUES ($1, 1) ON CONFLICT (id) DO UPDATE SET n = number.n + 1`, id)
			return err
		})
		if err != nil && ctx.Err() == nil {
			return err
		}
	}
	return nil
}

// TestMigrateTogether: processes that start at once make the tables once.
func TestMigrateTogether(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		var group errgroup.Group
		for range 4 {
			group.Go(func() error { return jobs.Migrate(t.Context(), d, nil) })
		}
		if err := group.Wait(); err != nil {
			t.Fatal(err)
		}
	})
}
