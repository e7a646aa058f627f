package jobs_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"golang.org/x/sync/errgroup"

	"huiyin/internal/db"
	"huiyin/internal/db/dbtest"
	"huiyin/internal/jobs"
)

// note is a job that says that it ran.
type note struct{}

func (note) Kind() string { return "note" }

type noter struct {
	river.WorkerDefaults[note]
	said chan struct{}
}

func (w *noter) Work(context.Context, *river.Job[note]) error {
	w.said <- struct{}{}
	return nil
}

// every is how often the job comes round.
const every = 50 * time.Millisecond

// start starts a client, as a process has one, whose worker says into the
// channel.
func start(t *testing.T, d *db.DB, said chan struct{}) {
	t.Helper()
	workers := river.NewWorkers()
	river.AddWorker(workers, &noter{said: said})
	periodic := river.NewPeriodicJob(river.PeriodicInterval(every),
		func() (river.JobArgs, *river.InsertOpts) { return note{}, nil }, &river.PeriodicJobOpts{RunOnStart: true})
	c, err := jobs.New(t.Context(), d, jobs.Config{Workers: workers, Periodic: []*river.PeriodicJob{periodic}, Poll: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Stop(context.Background()); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
}

// TestRounds: what comes round is done, each time by one of several processes.
func TestRounds(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		if err := jobs.Migrate(t.Context(), d, nil); err != nil {
			t.Fatal(err)
		}
		said := make(chan struct{}, 1000)
		for range 2 {
			start(t, d, said)
		}
		for range 10 {
			<-said
		}
		done := int64(10 + len(said))
		var taken, again int64
		err := d.QueryRow(t.Context(), `SELECT COUNT(*), COALESCE(SUM(CASE WHEN attempt > 1 THEN 1 ELSE 0 END), 0) FROM river_job WHERE attempt > 0`).Scan(&taken, &again)
		if err != nil || again > 0 || taken < done {
			t.Errorf("%d rounds were done: %d jobs, %d of them again; %v", done, taken, again, err)
		}
	})
}

// TestUnderLoad: jobs get their turn while transactions queue up.
func TestUnderLoad(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		if err := jobs.Migrate(t.Context(), d, nil); err != nil {
			t.Fatal(err)
		}
		said := make(chan struct{}, 1000)
		start(t, d, said)
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
		for range 20 {
			<-said
		}
		stop()
		if err := load.Wait(); err != nil {
			t.Fatal(err)
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

// TestPromise: a job that a transaction promises is done once that is
// committed, in a queue of its own, and never if it was rolled back.
func TestPromise(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		if err := jobs.Migrate(t.Context(), d, nil); err != nil {
			t.Fatal(err)
		}
		promises, err := jobs.NewPromises(d, nil)
		if err != nil {
			t.Fatal(err)
		}
		broken := errors.New("broken")
		for i := range 6 {
			err := d.Update(t.Context(), func(tx *db.Tx) error {
				if err := promises.Queue(t.Context(), tx, promised{No: i}); err != nil {
					return err
				}
				if i%2 == 1 {
					return broken
				}
				return nil
			})
			if i%2 == 0 && err != nil || i%2 == 1 && !errors.Is(err, broken) {
				t.Fatal(err)
			}
		}
		done := make(chan int, 10)
		workers := river.NewWorkers()
		river.AddWorker(workers, &keeper{done: done})
		c, err := jobs.New(t.Context(), d, jobs.Config{Workers: workers, Queues: map[string]int{"aside": 1}, Poll: 20 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(context.Background()); err != nil {
			t.Fatal(err)
		}
		for _, want := range []int{0, 2, 4} {
			if got := <-done; got != want {
				t.Errorf("%d was done, want %d", got, want)
			}
		}
		if err := c.Stop(context.Background()); err != nil {
			t.Error(err)
		}
		var n int64
		if err := d.QueryRow(t.Context(), `SELECT COUNT(*) FROM river_job WHERE kind = 'promised'`).Scan(&n); err != nil || n != 3 {
			t.Errorf("%d jobs, %v", n, err)
		}
	})
}

// promised is a job that a transaction promises.
type promised struct {
	No int `json:"no"`
}

func (promised) Kind() string { return "promised" }

func (promised) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: "aside"} }

type keeper struct {
	river.WorkerDefaults[promised]
	done chan int
}

func (w *keeper) Work(_ context.Context, job *river.Job[promised]) error {
	w.done <- job.Args.No
	return nil
}
