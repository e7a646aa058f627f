package mail

import (
	"bytes"
	_ "embed" // the texts
	"fmt"
	"io"
	"net/mail"
	"net/url"
	"strings"
	"text/template"
	"time"

	message "github.com/emersion/go-message/mail"

	"huiyin/internal/casework"
	"huiyin/internal/errs"
	"huiyin/internal/text"
	"huiyin/internal/ticket"
)

// letters writes what the city sends.
type letters struct {
	from     *mail.Address
	site     string
	location *time.Location
	clock    func() time.Time
	texts    *template.Template
}

// source holds one text for each thing that a requester is told: the subject
// in the first line, the rest below.
//
//go:embed letters.txt
var source string

func newLetters(from *mail.Address, site string, location *time.Location, clock func() time.Time) (*letters, error) {
	texts, err := template.New("letters").Parse(source)
	if err != nil {
		return nil, fmt.Errorf("mail: texts: %w", err)
	}
	return &letters{from: from, site: site, location: location, clock: clock, texts: texts}, nil
}

// facts are what a text may say.
type facts struct {
	Sender, Number, Code, Link string
	At, Until, Reason, Instead string
	Days                       int
}

// write returns the whole message. Whatever the words, they make one line of
// subject and lines of text: no header.
func (w *letters) write(l casework.Letter) ([]byte, error) {
	to, err := mail.ParseAddress(l.To)
	if err != nil || to.Address != l.To {
		return nil, &RefusedError{Code: 553} // no address
	}
	subject, body, err := w.words(l)
	if err != nil {
		return nil, err
	}
	var h message.Header
	h.SetDate(w.clock())
	h.SetAddressList("From", []*message.Address{{Name: w.from.Name, Address: w.from.Address}})
	h.SetAddressList("To", []*message.Address{{Address: to.Address}})
	h.SetSubject(subject)
	h.SetMessageID(w.messageID(l.NoticeID))
	h.Set("Auto-Submitted", "auto-generated") // RFC 3834: out-of-office notes do not answer
	h.SetContentType("text/plain", map[string]string{"charset": "utf-8"})
	h.Set("Content-Transfer-Encoding", "base64")
	var out bytes.Buffer
	part, err := message.CreateSingleInlineWriter(&out, h)
	if err != nil {
		return nil, fmt.Errorf("mail: write: %w", err)
	}
	if _, err := io.WriteString(part, strings.ReplaceAll(body, "\n", "\r\n")); err != nil {
		return nil, fmt.Errorf("mail: write: %w", err)
	}
	if err := part.Close(); err != nil {
		return nil, fmt.Errorf("mail: write: %w", err)
	}
	return out.Bytes(), nil
}

// words returns the subject and the text.
func (w *letters) words(l casework.Letter) (subject, body string, err error) {
	named := w.texts.Lookup(string(l.About))
	if named == nil {
		return "", "", errs.Newf(errs.Internal, "letter", "没有“%s”的通知样式", l.About)
	}
	f := facts{
		Sender: w.sender(), Number: text.Line(l.Number), Code: l.Code, At: w.moment(l.At), Until: w.moment(l.Until),
		Reason: text.Line(l.Reason), Instead: text.Line(l.Instead), Days: l.Days,
		Link: w.site + "/track?number=" + url.QueryEscape(l.Number),
	}
	var out strings.Builder
	if err := named.Execute(&out, f); err != nil {
		return "", "", fmt.Errorf("mail: text: %w", err)
	}
	subject, body, _ = strings.Cut(strings.TrimSpace(out.String()), "\n")
	return text.Line(subject), body + "\n\n" + f.Sender + "\n本邮件由系统自动发送，请勿直接回复。\n", nil
}

func (w *letters) sender() string {
	if name := text.Line(w.from.Name); name != "" {
		return name
	}
	return "12345热线"
}

func (w *letters) moment(at ticket.Instant) string {
	if at == 0 {
		return ""
	}
	return at.Time().In(w.location).Format("2006年1月2日 15:04")
}

// messageID is the same at every attempt.
func (w *letters) messageID(n casework.NoticeID) string {
	return fmt.Sprintf("huiyin.%d.%d.%s@%s", n.Ticket, n.Seq, n.About, domainOf(w.from.Address))
}
