package intake

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"huiyin/internal/casework"
	"huiyin/internal/org"
	"huiyin/internal/requester"
	"huiyin/internal/text"
	"huiyin/internal/ticket"
)

// Message is one row, understood.
type Message struct {
	Row      int
	ID       string // in the file; empty if it has none
	Identity string // of the row within its source; see Reader
	At       time.Time
	Matter   casework.Matter
	Reply    string
	ReplyAt  time.Time // zero: no reply
}

// Problem is why a row is refused.
type Problem struct {
	Row    int
	Column string // empty: the row as a whole
	Reason string
}

// Options say how rows are read.
type Options struct {
	Mapping  Mapping
	City     *org.Directory
	Now      time.Time // nothing in a file is later
	Source   string    // name of a list that grows; empty: the content of the file is its identity
	Replies  bool      // rows without a reply are refused: for a replay
	Fallback time.Time // when a row was submitted if no column says so; zero: Now
}

// Reader turns rows into messages. It remembers what it has read, to find
// rows that come twice.
type Reader struct {
	o      Options
	source string
	at     map[string]int // column of each field
	width  int
	seen   map[[16]byte]int // row by identity
}

// NewReader makes a Reader for a table; the error is Invalid when the mapping
// does not fit it.
func NewReader(t *Table, o Options) (*Reader, error) {
	if err := o.Mapping.check(t.Header); err != nil {
		return nil, err
	}
	r := &Reader{o: o, source: o.Source, at: make(map[string]int), width: len(t.Header), seen: make(map[[16]byte]int)}
	if r.source == "" {
		r.source = t.Sum
	}
	for _, f := range fields {
		r.at[f.name] = -1
		for i, name := range t.Header {
			if name == *f.to(&o.Mapping) {
				r.at[f.name] = i
			}
		}
	}
	return r, nil
}

// Lengths of texts in characters, as the core bounds them.
const (
	maxTitle = 200
	maxBody  = 20000
)

// Read understands a row. A row with problems is to be refused; it does not
// count as seen.
func (r *Reader) Read(row Row) (Message, []Problem) {
	c := &cells{Reader: r, row: row}
	m := Message{Row: row.No, ID: text.Line(c.raw("id"))}
	if filled(row.Cells[min(r.width, len(row.Cells)):]) > 0 {
		c.wrong("", "列数多于表头，可能是内容中的逗号没有加引号")
	}
	m.Matter.Body = c.text("body", maxBody)
	m.Matter.Title = c.title(m.Matter.Body)
	m.At = c.time("time")
	if r.at["time"] < 0 {
		m.At = r.o.Now
		if !r.o.Fallback.IsZero() {
			m.At = r.o.Fallback
		}
	}
	c.reply(&m)
	c.facts(&m.Matter)
	m.Matter.Person = c.person()
	r.identify(c, &m)
	return m, c.problems
}

// identify gives the row its identity, and finds it when it comes twice: by
// its id, or, whatever its id, by who said what when.
func (r *Reader) identify(c *cells, m *Message) {
	content := digest("content", c.raw("person"), c.raw("phone"), m.Matter.Title, m.At.String(), m.Matter.Body)
	key := content
	if m.ID != "" {
		key = digest("id", m.ID)
	}
	m.Identity = hex.EncodeToString(key[:])
	if len(c.problems) > 0 {
		return
	}
	who := c.raw("person") + c.raw("phone")
	said := digest("said", who, m.Matter.Title, m.At.String())
	if first, ok := r.seen[key]; ok {
		c.wrong(r.column("id"), fmt.Sprintf("与第 %d 行重复", first))
		return
	}
	// A replay takes what a board answered twice as two matters.
	if first, ok := r.seen[said]; ok && who != "" && r.at["time"] >= 0 && !r.o.Replies {
		c.wrong("", fmt.Sprintf("与第 %d 行的诉求人、标题和时间都相同", first))
		return
	}
	r.seen[key], r.seen[said] = m.Row, m.Row
}

// Key is the idempotency key of a message: the same row of the same source
// has the same one in every run.
func (r *Reader) Key(m Message) string {
	sum := digest(r.source, m.Identity)
	return "import:" + hex.EncodeToString(sum[:])
}

func digest(parts ...string) (sum [16]byte) {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	copy(sum[:], h.Sum(nil))
	return sum
}

func (r *Reader) column(name string) string {
	for _, f := range fields {
		if f.name == name {
			return *f.to(&r.o.Mapping)
		}
	}
	return ""
}

