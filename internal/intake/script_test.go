package intake

import (
	"context"
	"fmt"
	"os"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"huiyin/internal/casework"
	"huiyin/internal/errs"
	"huiyin/internal/org"
	"huiyin/internal/requester"
	"huiyin/internal/ticket"
)

var now = time.Date(2026, 3, 18, 15, 20, 0, 0, time.FixedZone("Asia/Shanghai", 8*3600))

func planner(t testing.TB, dir *org.Directory) *Planner {
	t.Helper()
	p, err := NewPlanner(dir, 1, now)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// core plays a script through the pure core alone. It returns the ticket and
// the state after each act.
func core(dir *org.Directory, script Script, now time.Time) (ticket.Ticket, []ticket.State, error) {
	m := script.Matter
	t, _, err := ticket.Submit(ticket.Submission{
		ID: 1, Number: "1", Center: dir.CityCenter(), Kind: m.Kind, Channel: m.Channel, Category: m.Category, Area: m.Area,
		Title: m.Title, Body: m.Body, Confidential: m.Confidential, MayPublish: m.MayPublish,
	}, env(dir, script.Submitter, script.At))
	if err != nil {
		return t, nil, err
	}
	s := &stand{replay: &replay{ReplayConfig: ReplayConfig{City: dir, Now: now}, days: days{dir.Calendar()}}, clock: script.At, t: t}
	states := []ticket.State{t.State()}
	s.do = func(_ context.Context, actor ticket.Actor, _ int64, cmd ticket.Command, _ casework.Options) (ticket.Ticket, error) {
		after, records, err := ticket.Decide(s.t, cmd, env(dir, actor, s.clock))
		if err == nil && len(records) > 0 {
			states = append(states, after.State())
		}
		return after, err
	}
	_, err = s.perform(context.Background(), "", script.Acts)
	return s.t, states, err
}

func sample(id string, at, replied time.Time) Case {
	return Case{
		ID: id, Key: "replay:" + id, At: at, ReplyAt: replied, Reply: "已现场核实并督促整改。",
		Matter: casework.Matter{
			Kind: ticket.Complaint, Channel: ticket.Website, Title: "B2区某路夜间噪音", Body: "每天夜里都有机器的声音。",
			Person: requester.Person{Kind: requester.Anonymous},
		},
	}
}

func drawCase(t *rapid.T) Case {
	at := time.Date(2012, 1, 1, 0, 0, 0, 0, now.Location()).Add(time.Duration(rapid.Int64Range(0, 14*365*24*3600).Draw(t, "at")) * time.Second)
	delay := rapid.OneOf(rapid.Int64Range(60, 3*86400), rapid.Int64Range(86400, 90*86400), rapid.Int64Range(1, 1200*86400)).Draw(t, "delay")
	c := sample(fmt.Sprint(rapid.IntRange(1, 1e6).Draw(t, "id")), at, at.Add(time.Duration(delay)*time.Second))
	c.Matter.Kind = rapid.SampledFrom(ticket.Kinds[:4]).Draw(t, "kind")
	c.Matter.Channel = rapid.SampledFrom(ticket.Channels).Draw(t, "channel")
	c.Matter.Title = rapid.SampledFrom([]string{"B2区噪音", "A1市公交太少", "物业不管事", "甲区路灯坏了", "无题"}).Draw(t, "title")
	if c.ReplyAt.After(now) {
		c.ReplyAt = now.Add(-time.Minute)
	}
	if !c.ReplyAt.After(c.At) {
		c.At = c.ReplyAt.Add(-time.Hour)
	}
	return c
}

// What holds for every history: times rise, nothing happens before the
// message or after now, people act when they are at work, the reply reaches
// the requester at its real time, and the core accepts every act.
func TestScriptHolds(t *testing.T) {
	t.Parallel()
	dir := city(t)
	p := planner(t, dir)
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t)
		script, err := p.Script(c)
		if err != nil {
			t.Fatal(err)
		}
		checkScript(t, p, c, script)
		end, _, err := core(dir, script, now)
		if err != nil {
			t.Fatalf("case %+v: %v", c, err)
		}
		if first := firstReply(script, end); first != ticket.At(c.ReplyAt) {
			t.Fatalf("reply at %v, want %v", first.Time(), c.ReplyAt)
		}
		if end.State().Open() && now.Sub(c.ReplyAt) > 60*24*time.Hour {
			t.Fatalf("ticket is still %s", end.State())
		}
	})
}

