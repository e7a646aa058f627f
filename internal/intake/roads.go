package intake

import (
	"slices"
	"time"

	"huiyin/internal/org"
	"huiyin/internal/ticket"
)

// returned: the matter goes to a unit that is not answerable for it, comes
// back, and is dispatched anew by the caller.
func (b *road) returned(p pace) {
	wrong := b.wrongUnit()
	code := b.code(org.ReturnReasons, "not_our_duty")
	if wrong == 0 || code == "" {
		return
	}
	b.do(p.of(b.between(2, 26)), b.ours(ticket.Dispatcher), ticket.Dispatch{Lead: wrong, Note: "请核实办理。"})
	b.askReturn(p, wrong, code)
	b.do(p.of(b.between(20, 300)), b.ours(ticket.Dispatcher), ticket.DecideReturn{Verdict: ticket.Verdict{Approve: true, Note: "同意退单，改派职责单位。"}})
}

func (b *road) askReturn(p pace, unit ticket.UnitID, code string) {
	b.do(p.of(b.between(20, 300)), b.of(unit, ticket.Approver), ticket.RequestReturn{
		Code: code, Reason: "经核实，反映的事项不属于本单位职责。", Basis: "本单位职能配置规定", Suggested: b.answers(),
	})
}

// wrongUnit is one of the city's units that neither answers nor hands down;
// zero if there is none.
func (b *road) wrongUnit() ticket.UnitID {
	start := b.IntN(len(b.able))
	for i := range b.able {
		u := b.able[(start+i)%len(b.able)]
		if u != b.lead && u != b.above {
			return u
		}
	}
	return 0
}

// code is one of a table of codes, the preferred one if it is there; empty if
// the city has none.
func (b *road) code(set, preferred string) string {
	codes := b.dir.Codes(set)
	if slices.ContainsFunc(codes, func(c org.Code) bool { return c.Code == preferred }) {
		return preferred
	}
	if len(codes) == 0 {
		return ""
	}
	return codes[b.IntN(len(codes))].Code
}

// meanwhile is what happens between the contact and the draft: an extension,
// urging, a supervision order.
func (b *road) meanwhile() {
	if b.due.IsZero() || !b.ReplyAt.After(b.due) {
		return
	}
	days := b.workingDays(b.due, b.ReplyAt)
	switch {
	case b.above == 0 && days <= b.dir.Policy().ExtensionDays && b.chance(60):
		b.extension(days)
	case b.above == 0 && days > b.dir.Policy().ExtensionDays && b.chance(15):
		b.extension(min(b.dir.Policy().ExtensionDays, 5))
	}
	if late := b.workingDays(b.due, b.ReplyAt); late > 3 && b.chance(20) {
		b.midway(b.later(b.due, b.between(60, 800)), ticket.TheRequester(), ticket.Urge{Note: "请问什么时候有答复？"})
	}
	if late := b.workingDays(b.due, b.ReplyAt); late > 20 && b.chance(10) {
		b.midway(b.later(b.due, b.between(4000, 6000)), b.ours(ticket.Supervisor), ticket.Supervise{Reason: "已超过办理时限较久，请说明原因并尽快回复诉求人。"})
		b.midway(b.later(b.at, b.between(300, 1000)), b.of(b.answers(), ticket.Handler), ticket.AnswerOrder{Answer: "事项情况复杂，正在抓紧办理。"})
	}
}

// midway adds an act if it leaves time for the reply.
func (b *road) midway(at time.Time, who ticket.Actor, cmd ticket.Command) {
	if b.minutes(at, b.ReplyAt) >= minutesForUnit {
		b.doAt(at, who, cmd)
	}
}

// workingDays is how many working days an extension needs to get from a due
// instant to another.
func (b *road) workingDays(due, to time.Time) int {
	return max(1, b.cal.WorkingDaysBetween(due, to)+1)
}

// extension is asked for a little before the limit is up.
func (b *road) extension(days int) {
	ask := b.earlier(b.due, b.between(30, 200))
	if !ask.After(b.at) {
		ask = b.later(b.at, 1)
	}
	decide := b.later(ask, b.between(20, 200))
	if !ask.Before(b.due) || b.minutes(decide, b.ReplyAt) < minutesForUnit {
		return
	}
	b.doAt(ask, b.of(b.lead, ticket.Approver), ticket.RequestExtension{Days: days, Reason: "事项涉及多个方面，需要进一步核实。"})
	b.doAt(decide, b.ours(ticket.Reviewer), ticket.DecideExtension{Verdict: ticket.Verdict{Approve: true, Note: "同意延期，请告知诉求人。"}})
	b.due, _ = b.cal.AddWorkingDays(b.due, days)
}

