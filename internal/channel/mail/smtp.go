package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"huiyin/internal/errs"
)

// How long a mail server may take. A job has a minute in all.
const (
	dialTimeout    = 10 * time.Second
	commandTimeout = 15 * time.Second
	submitTimeout  = 30 * time.Second
)

// RefusedError says that the server will never take a letter: there is no such
// mailbox, or it does not want it.
type RefusedError struct {
	Code int // of its answer, 500 to 599
}

// Error implements error.
func (e *RefusedError) Error() string { return fmt.Sprintf("mail: refused with %d", e.Code) }

// replyError is an answer that may be another one later. It keeps the code
// only: the server's words may hold the address.
type replyError struct {
	step string
	code int
}

func (e *replyError) Error() string { return fmt.Sprintf("mail: %s: %d", e.step, e.code) }

// server is a mail server that takes mail for others.
type server struct {
	address, host  string
	user, password string
	implicit       bool   // TLS from the start
	name           string // that we introduce ourselves by
	tls            *tls.Config
	// offered is set once the server has offered STARTTLS: from then on this
	// process talks to it in no other way.
	offered atomic.Bool
}

func parseServer(text string) (*server, error) {
	bad := errs.New(errs.Invalid, "smtp", "邮件服务器地址应为 smtp://用户:密码@主机:端口 或 smtps://…")
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "" {
		return nil, bad // what url says holds the password
	}
	port := map[string]string{"smtp": "587", "smtps": "465"}[u.Scheme]
	if port == "" {
		return nil, bad
	}
	if u.Port() != "" {
		port = u.Port()
	}
	s := &server{host: u.Hostname(), address: net.JoinHostPort(u.Hostname(), port), implicit: u.Scheme == "smtps"}
	s.user = u.User.Username()
	s.password, _ = u.User.Password()
	return s, nil
}

// send hands over one message.
func (s *server) send(ctx context.Context, from, to string, message []byte) error {
	c, err := s.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	defer context.AfterFunc(ctx, func() { _ = c.Close() })()
	if err := s.signIn(c); err != nil {
		return err
	}
	options := &smtp.MailOptions{UTF8: !ascii(to)}
	if ok, _ := c.Extension("SMTPUTF8"); options.UTF8 && !ok {
		return &RefusedError{Code: 553} // mailbox name not allowed: it cannot even be asked for
	}
	if err := c.Mail(from, options); err != nil {
		return temporary("sender", err) // a refused sender is for the operator to mend
	}
	if err := c.Rcpt(to, nil); err != nil {
		return answer("recipient", err)
	}
	w, err := c.Data()
	if err != nil {
		return answer("data", err)
	}
	if _, err := w.Write(message); err != nil {
		return temporary("message", err)
	}
	if err := w.Close(); err != nil {
		return answer("message", err)
	}
	_ = c.Quit() // it has been taken
	return nil
}

// connect opens a connection, encrypted where the server can.
func (s *server) connect(ctx context.Context) (*smtp.Client, error) {
	if s.implicit {
		return s.greet(ctx, true, false)
	}
	if s.offered.Load() {
		return s.greet(ctx, false, true)
	}
	c, err := s.greet(ctx, false, false)
	if err != nil {
		return nil, err
	}
	if ok, _ := c.Extension("STARTTLS"); !ok {
		return c, nil
	}
	s.offered.Store(true)
	_ = c.Quit() // to start anew
	return s.greet(ctx, false, true)
}

func (s *server) greet(ctx context.Context, implicit, startTLS bool) (*smtp.Client, error) {
	dialer := net.Dialer{Timeout: dialTimeout}
	conn, err := dialer.DialContext(ctx, "tcp", s.address)
	if err != nil {
		return nil, fmt.Errorf("mail: connect: %w", err)
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if s.tls != nil {
		config = s.tls.Clone()
	}
	config.ServerName = s.host
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	var c *smtp.Client
	switch {
	case implicit:
		c = smtp.NewClient(tls.Client(conn, config))
	case startTLS:
		if c, err = smtp.NewClientStartTLS(conn, config); err != nil {
			return nil, temporary("encryption", err)
		}
	default:
		c = smtp.NewClient(conn)
	}
	c.CommandTimeout, c.SubmissionTimeout = commandTimeout, submitTimeout
	if err := c.Hello(s.name); err != nil {
		_ = c.Close()
		return nil, temporary("greeting", err)
	}
	return c, nil
}

// signIn gives the password, but not to be overheard.
func (s *server) signIn(c *smtp.Client) error {
	if s.user == "" {
		return nil
	}
	if _, encrypted := c.TLSConnectionState(); !encrypted && !loopback(s.host) {
		return errors.New("mail: the server offers no encryption; the password is not sent")
	}
	return temporary("sign-in", c.Auth(sasl.NewPlainClient("", s.user, s.password)))
}

// answer tells a refusal for good from one for now.
func answer(step string, err error) error {
	if reply, ok := errors.AsType[*smtp.SMTPError](err); ok && reply.Code >= 500 {
		return &RefusedError{Code: reply.Code}
	}
	return temporary(step, err)
}

func temporary(step string, err error) error {
	if reply, ok := errors.AsType[*smtp.SMTPError](err); ok {
		return &replyError{step, reply.Code}
	}
	if err != nil {
		return fmt.Errorf("mail: %s: %w", step, err)
	}
	return nil
}

// codeOf is what the server answered; zero if it did not.
func codeOf(err error) int {
	if refused, ok := errors.AsType[*RefusedError](err); ok {
		return refused.Code
	}
	if reply, ok := errors.AsType[*replyError](err); ok {
		return reply.code
	}
	return 0
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