// cells reads one row, and collects what is wrong with it.
type cells struct {
	*Reader
	row      Row
	problems []Problem
}

func (c *cells) wrong(column, reason string) {
	c.problems = append(c.problems, Problem{Row: c.row.No, Column: column, Reason: reason})
}

// raw is a cell as it stands in the file; empty when there is none.
func (c *cells) raw(name string) string {
	i := c.at[name]
	if i < 0 || i >= len(c.row.Cells) {
		return ""
	}
	return c.row.Cells[i]
}

// text reads a cell that has to be text of a length.
func (c *cells) text(name string, limit int) string {
	raw := c.raw(name)
	clean := text.Clean(raw)
	switch {
	case strings.ContainsRune(raw, 0) || strings.ContainsRune(raw, utf8.RuneError):
		c.wrong(c.column(name), "含有无法识别的字符")
	case utf8.RuneCountInString(clean) > limit:
		c.wrong(c.column(name), fmt.Sprintf("超过 %d 个字", limit))
	case clean == "" && c.at[name] >= 0:
		c.wrong(c.column(name), "是空的")
	}
	return clean
}

// titleOf is how many characters of the body stand in for a title.
const titleOf = 30

func (c *cells) title(body string) string {
	if c.at["title"] < 0 {
		return text.Truncate(text.Line(body), titleOf)
	}
	return text.Line(c.text("title", maxTitle))
}

// time reads a cell that has to be a time that is not to come.
func (c *cells) time(name string) time.Time {
	if c.at[name] < 0 {
		return time.Time{}
	}
	raw := text.Line(c.raw(name))
	if raw == "" {
		c.wrong(c.column(name), "是空的")
		return time.Time{}
	}
	t, err := ParseTime(raw, c.o.City.Calendar().Location())
	switch {
	case err != nil:
		c.wrong(c.column(name), "时间无法识别：“"+text.Truncate(raw, 30)+"”")
	case t.After(c.o.Now):
		c.wrong(c.column(name), "时间晚于现在："+t.Format(time.DateTime))
	}
	return t
}

func (c *cells) reply(m *Message) {
	if !c.o.Replies {
		return
	}
	m.Reply = c.text("reply", maxBody)
	m.ReplyAt = c.time("reply_time")
	switch {
	case c.at["reply"] < 0 || c.at["reply_time"] < 0:
		c.wrong("", "没有答复或答复时间的列，不能重放")
	case !m.ReplyAt.IsZero() && !m.ReplyAt.After(m.At):
		c.wrong(c.column("reply_time"), "答复时间不晚于留言时间")
	}
}

// facts reads what the file says the matter is about; what it does not say is
// told from the words or left to the center.
func (c *cells) facts(m *casework.Matter) {
	m.Channel = ticket.Website
	if s := text.Line(c.raw("channel")); s != "" {
		channel, ok := channelOf(s)
		if !ok {
			c.wrong(c.column("channel"), "没有“"+text.Truncate(s, 20)+"”这个渠道")
		}
		m.Channel = channel
	}
	m.Kind = KindOf(m.Title, m.Body)
	if s := text.Line(c.raw("kind")); s != "" {
		kind, ok := kindOf(s)
		if !ok {
			c.wrong(c.column("kind"), "没有“"+text.Truncate(s, 20)+"”这个诉求类型")
		}
		m.Kind = kind
	}
	if s := text.Line(c.raw("category")); s != "" {
		if m.Category = categoryOf(c.o.City, s); m.Category == "" {
			c.wrong(c.column("category"), "没有“"+text.Truncate(s, 20)+"”这个事项分类")
		}
	}
	if s := text.Line(c.raw("area")); s != "" {
		if m.Area = areaOf(c.o.City, s); m.Area == "" {
			c.wrong(c.column("area"), "没有“"+text.Truncate(s, 20)+"”这个区域")
		}
	}
}

// person reads who it was. Without a way to reach them they are anonymous to
// the house, whatever they called themselves.
func (c *cells) person() requester.Person {
	p := requester.Person{Kind: requester.Individual, Name: text.Line(c.raw("person")), Phone: text.Line(c.raw("phone"))}
	if p.Phone == "" {
		return requester.Person{Kind: requester.Anonymous}
	}
	if p.Name == "" {
		p.Name = "未留姓名"
	}
	if err := p.Validate(); err != nil {
		c.wrong(c.column("phone"), messageOf(err))
	}
	return p
}
