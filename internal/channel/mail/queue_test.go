package mail

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"huiyin/internal/casework"
	"huiyin/internal/db"
	"huiyin/internal/db/dbtest"
	"huiyin/internal/jobs"
)

// counter is a desk that keeps what it is told of its notices.
type counter struct {
	mu     sync.Mutex
	states map[casework.NoticeID]ended
	broken int // how often ending a notice fails
	done   chan casework.NoticeID
}

// ended is what became of a notice.
type ended struct {
	State    casework.OutState
	Code     int
	Attempts int
}

func newCounter() *counter {
	return &counter{states: map[casework.NoticeID]ended{}, done: make(chan casework.NoticeID, 100)}
}

func (c *counter) Letter(_ context.Context, n casework.NoticeID) (casework.Letter, bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.states[n]
	if e.State != "" && e.State != casework.OutQueued {
		return casework.Letter{}, false, nil
	}
	e.Attempts++
	c.states[n] = e
	l := receipt()
	l.NoticeID = n
	return l, true, nil
}

func (c *counter) EndNotice(_ context.Context, n casework.NoticeID, state casework.OutState, code int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.broken > 0 && state != casework.OutQueued {
		c.broken--
		return errors.New("the store is away")
	}
	e := c.states[n]
	e.State, e.Code = state, code
	c.states[n] = e
	if state != casework.OutQueued {
		c.done <- n
	}
	return nil
}

func (c *counter) of(n casework.NoticeID) ended {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.states[n]
}

// started is a process that sends, and an outbox to put notices into.
func started(t *testing.T, d *db.DB, desk Desk, m *Mailer) Outbox {
	t.Helper()
	if err := jobs.Migrate(t.Context(), d, nil); err != nil {
		t.Fatal(err)
	}
	promises, err := jobs.NewPromises(d, nil)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorker(desk, m, slog.New(slog.DiscardHandler))
	w.pause = func(int) time.Duration { return 10 * time.Millisecond }
	workers := river.NewWorkers()
	river.AddWorker(workers, w)
	c, err := jobs.New(t.Context(), d, jobs.Config{Workers: workers, Queues: map[string]int{Queue: AtOnce}, Poll: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return NewOutbox(promises)
}

func put(t *testing.T, d *db.DB, o Outbox, n casework.NoticeID) {
	t.Helper()
	if err := d.Update(t.Context(), func(tx *db.Tx) error { return o.Queue(t.Context(), tx, n) }); err != nil {
		t.Fatal(err)
	}
}

// TestDelivery: what a mail server answers decides what becomes of a notice.
func TestDelivery(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		office office
		broken int
		want   ended
		sent   int
	}{
		"taken":             {office{}, 0, ended{casework.OutSent, 250, 1}, 1},
		"refused":           {office{atRcpt: []error{says(550)}}, 0, ended{casework.OutFailed, 550, 1}, 0},
		"busy, then taken":  {office{atRcpt: []error{says(451), says(451)}, atData: []error{says(452)}}, 0, ended{casework.OutSent, 250, 4}, 1},
		"busy, then no":     {office{atRcpt: []error{says(451), says(550)}}, 0, ended{casework.OutFailed, 550, 2}, 0},
		"sent but not said": {office{}, 1, ended{casework.OutSent, 250, 2}, 2}, // as if the process had died between
	} {
		p, desk := open(t, tc.office), newCounter()
		desk.broken = tc.broken
		n := casework.NoticeID{Ticket: 7, Seq: 1, About: casework.Received}
		w := newWorker(desk, mailer(t, "smtp://"+p.address), slog.New(slog.DiscardHandler))
		var err error
		for attempt := 1; ; attempt++ {
			err = w.Work(t.Context(), job(n, attempt))
			if err == nil || attempt > 9 {
				break
			}
			if strings.Contains(err.Error(), reader) {
				t.Errorf("%s: the queue is told of %v", name, err)
			}
		}
		if diff := cmp.Diff(tc.want, desk.of(n)); diff != "" || err != nil {
			t.Errorf("%s: %v %s", name, err, diff)
		}
		taken := p.letters()
		if len(taken) != tc.sent {
			t.Errorf("%s: %d letters", name, len(taken))
		}
		if len(taken) == 2 {
			first, _ := read(t, taken[0].raw)
			second, _ := read(t, taken[1].raw)
			if first.Get("Message-Id") == "" || first.Get("Message-Id") != second.Get("Message-Id") {
				t.Errorf("%s: the second is not to be recognised", name)
			}
		}
	}
}

func job(n casework.NoticeID, attempt int) *river.Job[notice] {
	return &river.Job[notice]{JobRow: &rivertype.JobRow{Attempt: attempt, AttemptedAt: &now}, Args: notice{n.Ticket, n.Seq, n.About}}
}

// TestQueue: through the store and the queue, a notice is tried until it is
// taken, once; one that is refused is not tried again; one whose transaction
// is rolled back never leaves.
func TestQueue(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		p, desk := open(t, office{atRcpt: []error{says(451), nil, says(550)}, atData: []error{nil, nil}}), newCounter()
		o := started(t, d, desk, mailer(t, "smtp://"+p.address))
		never, broken := casework.NoticeID{Ticket: 1, Seq: 1, About: casework.Received}, errors.New("broken")
		err := d.Update(t.Context(), func(tx *db.Tx) error { return errors.Join(o.Queue(t.Context(), tx, never), broken) })
		if !errors.Is(err, broken) {
			t.Fatal(err)
		}
		for i, want := range []ended{{casework.OutSent, 250, 2}, {casework.OutFailed, 550, 1}, {casework.OutSent, 250, 1}} {
			n := casework.NoticeID{Ticket: 7, Seq: i + 1, About: casework.Answered}
			put(t, d, o, n)
			<-desk.done
			if diff := cmp.Diff(want, desk.of(n)); diff != "" {
				t.Errorf("%d: %s", i, diff)
			}
		}
		if desk.of(never).Attempts > 0 || p.asked() != 4 || len(p.letters()) != 2 {
			t.Errorf("%d recipients, %d letters", p.asked(), len(p.letters()))
		}
		var told int64
		if err := d.QueryRow(t.Context(), `SELECT COUNT(*) FROM river_job WHERE CAST(errors AS TEXT) LIKE '%@%' OR CAST(args AS TEXT) LIKE '%@%'`).
			Scan(&told); err != nil || told > 0 {
			t.Errorf("%d jobs tell an address, %v", told, err)
		}
	})
}

