// Package bench measures the platform as it is used: whole loops through the
// use cases, and over HTTP. Its figures are printed, never asserted.
//
// What may not enter: anything the platform itself needs.
package bench

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"huiyin/internal/casework"
	"huiyin/internal/org"
	"huiyin/internal/requester"
	"huiyin/internal/ticket"
)

// cast is who acts: the city center's staff, and each unit's.
type cast struct {
	dir        *org.Directory
	agent      ticket.Actor
	dispatcher ticket.Actor
	reviewer   ticket.Actor
	caller     ticket.Actor
	handlers   map[ticket.UnitID]ticket.Actor
	approvers  map[ticket.UnitID]ticket.Actor
	leaves     []string // categories without children
	areas      []string
}

// everybody lists the cast, each once.
func (c *cast) everybody() []ticket.Actor {
	all := []ticket.Actor{c.agent, c.dispatcher, c.reviewer, c.caller}
	all = slices.AppendSeq(all, maps.Values(c.handlers))
	all = slices.AppendSeq(all, maps.Values(c.approvers))
	slices.SortFunc(all, func(a, b ticket.Actor) int { return cmp.Compare(a.Account, b.Account) })
	return slices.CompactFunc(all, func(a, b ticket.Actor) bool { return a.Account == b.Account })
}

func newCast(dir *org.Directory) (*cast, error) {
	c := &cast{dir: dir, handlers: map[ticket.UnitID]ticket.Actor{}, approvers: map[ticket.UnitID]ticket.Actor{}}
	for _, a := range dir.Accounts() {
		actor := a.Actor()
		if a.Unit != dir.CityCenter() {
			if actor.Holds(ticket.Handler) {
				c.handlers[a.Unit] = actor
			}
			if actor.Holds(ticket.Approver) {
				c.approvers[a.Unit] = actor
			}
			continue
		}
		for role, who := range map[ticket.Role]*ticket.Actor{
			ticket.Agent: &c.agent, ticket.Dispatcher: &c.dispatcher, ticket.Reviewer: &c.reviewer, ticket.FollowUpAgent: &c.caller,
		} {
			if actor.Holds(role) {
				*who = actor
			}
		}
	}
	parents := map[string]bool{}
	for _, cat := range dir.Categories() {
		parents[cat.Parent] = true
	}
	for _, cat := range dir.Categories() {
		if !parents[cat.Code] {
			c.leaves = append(c.leaves, cat.Code)
		}
	}
	for _, a := range dir.Areas() {
		c.areas = append(c.areas, a.Code)
	}
	if c.agent.Account == 0 || c.dispatcher.Account == 0 || c.caller.Account == 0 || len(c.leaves) == 0 || len(c.handlers) == 0 {
		return nil, fmt.Errorf("the city has no staff or no categories; fill it with: huiyin demo")
	}
	return c, nil
}

// lead returns the unit that the catalogue proposes, if it has staff.
func (c *cast) lead(category, area string) ticket.UnitID {
	if e, ok := c.dir.Propose(category, area, ""); ok && c.handlers[e.Lead].Account != 0 && c.approvers[e.Lead].Account != 0 {
		return e.Lead
	}
	for unit := range c.handlers {
		if c.approvers[unit].Account != 0 {
			return unit
		}
	}
	return 0
}

var (
	places  = []string{"东门", "南湖", "桥头", "新村", "文化路", "工业园", "码头", "山前", "河口", "学府", "广场北", "老街"}
	objects = []string{"路灯", "井盖", "垃圾桶", "公交站", "停车位", "水管", "燃气管", "电梯", "广告牌", "绿化带", "施工围挡", "红绿灯"}
	states  = []string{"损坏", "丢失", "漏水", "噪音很大", "长期无人管理", "存在安全隐患", "夜间不亮", "被占用", "异味严重", "反复出现"}
	wishes  = []string{"希望尽快派人处理", "请问由哪个部门负责", "建议增加设施", "已经多次反映", "请依法查处并答复", "想了解办理需要什么材料"}
)

// matter makes up a matter of about 120 characters.
func (c *cast) matter(r *rand.Rand) casework.Matter {
	pick := func(words []string) string { return words[r.IntN(len(words))] }
	place, object, state := pick(places), pick(objects), pick(states)
	return casework.Matter{
		Kind: ticket.Kinds[r.IntN(4)], Channel: ticket.Channels[r.IntN(9)], Category: pick(c.leaves), Area: pick(c.areas),
		Title: fmt.Sprintf("%s%d号附近%s%s", place, r.IntN(400)+1, object, state),
		Body: fmt.Sprintf("本人住在%s小区%d栋，%s附近的%s从上周起%s，白天和晚上都受影响，周边%s也%s，附近学校的孩子每天经过。%s，%s，谢谢。编号%d。",
			pick(places), r.IntN(60)+1, place, object, state, pick(objects), pick(states), pick(wishes), pick(wishes), r.IntN(1_000_000)),
		MayPublish: r.IntN(2) == 0,
		Person:     requester.Person{Kind: requester.Individual, Name: "王小" + pick([]string{"明", "红", "强", "丽"}), Phone: fmt.Sprintf("139%08d", r.IntN(100_000_000))},
	}
}

// step is one acknowledged act of the loop.
type step struct {
	name    string
	actor   ticket.Actor
	command ticket.Command
	after   time.Duration // since the submission, in a history
}

// loop returns what is done to a ticket after it was submitted: the mission's
// steps ② to ⑦, the reply drafted and signed off by two people.
func (c *cast) loop(m casework.Matter) []step {
	unit := c.lead(m.Category, m.Area)
	steps := []step{
		{"accept", c.agent, ticket.Accept{}, 10 * time.Minute},
		{"dispatch", c.dispatcher, ticket.Dispatch{Lead: unit}, 25 * time.Minute},
		{"sign", c.handlers[unit], ticket.Sign{}, 3 * time.Hour},
		{"draft", c.handlers[unit], ticket.Draft{Text: "您好，您反映的问题我单位已派人到现场核实并处理完毕，感谢您的监督。", Public: "已现场核实并处理完毕。", Solved: "solved"}, 26 * time.Hour},
		{"reply", c.approvers[unit], ticket.SignOff{}, 28 * time.Hour},
	}
	if m.Kind == ticket.Complaint && c.dir.ReplyMode(m.Kind, m.Category, unit) == org.ReviewFirst {
		steps = append(steps, step{"approve", c.reviewer, ticket.Approve{}, 30 * time.Hour})
	}
	return append(steps,
		step{"rate", ticket.TheRequester(), ticket.Rate{Result: ticket.Satisfied, Process: ticket.Satisfied}, 50 * time.Hour},
		step{"follow_up", c.caller, ticket.FollowUp{Reached: true, Contacted: true, Solved: true, Grade: ticket.Satisfied}, 74 * time.Hour},
	)
}