// firstReply is when the requester was first answered: the latest reply
// unless there was a redo.
func firstReply(s Script, end ticket.Ticket) ticket.Instant {
	if end.Round == 0 {
		return end.RepliedAt
	}
	for i, a := range s.Acts {
		if _, ok := a.Command.(ticket.FollowUp); ok {
			for j := i; j >= 0; j-- {
				switch s.Acts[j].Command.(type) {
				case ticket.SignOff, ticket.Approve:
					return ticket.At(s.Acts[j].At)
				}
			}
		}
	}
	return 0
}

type failer interface {
	Helper()
	Fatalf(string, ...any)
}

func checkScript(t failer, p *Planner, c Case, s Script) {
	t.Helper()
	last := s.At
	for _, a := range s.Acts {
		if a.At.Before(last) || a.At.After(now) {
			t.Fatalf("%s at %s after %s", a.Command.Name(), a.At, last)
		}
		last = a.At
		if !atWork(p, c, a) {
			t.Fatalf("%s at %s: nobody is at work", a.Command.Name(), a.At)
		}
	}
	if c.Stage == "" && last.Before(c.ReplyAt) && !c.ReplyAt.IsZero() {
		t.Fatalf("history ends at %s, before the reply at %s", last, c.ReplyAt)
	}
}

func atWork(p *Planner, c Case, a Act) bool {
	if a.At.Equal(c.ReplyAt) || a.Actor.Holds(ticket.Requester) {
		return true
	}
	// Inside a window, or at its very end.
	return p.cal.WorkingTime(a.At.Add(-2*time.Second), a.At.Add(2*time.Second)) > 0
}

func TestScriptIsReproducible(t *testing.T) {
	t.Parallel()
	dir := city(t)
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t)
		a, _ := NewPlanner(dir, 7, now)
		b, _ := NewPlanner(dir, 7, now)
		first, _ := a.Script(c)
		again, _ := b.Script(c)
		if !reflect.DeepEqual(first, again) {
			t.Fatal(cmp.Diff(first, again))
		}
	})
}

// Over many cases every side road is taken, and every outcome met.
func TestScriptTakesEveryRoad(t *testing.T) {
	t.Parallel()
	dir := city(t)
	p := planner(t, dir)
	met := map[ticket.Name]int{}
	joint, twoLevels, confidential := 0, 0, 0
	for i := range 3000 {
		at := time.Date(2015, 1, 5, 9, 0, 0, 0, now.Location()).Add(time.Duration(i) * 7 * time.Hour)
		c := sample(fmt.Sprint(i), at, at.Add(time.Duration(12+i%900)*time.Hour))
		c.Matter.Title = []string{"B2区噪音", "公交太少", "物业不管事"}[i%3]
		script, err := p.Script(c)
		if err != nil {
			t.Fatal(err)
		}
		if script.Matter.Confidential {
			confidential++
		}
		for _, a := range script.Acts {
			met[a.Command.Name()]++
			switch cmd := a.Command.(type) {
			case ticket.Dispatch:
				joint += len(cmd.CoHandlers)
			case ticket.Delegate:
				twoLevels++
			}
		}
	}
	for _, name := range []ticket.Name{
		"accept", "dispatch", "sign", "contact", "delegate", "request_return", "decide_return", "request_extension",
		"decide_extension", "urge", "supervise", "answer_order", "draft", "sign_off", "approve", "rate", "follow_up", "publish",
	} {
		if met[name] == 0 {
			t.Errorf("no case has a %s", name)
		}
	}
	if joint == 0 || twoLevels == 0 || confidential == 0 {
		t.Errorf("joint %d, two levels %d, confidential %d", joint, twoLevels, confidential)
	}
}