// Shares of what the data does not tell, in a hundred.
const (
	shareRated       = 40 // of the replied
	shareUnreachable = 8  // of the followed up
	shareUnitCause   = 60 // of the unsatisfied
	sharePublished   = 50 // of those that may be
)

// afterReply is steps ⑥ and ⑦: rating, follow-up, and what comes of it.
func (b *road) afterReply() {
	grade := b.grade()
	b.rate(grade)
	if b.round == 0 && b.chance(shareUnreachable) {
		b.unreachable()
		return
	}
	unit := grade == ticket.Unsatisfied && b.round == 0 && !b.directly() && b.chance(shareUnitCause)
	call := ticket.FollowUp{Reached: true, Contacted: !b.directly(), Solved: grade != ticket.Unsatisfied, Grade: grade, Remark: remarks[grade]}
	at := b.later(b.at, b.between(30, 1100))
	// A redo takes a week or so; without room for it the cause is the matter's.
	call.UnitCause = unit && b.later(at, 8*420).Before(b.now)
	b.doAt(at, b.ours(ticket.FollowUpAgent), call)
	if call.UnitCause {
		b.redo()
		return
	}
	b.publish()
}

var remarks = map[ticket.Grade]string{
	ticket.Satisfied: "诉求人表示问题已解决，对办理满意。", ticket.Basically: "诉求人对办理结果基本认可。",
	ticket.Unsatisfied: "诉求人认为问题没有解决。",
}

func (b *road) directly() bool { return b.handed.IsZero() }

// grade is worse for late replies, and better after a redo.
func (b *road) grade() ticket.Grade {
	satisfied, basically := 70, 20
	switch {
	case b.round > 0:
		satisfied, basically = 55, 35
	case !b.due.IsZero() && b.ReplyAt.After(b.due):
		satisfied, basically = 45, 33
	}
	switch n := b.IntN(100); {
	case n < satisfied:
		return ticket.Satisfied
	case n < satisfied+basically:
		return ticket.Basically
	}
	return ticket.Unsatisfied
}

// rate: some rate within the window; for the others it ends.
func (b *road) rate(grade ticket.Grade) {
	until, ok := b.Planner.due(b.at, ticket.StepRate, org.Facts{Kind: b.facts.Kind, Category: b.facts.Category, Urgency: b.facts.Urgency, Channel: b.Matter.Channel})
	if !ok {
		until = b.at.AddDate(0, 0, 7)
	}
	code := b.code(org.UnsatisfiedReasons, of(b.die, "not_solved", "too_slow", "reply_off_topic"))
	when := daytime(b.at.Add(time.Duration(b.between(2, 144))*time.Hour), b.die, b.dir)
	if rated := b.chance(shareRated); !rated || !when.After(b.at) || !when.Before(until) || grade == ticket.Unsatisfied && code == "" {
		b.at = until.Add(time.Minute)
		return
	}
	cmd := ticket.Rate{Result: grade, Process: grade}
	if grade == ticket.Unsatisfied {
		cmd.Code = code
	} else if b.chance(15) {
		cmd.Process = ticket.Basically
	}
	b.doAt(when, ticket.TheRequester(), cmd)
}

// unreachable: failed attempts on as many different days as the policy wants.
func (b *road) unreachable() {
	b.do(b.between(30, 400), b.ours(ticket.FollowUpAgent), ticket.FollowUp{Remark: "无人接听。"})
	for range b.dir.Policy().FollowUpAttempts - 1 {
		day := b.at.In(b.cal.Location())
		next := time.Date(day.Year(), day.Month(), day.Day()+1, 0, 0, 0, 0, day.Location())
		b.doAt(b.later(next, b.between(5, 300)), b.ours(ticket.FollowUpAgent), ticket.FollowUp{Remark: "再次拨打，无人接听。"})
	}
}

// redo: the unit that answered goes over the matter again; the center
// reviews, and the requester is asked anew.
func (b *road) redo() {
	b.round++
	unit := b.answers()
	b.do(b.between(60, 500), b.of(unit, ticket.Handler), ticket.Contact{Way: "phone", Reached: true, Note: "就不满意的原因再次与诉求人沟通。"})
	b.ReplyAt = b.later(b.at, b.between(300, 700))
	b.script.Acts = append(b.script.Acts, b.lastSteps(unit, 0, "您好，针对您回访中提出的意见，我们重新核实了情况，并与您再次沟通。此前的答复继续有效，未尽事项将持续跟进。")...)
	b.at = b.ReplyAt
	b.afterReply()
}
