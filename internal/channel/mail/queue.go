package mail

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/riverqueue/river"

	"huiyin/internal/casework"
	"huiyin/internal/db"
	"huiyin/internal/jobs"
)

// Queue is where notices wait, apart from other work: a mail server that does
// not answer keeps nothing else waiting. AtOnce is how many are sent at once.
const (
	Queue  = "mail"
	AtOnce = 2
)

// Attempts go on for about five days, as mail servers do among themselves: soon at
// first, then every six hours. The queue would allow some more, so that it is
// here that a notice is given up, and said so.
const (
	attempts    = 28
	firstPause  = time.Minute
	longestWait = 6 * time.Hour
)

// notice is the job of one notice. It is stored in clear and names nobody.
type notice struct {
	Ticket int64          `json:"ticket"`
	Seq    int            `json:"seq"`
	About  casework.About `json:"about"`
}

// Kind names the job in the store.
func (notice) Kind() string { return "mail_notice" }

// InsertOpts says where and how often.
func (notice) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: Queue, MaxAttempts: attempts + 2}
}

// Outbox queues notices as jobs.
type Outbox struct{ promises *jobs.Promises }

// NewOutbox makes an Outbox.
func NewOutbox(p *jobs.Promises) Outbox { return Outbox{p} }

// Queue implements casework.Outbox.
func (o Outbox) Queue(ctx context.Context, tx *db.Tx, n casework.NoticeID) error {
	return o.promises.Queue(ctx, tx, notice{n.Ticket, n.Seq, n.About})
}

// Desk knows the notices.
type Desk interface {
	Letter(ctx context.Context, n casework.NoticeID) (casework.Letter, bool, error)
	EndNotice(ctx context.Context, n casework.NoticeID, state casework.OutState, code int) error
}

// Worker sends what is queued.
type Worker struct {
	river.WorkerDefaults[notice]
	desk   Desk
	mailer *Mailer
	log    *slog.Logger
	pause  func(attempt int) time.Duration
}

// Register adds a worker that sends notices to those of a process, which then
// works on Queue.
func Register(workers *river.Workers, desk Desk, m *Mailer, log *slog.Logger) {
	river.AddWorker(workers, newWorker(desk, m, log))
}

func newWorker(desk Desk, m *Mailer, log *slog.Logger) *Worker {
	return &Worker{desk: desk, mailer: m, log: log, pause: pause}
}

// Work sends one notice, or finds that there is nothing to send any more.
func (w *Worker) Work(ctx context.Context, job *river.Job[notice]) error {
	n := casework.NoticeID{Ticket: job.Args.Ticket, Seq: job.Args.Seq, About: job.Args.About}
	letter, ok, err := w.desk.Letter(ctx, n)
	if err != nil || !ok {
		return err
	}
	err = w.mailer.Send(ctx, letter)
	ctx = context.WithoutCancel(ctx) // what was sent is noted, whoever is in a hurry
	_, refused := errors.AsType[*RefusedError](err)
	switch {
	case err == nil:
		return w.desk.EndNotice(ctx, n, casework.OutSent, 250)
	case refused, job.Attempt >= attempts:
		w.log.WarnContext(ctx, "a notice was not sent", "ticket", n.Ticket, "about", n.About, "attempts", job.Attempt, "error", err)
		return w.desk.EndNotice(ctx, n, casework.OutFailed, codeOf(err))
	}
	return errors.Join(err, w.desk.EndNotice(ctx, n, casework.OutQueued, codeOf(err)))
}

// NextRetry is when a notice is tried again.
func (w *Worker) NextRetry(job *river.Job[notice]) time.Time {
	return job.AttemptedAt.Add(w.pause(job.Attempt))
}

// pause is how long after an attempt the next one is.
func pause(attempt int) time.Duration {
	if attempt > 9 {
		return longestWait
	}
	return min(longestWait, firstPause<<(attempt-1))
}
