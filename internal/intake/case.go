package intake

import (
	"cmp"
	"context"
	"os"
	"path/filepath"
	"slices"
	"time"

	"huiyin/internal/casework"
	"huiyin/internal/demo"
	"huiyin/internal/org"
	"huiyin/internal/requester"
	"huiyin/internal/text"
)

// Case is a message whose history is to be replayed.
type Case struct {
	ID      string // seeds every choice
	Key     string // idempotency key of the submission
	Row     int
	At      time.Time
	Matter  casework.Matter
	Reply   string
	ReplyAt time.Time
	Stage   Stage // where it stands now; empty: wherever its dates bring it
}

// Cases reads the messages of a table that have a reply, in the order of
// their submission, and the rows that cannot be replayed.
func Cases(ctx context.Context, t *Table, o Options) ([]Case, []Problem, error) {
	o.Replies = true
	r, err := NewReader(t, o)
	if err != nil {
		return nil, nil, err
	}
	var cases []Case
	var refused []Problem
	err = each(ctx, t, func(row Row) error {
		m, problems := r.Read(row)
		if len(problems) > 0 {
			refused = append(refused, problems...)
			return nil
		}
		id := m.ID
		if id == "" {
			id = m.Identity
		}
		cases = append(cases, Case{ID: id, Key: "replay" + r.Key(m)[len("import"):], Row: m.Row, At: m.At, Matter: m.Matter, Reply: m.Reply, ReplyAt: m.ReplyAt})
		return nil
	})
	sortCases(cases)
	return cases, refused, err
}

func sortCases(cases []Case) {
	slices.SortStableFunc(cases, func(a, b Case) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
}

// RealMessages finds the file of real messages with replies that lies beside
// the repository, seen from a folder in it; false where there is none.
func RealMessages(folder string) (path string, ok bool) {
	for range 8 { // as deep as a package lies
		path = filepath.Join(folder, "..", "shared", "data", "petitions", "messages_with_replies.csv")
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path, true
		}
		up := filepath.Dir(folder)
		if up == folder {
			break
		}
		folder = up
	}
	return "", false
}

// DemoCases sets the demo's own messages around now: most went through the
// whole loop, each so many days ago as it says, and the newest of them stand
// at every stage of the loop.
func DemoCases(messages []demo.Message, dir *org.Directory, now time.Time) []Case {
	cases := make([]Case, len(messages))
	for i := range messages {
		cases[i] = demoCase(&messages[i], dir, now)
		cases[i].Row = i + 2 // below the header
	}
	sortCases(cases)
	stage(cases)
	return cases
}

func demoCase(m *demo.Message, dir *org.Directory, now time.Time) Case {
	c := Case{ID: m.ID, Key: "replay:demo:" + m.ID, Reply: text.Clean(m.Reply)}
	c.At = daytime(now.AddDate(0, 0, -m.DaysAgo), dice(0, m.ID), dir)
	if !c.At.Before(now) {
		c.At = now.Add(-time.Hour)
	}
	if c.Reply != "" {
		c.ReplyAt = c.At.Add(time.Duration(max(m.ReplyHours, 1)) * time.Hour)
	}
	c.Matter = casework.Matter{
		Kind: m.Kind, Channel: m.Channel, Category: m.Category, Area: m.Area,
		Title: text.Line(m.Subject), Body: text.Clean(m.Detail), Person: requester.Person{Kind: requester.Anonymous},
	}
	if m.Phone != "" {
		c.Matter.Person = requester.Person{Kind: requester.Individual, Name: orElse(m.Name, "未留姓名"), Phone: m.Phone}
	}
	return c
}

// daytime moves an instant to a waking hour of its day.
func daytime(t time.Time, d *die, dir *org.Directory) time.Time {
	t = t.In(dir.Calendar().Location())
	return time.Date(t.Year(), t.Month(), t.Day(), d.between(7, 21), d.between(0, 59), d.between(0, 59), 0, t.Location())
}

// Stage is where an open demo case stands.
type Stage string

// The stages at which the demo shows cases.
const (
	StageAccept    Stage = "to_accept"
	StageInfo      Stage = "awaiting_info"
	StageDispatch  Stage = "to_dispatch"
	StageSign      Stage = "to_sign"
	StageHandling  Stage = "handling"
	StageReturned  Stage = "returned" // a return was asked for
	StageConsult   Stage = "consulting"
	StageSuspended Stage = "suspended"
	StageLate      Stage = "late"
	StageReview    Stage = "in_review"
	StageRate      Stage = "to_rate"
	StageFollowUp  Stage = "to_follow_up"
)

// Stages lists them in the order in which they are handed out.
var Stages = []Stage{
	StageHandling, StageAccept, StageSign, StageDispatch, StageRate, StageReview, StageFollowUp, StageLate,
	StageReturned, StageConsult, StageSuspended, StageInfo,
}

// openShare is one in how many demo cases is kept open.
const openShare = 3

// stage keeps the newest third of the cases open, every stage in turn. The
// time of submission of such a case follows from its stage; see open.go.
func stage(cases []Case) {
	n := min(len(cases), max(len(cases)/openShare, len(Stages)))
	for i := range n {
		c := &cases[len(cases)-1-i]
		c.Stage = Stages[i%len(Stages)]
		if c.Stage == StageRate || c.Stage == StageFollowUp {
			c.Reply = orElse(c.Reply, "您反映的事项已经办理完毕，办理情况已向您当面说明。如有疑问，欢迎再次联系我们。")
		}
		c.ReplyAt = time.Time{}
	}
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
