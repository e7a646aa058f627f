package mail

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// got is a message that the server has taken.
type got struct {
	from, to string
	raw      string
	tls      bool
	user     string
	hello    string
}

// postOffice is a mail server on a loopback port. Answers are given to
// recipients and messages in turn; nil, and all after the last, is yes.
type postOffice struct {
	address string

	mu         sync.Mutex
	atRcpt     []error
	atData     []error
	recipients int
	taken      []got
	arrived    chan struct{}
}

// office says how a server is set up.
type office struct {
	implicit, startTLS, utf8 bool
	atRcpt, atData           []error
}

func open(t *testing.T, o office) *postOffice {
	t.Helper()
	p := &postOffice{atRcpt: o.atRcpt, atData: o.atData, arrived: make(chan struct{}, 100)}
	s := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		_, encrypted := c.TLSConnectionState()
		return &session{office: p, got: got{tls: encrypted, hello: c.Hostname()}}, nil
	}))
	s.Domain, s.AllowInsecureAuth, s.EnableSMTPUTF8 = "localhost", true, o.utf8
	s.ErrorLog = silent{}
	if o.implicit || o.startTLS {
		s.TLSConfig = &tls.Config{Certificates: []tls.Certificate{certificate(t)}}
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.address = listener.Addr().String()
	if o.implicit {
		listener = tls.NewListener(listener, s.TLSConfig)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.Serve(listener) // until it is closed
	}()
	t.Cleanup(func() {
		_ = listener.Close() // it may not have begun to serve
		_ = s.Close()
		<-done
	})
	return p
}

// silent keeps what the server says of clients that hang up.
type silent struct{}

func (silent) Printf(string, ...any) {}
func (silent) Println(...any)        {}

func (p *postOffice) letters() []got {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]got(nil), p.taken...)
}

func (p *postOffice) asked() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.recipients
}

// turn takes the next answer.
func turn(answers *[]error) error {
	if len(*answers) == 0 {
		return nil
	}
	first := (*answers)[0]
	*answers = (*answers)[1:]
	return first
}

type session struct {
	office *postOffice
	got    got
}

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if password != "secret" {
			return smtp.ErrAuthFailed
		}
		s.got.user = user
		return nil
	}), nil
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error { s.got.from = from; return nil }

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.office.mu.Lock()
	defer s.office.mu.Unlock()
	s.office.recipients++
	s.got.to = to
	return turn(&s.office.atRcpt)
}

func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.office.mu.Lock()
	defer s.office.mu.Unlock()
	if err := turn(&s.office.atData); err != nil {
		return err
	}
	s.got.raw = string(raw)
	s.office.taken = append(s.office.taken, s.got)
	s.office.arrived <- struct{}{}
	return nil
}

func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }

// says is an answer of a server, which repeats the address as real ones do.
func says(code int) error {
	return &smtp.SMTPError{Code: code, Message: "<" + reader + "> no"}
}

var (
	once      sync.Once
	authority *x509.CertPool
	served    tls.Certificate
)

// certificate makes the one that all servers of the tests show.
func certificate(t *testing.T) tls.Certificate {
	t.Helper()
	once.Do(func() {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return
		}
		template := &x509.Certificate{
			SerialNumber: big.NewInt(1), NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<33, 0), IsCA: true,
			BasicConstraintsValid: true, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"mail.example"},
		}
		der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
		if err != nil {
			return
		}
		leaf, err := x509.ParseCertificate(der)
		if err != nil {
			return
		}
		authority = x509.NewCertPool()
		authority.AddCert(leaf)
		served = tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	})
	if authority == nil {
		t.Fatal("no certificate")
	}
	return served
}
