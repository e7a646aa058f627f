package intake

import (
	"time"

	"huiyin/internal/casework"
	"huiyin/internal/errs"
	"huiyin/internal/org"
	"huiyin/internal/ticket"
)

// Act is one thing that somebody does to a ticket.
type Act struct {
	At      time.Time
	Actor   ticket.Actor
	Command ticket.Command
}

// Script is the history of a case: the submission and what follows. What the
// platform does by itself (warnings, breaches, windows that end) is not in it.
type Script struct {
	At        time.Time
	Submitter ticket.Actor
	Matter    casework.Matter
	Acts      []Act
}

// Least working minutes between message and reply for a case to have gone
// through a unit; what was faster was answered by the agent. For a side road
// before the reply more are needed.
const (
	minutesForUnit = 40
	minutesForRoad = 2 * 420
)

// Script writes the history of a case up to the Planner's now. It is a pure
// function of the case, the city's data, the seed and now.
func (p *Planner) Script(c Case) (Script, error) {
	b := p.begin(c)
	switch {
	case c.Stage != "":
		b.open(c.Stage)
	case c.Reply == "" || c.ReplyAt.IsZero():
		b.unanswered()
	case !c.ReplyAt.After(c.At):
		return Script{}, errs.InvalidField("reply_time", "答复时间不晚于留言时间")
	case p.minutes(c.At, c.ReplyAt) < minutesForUnit:
		b.direct()
	default:
		b.throughUnit()
	}
	b.trim()
	return b.script, nil
}

// road is one case's history being written.
type road struct {
	*Planner
	*die
	Case
	script Script
	at     time.Time // of the latest act
	facts  ticket.Facts
	lead   ticket.UnitID
	entry  org.Entry
	above  ticket.UnitID // the county's center that hands it down; zero: none
	co     ticket.UnitID // that handles jointly; zero: none
	handed time.Time     // latest dispatch
	due    time.Time     // of the handling clock, as it stands
	review bool
	round  int
}

func (p *Planner) begin(c Case) *road {
	d := dice(p.seed, c.ID)
	b := &road{Planner: p, die: d, Case: c}
	m := c.Matter
	if m.Area == "" {
		m.Area = p.area(m.Title, m.Body)
	}
	b.facts = ticket.Facts{Kind: m.Kind, Category: orElse(m.Category, p.category(m.Title, m.Body)), Area: m.Area, Urgency: ticket.Normal}
	m.Confidential = m.Confidential || d.chance(2)
	m.MayPublish = d.chance(60) && !m.Confidential
	if c.Stage != "" {
		b.Case.At = p.earlier(p.now, b.age(c.Stage)).Add(time.Duration(d.IntN(50)) * time.Second)
	}
	b.script = Script{At: b.Case.At, Submitter: ticket.TheRequester(), Matter: m}
	switch m.Channel {
	case ticket.Phone, ticket.Window, ticket.Fax, ticket.SMS, ticket.Leader, ticket.Police, ticket.Province:
		b.script.Submitter = p.someone(d, p.center, ticket.Agent)
	}
	b.at = b.Case.At
	b.lead, b.entry = p.lead(d, b.facts.Category, m.Area, b.at)
	b.levels()
	b.review = p.dir.ReplyMode(b.facts.Kind, b.facts.Category, b.answers()) == org.ReviewFirst
	return b
}

// levels chooses between one level and two, and whether a co-handler of the
// catalogue joins in.
func (b *road) levels() {
	if b.Stage.straight() {
		return
	}
	if above := b.Planner.above(b.lead); above != 0 {
		if b.chance(60) {
			b.above = above
		}
		return
	}
	for _, co := range b.entry.CoHandlers {
		if co != b.lead && co != b.center && b.handles(co) && b.Stage == "" && b.chance(30) {
			b.co = co
			return
		}
	}
}

// answers is the unit that the center dispatches to and that answers.
func (b *road) answers() ticket.UnitID {
	if b.above != 0 {
		return b.above
	}
	return b.lead
}

// do adds an act so many working minutes after the latest.
func (b *road) do(minutes int, who ticket.Actor, cmd ticket.Command) {
	b.doAt(b.later(b.at, minutes), who, cmd)
}

// doAt adds an act at an instant, never before the latest.
func (b *road) doAt(at time.Time, who ticket.Actor, cmd ticket.Command) {
	if at.Before(b.at) {
		at = b.at
	}
	b.at = at
	b.script.Acts = append(b.script.Acts, Act{At: at, Actor: who, Command: cmd})
}

func (b *road) ours(role ticket.Role) ticket.Actor { return b.someone(b.die, b.center, role) }

func (b *road) of(unit ticket.UnitID, role ticket.Role) ticket.Actor {
	return b.someone(b.die, unit, role)
}

// trim drops what has not happened yet.
func (b *road) trim() {
	for i, a := range b.script.Acts {
		if a.At.After(b.now) {
			b.script.Acts = b.script.Acts[:i]
			return
		}
	}
}

// pace shortens the steps before the reply so that they fit into seven tenths
// of the time there was.
type pace struct{ have, want int }

func (s pace) of(minutes int) int {
	if s.want*10 <= s.have*7 {
		return minutes
	}
	return max(1, minutes*s.have*7/(s.want*10))
}

// Most minutes that the steps of the roads take, for the pace.
const (
	wantPlain = 115 + 30 + 40 + 300 + 330
	wantHop   = 60 + 300 + 300 + 30
	wantJoint = 200 + 400 + 100
	wantReply = 2*(200+60) + 2*60
)