// Each stage of the demo leads to the state it is named for, at any hour.
func TestStages(t *testing.T) {
	t.Parallel()
	dir := city(t)
	want := map[Stage]ticket.State{
		StageAccept: ticket.Submitted, StageInfo: ticket.AwaitingInfo, StageDispatch: ticket.ToDispatch, StageSign: ticket.ToSign,
		StageHandling: ticket.Handling, StageReturned: ticket.Handling, StageConsult: ticket.Consulting, StageSuspended: ticket.Suspended,
		StageLate: ticket.Handling, StageReview: ticket.InReview, StageRate: ticket.Replied, StageFollowUp: ticket.ToFollowUp,
	}
	for _, at := range []time.Time{now, now.Add(11 * time.Hour), now.AddDate(0, 0, 3), time.Date(2026, 2, 20, 3, 0, 0, 0, now.Location())} {
		p, err := NewPlanner(dir, 1, at)
		if err != nil {
			t.Fatal(err)
		}
		for s, state := range want {
			for i := range 20 {
				c := sample(fmt.Sprint(s, i), at.AddDate(0, 0, -3), time.Time{})
				c.Stage = s
				script, err := p.Script(c)
				if err != nil {
					t.Fatal(err)
				}
				end, _, err := core(dir, script, at)
				if err != nil {
					t.Fatalf("%s: %v", s, err)
				}
				if end.State() != state {
					t.Fatalf("%s at %s leads to %s, want %s", s, at, end.State(), state)
				}
				if s == StageReturned && end.Lead().State != ticket.AReturnRequested {
					t.Fatalf("%s: lead is %s", s, end.Lead().State)
				}
			}
		}
	}
}

// A message without a reply goes as far as a unit.
func TestScriptWithoutAReply(t *testing.T) {
	t.Parallel()
	dir := city(t)
	c := sample("1", now.AddDate(0, 0, -5), time.Time{})
	c.Reply = ""
	script, err := planner(t, dir).Script(c)
	if err != nil {
		t.Fatal(err)
	}
	end, _, err := core(dir, script, now)
	if err != nil || end.State() != ticket.Handling {
		t.Fatalf("%s, %v", end.State(), err)
	}
}

func TestScriptRefusesAReplyBeforeTheMessage(t *testing.T) {
	t.Parallel()
	p := planner(t, city(t))
	_, err := p.Script(sample("1", now.Add(-time.Hour), now.Add(-2*time.Hour)))
	if !errs.Is(err, errs.Invalid) {
		t.Fatalf("got %v", err)
	}
}

// realCases reads the real messages; the test is skipped where they are not.
func realCases(t *testing.T, dir *org.Directory) []Case {
	t.Helper()
	folder, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	path, ok := RealMessages(folder)
	if !ok {
		t.Skip("the real messages are not beside the repository")
	}
	table, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	cases, problems, err := Cases(t.Context(), table, Options{Mapping: Guess(table.Header), City: dir, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	if len(cases)+len(problems) != 2816 || len(problems) > 0 {
		t.Errorf("%d cases, problems %v", len(cases), problems)
	}
	return cases
}

func TestRealMessagesThroughTheCore(t *testing.T) {
	t.Parallel()
	dir := city(t)
	p := planner(t, dir)
	states := map[ticket.State]int{}
	late := 0
	for _, c := range realCases(t, dir) {
		script, err := p.Script(c)
		if err != nil {
			t.Fatal(err)
		}
		checkScript(t, p, c, script)
		end, _, err := core(dir, script, now)
		if err != nil {
			t.Fatalf("%s: %v", c.ID, err)
		}
		states[end.State()]++
		for i := range end.Clocks {
			if k := &end.Clocks[i]; k.Step == ticket.StepHandle && k.Breached {
				late++
				break
			}
		}
	}
	t.Logf("states %v, late %d", states, late)
}
