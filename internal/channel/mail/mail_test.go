package mail

import (
	"crypto/tls"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	message "github.com/emersion/go-message/mail"
	"github.com/google/go-cmp/cmp"

	"huiyin/internal/casework"
	"huiyin/internal/errs"
	"huiyin/internal/ticket"
)

// reader is whom the letters of the tests go to.
const reader = "ouyang@example.com"

var now = time.Date(2026, 3, 2, 9, 0, 0, 0, time.FixedZone("", 8*3600))

// mailer sends to a post office.
func mailer(t testing.TB, smtp string) *Mailer {
	t.Helper()
	m, err := New(Config{
		SMTP: smtp, From: "福州12345 <noreply@12345.example.gov.cn>", Site: "https://12345.example.gov.cn/", Location: now.Location(),
		Clock: func() time.Time { return now }, TLS: &tls.Config{RootCAs: authority, MinVersion: tls.VersionTLS12},
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func receipt() casework.Letter {
	return casework.Letter{
		NoticeID: casework.NoticeID{Ticket: 7, Seq: 1, About: casework.Received}, To: reader, Number: "260302000007", Code: "123456",
		At: ticket.At(now),
	}
}

// read takes a message apart.
func read(t testing.TB, raw string) (message.Header, string) {
	t.Helper()
	r, err := message.CreateReader(strings.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	part, err := r.NextPart()
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(part.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.Header, string(body)
}

// TestSend: a letter arrives as it was written, over the safest line that the
// server has.
func TestSend(t *testing.T) {
	t.Parallel()
	certificate(t)
	for name, tc := range map[string]struct {
		office office
		scheme string
		user   string
		tls    bool
	}{
		"plain":              {office{}, "smtp://", "", false},
		"plain, signed in":   {office{}, "smtp://huiyin:secret@", "huiyin", false}, // on loopback only
		"starttls":           {office{startTLS: true}, "smtp://", "", true},
		"starttls, password": {office{startTLS: true}, "smtp://huiyin:secret@", "huiyin", true},
		"tls":                {office{implicit: true}, "smtps://huiyin:secret@", "huiyin", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := open(t, tc.office)
			m := mailer(t, tc.scheme+p.address)
			for range 2 { // the second goes the way that the first has learned
				if err := m.Send(t.Context(), receipt()); err != nil {
					t.Fatal(err)
				}
			}
			taken := p.letters()
			if len(taken) != 2 || cmp.Diff(taken[0], taken[1], cmp.AllowUnexported(got{})) != "" {
				t.Fatalf("%d letters: %+v", len(taken), taken)
			}
			g := taken[0]
			if g.from != "noreply@12345.example.gov.cn" || g.to != reader || g.tls != tc.tls || g.user != tc.user || g.hello != "12345.example.gov.cn" {
				t.Errorf("%+v", g)
			}
			h, body := read(t, g.raw)
			subject, _ := h.Subject()
			id, _ := h.MessageID()
			from, _ := h.AddressList("From")
			at, _ := h.Date()
			if subject != "【福州12345】诉求 260302000007 已收到" || id != "huiyin.7.1.received@12345.example.gov.cn" || from[0].Name != "福州12345" ||
				!at.Equal(now) || h.Get("Auto-Submitted") != "auto-generated" {
				t.Errorf("%s, %s, %v, %v", subject, id, from, at)
			}
			for _, want := range []string{"查询码：123456", "https://12345.example.gov.cn/track?number=260302000007", "2026年3月2日 09:00"} {
				if !strings.Contains(body, want) {
					t.Errorf("no %q in %q", want, body)
				}
			}
		})
	}
}

// TestLetters: everything that is told has its words; the code stands in the
// receipt alone.
func TestLetters(t *testing.T) {
	t.Parallel()
	m := mailer(t, "smtp://127.0.0.1:1")
	for about, want := range map[casework.About]string{
		casework.Received: "查询码：123456", casework.Asked: "请在 2026年3月2日 09:00 前补充", casework.Refused: "建议途径：请立即拨打 110",
		casework.Extended: "延长5个工作日", casework.Suspended: "2026年3月2日 09:00 前复查", casework.Answered: "评价",
		casework.Finished: "已办结", casework.ReviewGranted: "重新办理", casework.ReviewRefused: "未获同意",
	} {
		l := receipt()
		l.About, l.Reason, l.Instead, l.Days, l.Until = about, "属于警情", "请立即拨打 110", 5, ticket.At(now)
		raw, err := m.letters.write(l)
		if err != nil {
			t.Fatal(err)
		}
		h, body := read(t, string(raw))
		subject, _ := h.Subject()
		if !strings.Contains(body, want) || !strings.Contains(body, "/track?number=260302000007") || !strings.Contains(subject, l.Number) {
			t.Errorf("%s: %s: %s", about, subject, body)
		}
		if strings.Contains(body, "123456") != (about == casework.Received) || strings.Contains(body, "<no value>") || strings.Contains(body, "\n\n\n") {
			t.Errorf("%s: %q", about, body)
		}
	}
	l := receipt()
	l.About = "nothing"
	if _, err := m.letters.write(l); err == nil {
		t.Error("a letter about nothing")
	}
}

// FuzzLetter: whatever the words, a message has the headers that it is to have
// and one reader.
func FuzzLetter(f *testing.F) {
	f.Add("a@b.cn\r\nBcc: x@y.cn", "属于\r\nBcc: x@y.cn", "1\r\n\r\n2", "received")
	f.Add(reader, "\x00\xff", "260302000007", "rejected")
	f.Add("\"a\r\nb\"@c.cn", ".\r\n.", "=?utf-8?q?a?=", "suspended")
	m := mailer(f, "smtp://127.0.0.1:1")
	f.Fuzz(func(t *testing.T, to, reason, number, about string) {
		l := receipt()
		l.To, l.Reason, l.Instead, l.Number, l.About = to, reason, reason, number, casework.About(about)
		raw, err := m.letters.write(l)
		if err != nil {
			return
		}
		head, _, _ := strings.Cut(string(raw), "\r\n\r\n")
		var names []string
		for _, line := range strings.Split(head, "\r\n") {
			if strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t") {
				continue
			}
			name, _, _ := strings.Cut(line, ":")
			names = append(names, name)
		}
		if len(names) != 9 {
			t.Errorf("headers: %q", names)
		}
		h, _ := read(t, string(raw))
		if list, err := h.AddressList("To"); err != nil || len(list) != 1 || list[0].Address != to {
			t.Errorf("to %q: %v, %v", to, list, err)
		}
	})
}

// TestNotInClear: a password is not sent over a line that others read, and a
// server that has encrypted once, or whose certificate is wrong, gets nothing
// in clear.
func TestNotInClear(t *testing.T) {
	t.Parallel()
	certificate(t)
	far := open(t, office{})
	m := mailer(t, "smtp://huiyin:secret@mail.example:25")
	m.server.address = far.address // as if it were far away
	if err := m.Send(t.Context(), receipt()); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("over an open line: %v", err)
	}
	stripped := mailer(t, "smtp://"+far.address)
	stripped.server.offered.Store(true)
	wrong := open(t, office{startTLS: true})
	stranger := mailer(t, "smtp://"+wrong.address)
	stranger.server.tls = &tls.Config{MinVersion: tls.VersionTLS12} // does not know the authority
	for name, m := range map[string]*Mailer{"stripped": stripped, "stranger": stranger} {
		var refused *RefusedError
		if err := m.Send(t.Context(), receipt()); err == nil || errors.As(err, &refused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := len(far.letters()) + len(wrong.letters()); n > 0 {
		t.Errorf("%d letters in clear", n)
	}
}

// TestAnswers: which answers end it, and what is kept of them.
func TestAnswers(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		office  office
		to      string
		user    string
		refused bool
		code    int
	}{
		"no such mailbox":     {office{atRcpt: []error{says(550)}}, reader, "", true, 550},
		"not wanted":          {office{atData: []error{says(554)}}, reader, "", true, 554},
		"busy":                {office{atRcpt: []error{says(451)}}, reader, "", false, 451},
		"full":                {office{atData: []error{says(452)}}, reader, "", false, 452},
		"wrong password":      {office{}, reader, "huiyin:wrong@", false, 535},
		"unknown letters":     {office{}, "林@example.com", "", true, 553},
		"known letters":       {office{utf8: true}, "林@example.com", "", false, 0},
		"no address":          {office{}, "nobody", "", true, 553},
		"two lines":           {office{}, "a@b.cn>\r\nRCPT TO:<c@d.cn", "", true, 553},
		"two readers":         {office{}, "a@b.cn, c@d.cn", "", true, 553},
		"a name, not address": {office{}, "A <a@b.cn>", "", true, 553},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := open(t, tc.office)
			l := receipt()
			l.To = tc.to
			err := mailer(t, "smtp://"+tc.user+p.address).Send(t.Context(), l)
			var refused *RefusedError
			if errors.As(err, &refused) != tc.refused || codeOf(err) != tc.code || (err == nil) != (tc.code == 0) {
				t.Errorf("%v", err)
			}
			if err != nil && (strings.Contains(err.Error(), reader) || strings.Contains(err.Error(), "wrong@")) {
				t.Errorf("tells too much: %v", err)
			}
		})
	}
}

// TestSettings: wrong settings are found at the start, and not repeated.
func TestSettings(t *testing.T) {
	t.Parallel()
	good := Config{SMTP: "smtp://u:secret@mail.example", From: "a@b.cn", Site: "https://c.cn"}
	for name, tc := range map[string]struct {
		change func(*Config)
		want   string
	}{
		"good":         {func(*Config) {}, ""},
		"no scheme":    {func(c *Config) { c.SMTP = "u:secret@mail.example:25" }, "smtp"},
		"http":         {func(c *Config) { c.SMTP = "http://u:secret@mail.example" }, "smtp"},
		"bad port":     {func(c *Config) { c.SMTP = "smtp://u:secret@mail.example:x" }, "smtp"},
		"path":         {func(c *Config) { c.SMTP = "smtp://u:secret@mail.example/x" }, "smtp"},
		"no sender":    {func(c *Config) { c.From = "" }, "mail_from"},
		"two senders":  {func(c *Config) { c.From = "a@b.cn, c@d.cn" }, "mail_from"},
		"odd domain":   {func(c *Config) { c.From = "a@[1.2.3.4]" }, "mail_from"},
		"header":       {func(c *Config) { c.From = "a@b.cn\r\nBcc: c@d.cn" }, "mail_from"},
		"no site":      {func(c *Config) { c.Site = "" }, "site_url"},
		"script":       {func(c *Config) { c.Site = "javascript:alert(1)" }, "site_url"},
		"relative":     {func(c *Config) { c.Site = "/track" }, "site_url"},
		"site, logged": {func(c *Config) { c.Site = "https://u:secret@c.cn" }, "site_url"},
	} {
		c := good
		tc.change(&c)
		_, err := New(c)
		if tc.want == "" && err != nil || tc.want != "" && (!errs.Is(err, errs.Invalid) || errs.CodeOf(err) != tc.want) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