// direct: the agent knew the answer and gave it at the real time.
func (b *road) direct() {
	b.doAt(b.ReplyAt, b.ours(ticket.Agent), ticket.Answer{Facts: b.facts, Text: b.Reply})
	b.afterReply()
}

// unanswered: what has no reply is accepted and waits for a unit.
func (b *road) unanswered() {
	b.accept(pace{have: 1, want: 0})
	b.dispatch(pace{have: 1, want: 0})
	b.sign(pace{have: 1, want: 0})
}

// throughUnit is the main road, with its side roads.
func (b *road) throughUnit() {
	have := b.minutes(b.Case.At, b.ReplyAt)
	hop := have >= minutesForRoad && b.chance(6)
	p := pace{have: have, want: wantPlain}
	if hop {
		p.want += wantHop
	}
	if b.co != 0 {
		p.want += wantJoint
	}
	b.accept(p)
	if hop {
		b.returned(p)
	}
	b.dispatch(p)
	b.sign(p)
	b.contact(p)
	b.joint(p)
	b.meanwhile()
	b.answer()
	b.afterReply()
}

func (b *road) accept(p pace) {
	minutes := b.between(3, 50)
	if b.chance(4) {
		minutes = b.between(50, 55) + 60 // late: the limit is one working hour
	}
	role := of(b.die, ticket.Agent, ticket.Dispatcher)
	b.do(p.of(minutes), b.ours(role), ticket.Accept{Facts: b.facts})
}

func (b *road) dispatch(p pace) {
	cmd := ticket.Dispatch{Lead: b.answers(), Entry: b.entry.ID, Note: "请依职责办理，按时回复诉求人。"}
	if b.co != 0 {
		cmd.CoHandlers = []ticket.UnitID{b.co}
	}
	b.do(p.of(b.between(2, 26)), b.ours(ticket.Dispatcher), cmd)
	b.clock()
}

// clock notes when the answering unit is due.
func (b *road) clock() {
	b.handed = b.at
	b.due, _ = b.Planner.due(b.at, ticket.StepHandle, org.Facts{
		Kind: b.facts.Kind, Category: b.facts.Category, Urgency: b.facts.Urgency, Channel: b.Matter.Channel, Unit: b.answers(),
	})
}

// sign: with two levels the county's center hands the matter down first.
func (b *road) sign(p pace) {
	if b.above != 0 {
		b.do(p.of(b.between(5, 40)), b.of(b.above, ticket.Handler), ticket.Delegate{Lead: b.lead, Note: "请办理并按时报送办理结果。"})
	}
	b.do(p.of(b.between(15, 300)), b.of(b.lead, ticket.Handler), ticket.Sign{})
}

func (b *road) contact(p pace) {
	way := of(b.die, "phone", "phone", "phone", "visit", "message")
	b.do(p.of(b.between(20, 330)), b.of(b.lead, ticket.Handler), ticket.Contact{Way: way, Reached: true, Note: "已与诉求人联系，核对反映的情况。"})
}

// joint: the co-handler gives its part before the lead can answer.
func (b *road) joint(p pace) {
	if b.co == 0 {
		return
	}
	b.do(p.of(b.between(10, 200)), b.of(b.co, ticket.Handler), ticket.Sign{})
	b.do(p.of(b.between(30, 400)), b.of(b.co, ticket.Handler), ticket.Draft{Text: "本单位负责的部分已核实，情况已送主办单位。", Solved: "solved"})
	b.do(p.of(b.between(10, 100)), b.of(b.co, ticket.Approver), ticket.SignOff{})
}

// answer: the real reply reaches the requester at its real time; what leads
// to it is spread over the time before.
func (b *road) answer() {
	b.script.Acts = append(b.script.Acts, b.lastSteps(b.lead, b.above, b.Reply)...)
	b.at = b.ReplyAt
}

// lastSteps are draft, sign-off and review between the latest act and the
// reply; the last of them happens at the reply's time.
func (b *road) lastSteps(unit, above ticket.UnitID, reply string) []Act {
	solved := of(b.die, "solved", "solved", "solved", "partly", "unsolved")
	steps := []Act{
		{Actor: b.of(unit, ticket.Handler), Command: ticket.Draft{Text: reply, Solved: solved}},
		{Actor: b.of(unit, ticket.Approver), Command: ticket.SignOff{}},
	}
	if above != 0 {
		steps = append(steps,
			Act{Actor: b.of(above, ticket.Handler), Command: ticket.Draft{Text: reply, Solved: solved}},
			Act{Actor: b.of(above, ticket.Approver), Command: ticket.SignOff{}})
	}
	if b.review || b.round > 0 {
		steps = append(steps, Act{Actor: b.ours(ticket.Reviewer), Command: ticket.Approve{}})
	}
	// The steps before the last stand evenly in the second half of what is left,
	// in its last two days when that is much.
	left := b.minutes(b.at, b.ReplyAt)
	from, to := max(left/2, left-b.between(300, 900)), left-max(1, min(left/20, 30))
	last := len(steps) - 1
	for i := range steps[:last] {
		steps[i].At = b.later(b.at, max(from+(to-from)*i/max(last, 1), i+1))
		if steps[i].At.After(b.ReplyAt) {
			steps[i].At = b.ReplyAt
		}
	}
	steps[last].At = b.ReplyAt
	return steps
}
