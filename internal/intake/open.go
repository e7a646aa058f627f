package intake

import (
	"time"

	"huiyin/internal/org"
	"huiyin/internal/requester"
	"huiyin/internal/ticket"
)

// age is how many working minutes ago a case that now stands at a stage was
// submitted.
func (b *road) age(s Stage) int {
	const day = 420
	switch s {
	case StageAccept:
		return b.between(3, 45)
	case StageDispatch, StageInfo:
		return b.between(50, 80)
	case StageSign:
		return b.between(110, 300)
	case StageHandling, StageReturned:
		return b.between(day, day+200)
	case StageConsult:
		return b.between(2*day, 3*day)
	case StageLate:
		return b.between(12*day, 16*day)
	case StageRate:
		return b.between(350, 450) // a rating window is a week, holidays or not
	}
	return b.between(4*day, 6*day)
}

// straight reports whether a stage is shown on a case that goes from the city
// center straight to the unit.
func (s Stage) straight() bool { return s != "" && s != StageHandling && s != StageSign }

// open leads a case to the stage at which it stands now.
func (b *road) open(s Stage) {
	p := pace{have: b.minutes(b.Case.At, b.now), want: wantPlain + wantReply}
	switch s {
	case StageAccept:
		return
	case StageInfo:
		b.do(b.between(5, 30), b.ours(ticket.Agent), ticket.AskInfo{Question: "请补充事情发生的具体地点和时间。"})
		return
	}
	b.accept(p)
	switch s {
	case StageDispatch:
		return
	case StageConsult:
		b.returned(p)
		b.do(p.of(b.between(5, 26)), b.ours(ticket.Dispatcher), ticket.Consult{Note: "职责交叉，提请会商确定主办单位。"})
		return
	}
	b.dispatch(p)
	switch s {
	case StageSign:
		return
	case StageReturned:
		if code := b.code(org.ReturnReasons, "overlapping_duty"); code != "" {
			b.askReturn(p, b.lead, code)
		}
		return
	}
	b.sign(p)
	b.contact(p)
	switch s {
	case StageSuspended:
		b.suspend(p)
	case StageReview, StageRate, StageFollowUp:
		b.openReply(s, p)
	}
}

// suspend: the matter waits for works that take weeks; the requester has an
// interim answer.
func (b *road) suspend(p pace) {
	b.do(p.of(b.between(30, 200)), b.of(b.lead, ticket.Approver), ticket.RequestSuspension{
		Until: ticket.At(b.now.AddDate(0, 0, b.between(15, 40))), Reason: "需列入近期施工计划，待材料和设备到位后实施。",
		Interim: "您反映的事项已列入近期施工计划，完成后我们会再次向您答复。",
	})
	b.do(p.of(b.between(20, 200)), b.ours(ticket.Reviewer), ticket.DecideSuspension{Verdict: ticket.Verdict{Approve: true, Note: "同意挂账，到期复查。"}})
}

// openReply brings the reply to the center's review, to the requester, or
// past the rating.
func (b *road) openReply(s Stage, p pace) {
	draft := func() {
		b.do(p.of(b.between(60, 200)), b.of(b.lead, ticket.Handler), ticket.Draft{Text: b.Reply, Solved: "solved"})
		b.do(p.of(b.between(10, 60)), b.of(b.lead, ticket.Approver), ticket.SignOff{})
	}
	draft()
	if s == StageReview {
		if !b.review {
			b.do(p.of(b.between(10, 60)), b.ours(ticket.Reviewer), ticket.SendBack{Note: "答复没有说明办理结果，请补充。"})
			draft()
		}
		return
	}
	if b.review {
		b.do(p.of(b.between(10, 60)), b.ours(ticket.Reviewer), ticket.Approve{})
	}
	if s == StageFollowUp {
		b.doAt(b.at.Add(time.Duration(b.between(20, 90))*time.Minute), ticket.TheRequester(), ticket.Rate{Result: ticket.Satisfied, Process: ticket.Satisfied})
	}
}

// publish puts a share of the closed cases on the public site, without what
// names people or where they live.
func (b *road) publish() {
	if !b.script.Matter.MayPublish || !b.chance(sharePublished) {
		return
	}
	m := b.script.Matter
	names := []string{}
	if m.Person.Name != "" {
		names = append(names, m.Person.Name)
	}
	b.do(b.between(10, 300), b.ours(ticket.Reviewer), ticket.Publish{
		Title: requester.Redact(m.Title, names...), Body: requester.Redact(m.Body, names...), Reply: requester.Redact(b.Reply, names...),
	})
}
