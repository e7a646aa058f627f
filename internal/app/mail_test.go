package app

import (
	"context"
	"io"
	"net"
	"testing"

	"github.com/emersion/go-smtp"

	"huiyin/internal/casework"
	"huiyin/internal/errs"
	"huiyin/internal/requester"
	"huiyin/internal/ticket"
)

// letterbox is a mail server that passes on whom it took a letter for.
type letterbox struct {
	taken chan string
	to    string
}

func (b *letterbox) Mail(string, *smtp.MailOptions) error      { return nil }
func (b *letterbox) Rcpt(to string, _ *smtp.RcptOptions) error { b.to = to; return nil }
func (b *letterbox) Reset()                                    {}
func (b *letterbox) Logout() error                             { return nil }

func (b *letterbox) Data(r io.Reader) error {
	if _, err := io.Copy(io.Discard, r); err != nil {
		return err
	}
	b.taken <- b.to
	return nil
}

// TestMail: whoever submits a matter and left an address gets the receipt from
// the worker, and the ticket's page can say so.
func TestMail(t *testing.T) {
	t.Parallel()
	houses(t, func(t *testing.T, h *house) {
		taken := make(chan string, 10)
		server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &letterbox{taken: taken}, nil }))
		listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		served := make(chan error, 1)
		go func() { served <- server.Serve(listener) }()
		defer func() { _ = listener.Close(); _ = server.Close(); <-served }()

		if err := h.UseMail(Mail{SMTP: "smtp://" + listener.Addr().String()}); !errs.Is(err, errs.Invalid) {
			t.Fatalf("without a sender: %v", err)
		}
		if err := h.UseMail(Mail{SMTP: "smtp://" + listener.Addr().String(), From: "a@b.cn", Site: "https://c.cn"}); err != nil {
			t.Fatal(err)
		}
		agent := h.actor("agent")
		r, err := h.Cases.Submit(t.Context(), agent, casework.Matter{
			Kind: ticket.Help, Channel: ticket.Phone, Title: "路灯不亮", Body: "东街口路灯不亮。",
			Person: requester.Person{Kind: requester.Individual, Name: "林一", Email: "lin@example.com"},
		}, "")
		if err != nil {
			t.Fatal(err)
		}
		work, stop := context.WithCancel(t.Context())
		stopped := make(chan error, 1)
		go func() { stopped <- h.work(work) }()
		if to := <-taken; to != "lin@example.com" {
			t.Errorf("sent to %q", to)
		}
		stop()
		if err := <-stopped; err != nil { // and has noted it before
			t.Error(err)
		}
		out, err := h.Cases.Outbound(t.Context(), agent, r.Ticket.Number)
		if err != nil || len(out) != 1 || out[0].State != casework.OutSent || out[0].About != casework.Received {
			t.Errorf("%+v, %v", out, err)
		}
		var told int64
		err = h.Store.QueryRow(t.Context(), `SELECT COUNT(*) FROM river_job WHERE CAST(args AS TEXT) LIKE '%lin%'`).Scan(&told)
		if err != nil || told > 0 {
			t.Errorf("%d jobs tell the address, %v", told, err)
		}
	})
}
