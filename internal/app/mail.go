package app

import (
	"github.com/riverqueue/river"

	"huiyin/internal/channel/mail"
	"huiyin/internal/jobs"
)

// Mail says how requesters who left an e-mail address are told of their
// matters. Without a server they are not.
type Mail struct {
	SMTP string // smtp://user:password@host:port or smtps://…
	From string // sender
	Site string // address of the public site
}

// UseMail makes the process queue notices and, in the worker role, send them.
// Call it before anything is served. It connects to nothing yet; bad settings
// are errs.Invalid.
func (a *App) UseMail(m Mail) error {
	if m.SMTP == "" {
		return nil
	}
	mailer, err := mail.New(mail.Config{
		SMTP: m.SMTP, From: m.From, Site: m.Site, Location: a.City.Current().Calendar().Location(), Clock: a.Clock,
	})
	if err != nil {
		return err
	}
	promises, err := jobs.NewPromises(a.Store, quiet(a.Log))
	if err != nil {
		return err
	}
	a.mailer, a.Cases = mailer, a.Cases.With(mail.NewOutbox(promises))
	return nil
}

// postman adds the sending of mail to what a worker does, and returns the
// queues that it works on beside the default one.
func (a *App) postman(workers *river.Workers) map[string]int {
	if a.mailer == nil {
		return nil
	}
	mail.Register(workers, a.Cases, a.mailer, a.Log)
	return map[string]int{mail.Queue: mail.AtOnce}
}
