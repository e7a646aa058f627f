// Package mail tells requesters by e-mail what happens to their matters: it
// writes the letter, hands it to a mail server over SMTP, and keeps trying
// while that is away.
//
// A notice is a job that is queued in the transaction of what it tells; what
// became of it stands beside the ticket. Delivery is at least once: a process
// that dies between the server's "250" and the note of it sends the letter
// again, under the same Message-ID, by which mail servers and programs
// recognise the second. Nothing is sent that did not happen.
//
// What may not enter: which change is told (casework decides), the reply or
// any free text (mail is read by more than its reader: a letter holds the
// number, the query code once, what is to be done and a link), and incoming
// mail. Errors that are stored or logged name no address, and no words of the
// server, which may hold one.
package mail

import (
	"context"
	"crypto/tls"
	"net/mail"
	"net/url"
	"strings"
	"time"

	"huiyin/internal/casework"
	"huiyin/internal/errs"
)

// Config says how mail is sent.
type Config struct {
	SMTP     string // smtp://user:password@host:port, smtps:// for TLS from the start
	From     string // "12345热线 <noreply@example.gov.cn>"
	Site     string // address of the public site, https://…
	Location *time.Location
	Clock    func() time.Time
	TLS      *tls.Config // nil: the system's authorities
}

// Mailer writes and sends letters. It is safe for concurrent use.
type Mailer struct {
	server  *server
	letters *letters
}

// New checks the settings; it connects to nothing. Errors are errs.Invalid and
// do not hold the password.
func New(c Config) (*Mailer, error) {
	s, err := parseServer(c.SMTP)
	if err != nil {
		return nil, err
	}
	from, err := mail.ParseAddress(c.From)
	if err != nil || !plain(domainOf(from.Address)) {
		return nil, errs.New(errs.Invalid, "mail_from", "请用 --mail-from 给出发件人地址，例如 12345热线 <noreply@example.gov.cn>")
	}
	site, err := url.Parse(c.Site)
	if err != nil || site.Host == "" || site.Scheme != "https" && site.Scheme != "http" || site.RawQuery != "" || site.Fragment != "" || site.User != nil {
		return nil, errs.New(errs.Invalid, "site_url", "请用 --site-url 给出公众网站的地址，例如 https://12345.example.gov.cn")
	}
	s.name, s.tls = domainOf(from.Address), c.TLS
	letters, err := newLetters(from, strings.TrimSuffix(site.String(), "/"), c.Location, c.Clock)
	return &Mailer{server: s, letters: letters}, err
}

// Send writes a letter and hands it to the mail server. It fails with
// *RefusedError where another attempt would be in vain.
func (m *Mailer) Send(ctx context.Context, l casework.Letter) error {
	message, err := m.letters.write(l)
	if err != nil {
		return err
	}
	return m.server.send(ctx, m.letters.from.Address, l.To, message)
}

func domainOf(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }

// plain reports whether a domain is of letters, digits, points and hyphens.
func plain(domain string) bool {
	return domain != "" && !strings.ContainsFunc(domain, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '.' && r != '-'
	})
}