// TestAway: a server that is away only delays.
func TestAway(t *testing.T) {
	t.Parallel()
	desk := newCounter()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := mailer(t, "smtp://"+listener.Addr().String())
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	w := newWorker(desk, m, slog.New(slog.DiscardHandler))
	n := casework.NoticeID{Ticket: 7, Seq: 1, About: casework.Received}
	if err := w.Work(t.Context(), job(n, 1)); err == nil {
		t.Error("nobody was there")
	}
	if diff := cmp.Diff(ended{casework.OutQueued, 0, 1}, desk.of(n)); diff != "" {
		t.Error(diff)
	}
	m.server.address = open(t, office{}).address // it is back
	if err := w.Work(t.Context(), job(n, 2)); err != nil {
		t.Error(err)
	}
	if err := w.Work(t.Context(), job(n, 3)); err != nil { // a job too many sends nothing
		t.Error(err)
	}
	if diff := cmp.Diff(ended{casework.OutSent, 250, 2}, desk.of(n)); diff != "" {
		t.Error(diff)
	}
}

// TestGivenUp: after days of attempts a notice is given up, and that is said.
func TestGivenUp(t *testing.T) {
	t.Parallel()
	desk := newCounter()
	w := newWorker(desk, mailer(t, "smtp://127.0.0.1:1"), slog.New(slog.DiscardHandler))
	n := casework.NoticeID{Ticket: 7, Seq: 1, About: casework.Received}
	var total time.Duration
	for attempt := 1; attempt < attempts; attempt++ {
		if err := w.Work(t.Context(), job(n, attempt)); err == nil {
			t.Fatalf("attempt %d is said to be the last", attempt)
		}
		wait := w.NextRetry(job(n, attempt)).Sub(now)
		if wait < firstPause || wait > longestWait {
			t.Errorf("after attempt %d: %v", attempt, wait)
		}
		total += wait
	}
	if err := w.Work(t.Context(), job(n, attempts)); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(ended{casework.OutFailed, 0, attempts}, desk.of(n)); diff != "" {
		t.Error(diff)
	}
	if total < 4*24*time.Hour || total > 5*24*time.Hour {
		t.Errorf("given up after %v", total)
	}
}
