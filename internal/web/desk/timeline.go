package desk

import (
	"fmt"
	"strings"

	"huiyin/internal/casework"
	"huiyin/internal/org"
	"huiyin/internal/ticket"
	"huiyin/internal/web"
	"huiyin/internal/web/ui"
)

// event is a line of a ticket's history as people read it.
type event struct {
	Seq             int
	At              ticket.Instant
	What, Who, Tone string
	Details, Quotes []string
}

// whats says what happened, by the stored name of the event.
var whats = map[string]string{
	"submitted": "提交诉求", "material_added": "补充材料", "info_asked": "请诉求人补充", "info_supplied": "诉求人已补充", "info_lapsed": "逾期未补充",
	"accepted": "受理", "classified": "调整分类", "answered": "直接答复", "rejected": "不予受理", "dispatched": "批转", "recalled": "撤回批转",
	"consulting": "提请会商", "merged": "并入其他工单", "unmerged": "拆出并单", "member_added": "并入一件工单", "member_removed": "拆出一件工单",
	"master_replied": "转达主单答复", "signed": "签收", "contacted": "联系诉求人", "delegated": "交办下级", "taken_back": "撤回交办",
	"requested": "提出申请", "endorsed": "审签申请", "request_declined": "本单位不同意申请", "return_approved": "同意退单", "return_refused": "不同意退单",
	"extension_approved": "同意延期", "extension_refused": "不同意延期", "suspended": "同意挂账", "suspension_refused": "不同意挂账",
	"resumed": "恢复办理", "drafted": "起草回复", "draft_sent_back": "退回修改", "part_replied": "答复承办部分", "part_sent_back": "退回下级办理",
	"replied": "签发回复", "reply_sent_back": "审核退回", "rated": "诉求人评价", "rating_lapsed": "逾期未评价", "followed_up": "回访",
	"redo": "退回重办", "closed": "办结", "urged": "催办", "ordered": "督办", "order_answered": "答复督办", "withdrawn": "撤单",
	"appealed": "申请复核", "appeal_decided": "复核决定", "published": "公开", "unpublished": "撤下公开", "confidential_set": "设置保密", "archived": "归档",
	"clock_noticed": "时限提示",
}

// toneOf marks what somebody looks for first.
var toneOf = map[string]string{
	"rejected": "red", "return_approved": "red", "return_refused": "red", "redo": "red", "ordered": "red", "reply_sent_back": "red",
	"accepted": "mark", "dispatched": "mark", "signed": "mark", "replied": "mark", "answered": "mark", "closed": "mark",
}

func timeline(c *web.Call, v *casework.View) []event {
	list := make([]event, 0, len(v.Timeline))
	for i := range v.Timeline {
		r := &v.Timeline[i]
		kind := ticket.EventType(r.Event)
		e := event{Seq: r.Seq, At: r.At, What: whats[kind], Who: who(c, r.By), Tone: toneOf[kind], Details: about(c, v, r)}
		if e.What == "" {
			e.What = kind
		}
		for _, text := range ticket.Texts(r.Event) {
			if words := v.Text(text); words != "" && kind != "submitted" {
				e.Quotes = append(e.Quotes, words)
			}
		}
		for _, k := range r.Ticks {
			switch k.Op {
			case ticket.TickWarn:
				e.Details = append(e.Details, "黄牌提醒："+step(&v.Ticket, k.Clock)+"即将到期")
			case ticket.TickBreach:
				e.Details, e.Tone = append(e.Details, "红牌："+step(&v.Ticket, k.Clock)+"超时"), "red"
			}
		}
		list = append(list, e)
	}
	return list
}

func step(t *ticket.Ticket, clock int) string {
	if clock < 1 || clock > len(t.Clocks) {
		return ""
	}
	return t.Clocks[clock-1].Step.Label()
}

// who names who acted: the person, the unit and in which post.
func who(c *web.Call, by ticket.By) string {
	if by.Account == 0 {
		return by.Role.Label()
	}
	account, _ := c.City.Account(by.Account)
	return strings.TrimSpace(c.Unit(by.Unit) + " " + account.Name + "（" + by.Role.Label() + "）")
}

// about tells the particulars of a record.
func about(c *web.Call, v *casework.View, r *ticket.Record) []string {
	at := func(no int) string {
		if a := v.Ticket.Assignment(no); a != nil {
			return c.Unit(a.Unit)
		}
		return ""
	}
	switch e := r.Event.(type) {
	case ticket.SubmittedEvent:
		return []string{"渠道：" + e.Channel.Label()}
	case ticket.Accepted:
		return []string{classified(c, e.Kind, e.Category, e.Urgency)}
	case ticket.Classified:
		return []string{classified(c, e.Kind, e.Category, e.Urgency)}
	case ticket.RejectedEvent:
		code, _ := c.City.Code(org.RejectReasons, e.Code)
		return []string{"情形：" + code.Name, code.Note}
	case ticket.Dispatched:
		return dispatched(c, e)
	case ticket.Delegated:
		return []string{at(e.Assignment) + " 交办给：" + units(c, append([]ticket.UnitID{e.Lead}, e.CoHandlers...))}
	case ticket.ContactMade:
		return []string{contact(e)}
	case ticket.Requested:
		return []string{at(e.Assignment) + "：" + requestText(c, v, &e.Request)}
	case ticket.ExtensionApproved:
		return []string{at(e.Assignment) + fmt.Sprintf(" 延期 %d 个工作日", e.Days)}
	case ticket.Drafted:
		return []string{at(e.Assignment)}
	case ticket.RepliedEvent:
		return nil
	case ticket.PartReplied:
		return []string{at(e.Assignment)}
	case ticket.Rated:
		said := []string{"结果：" + gradeNames[e.Result] + "，过程：" + gradeNames[e.Process]}
		if code, ok := c.City.Code(org.UnsatisfiedReasons, e.Code); ok {
			said = append(said, "不满意的原因："+code.Name)
		}
		return said
	case ticket.FollowedUp:
		return []string{callText(e.Call)}
	case ticket.RedoOrdered:
		return []string{fmt.Sprintf("第 %d 次重办", e.Round)}
	case ticket.ClosedEvent:
		return []string{outcomes[e.Outcome]}
	case ticket.AppealDecided:
		return []string{map[bool]string{true: "同意", false: "不同意"}[e.Granted]}
	case ticket.ConfidentialSet:
		return []string{map[bool]string{true: "改为保密", false: "不再保密"}[e.Confidential]}
	case ticket.Ordered:
		if e.Auto {
			return []string{at(e.Assignment), "重办后仍不满意，自动督办"}
		}
		return []string{at(e.Assignment)}
	}
	return nil
}

var gradeNames = map[ticket.Grade]string{ticket.Satisfied: "满意", ticket.Basically: "基本满意", ticket.Unsatisfied: "不满意", "": "未评价"}

var outcomes = map[string]string{"satisfied": "回访满意或基本满意", "unreachable": "两次未能联系上诉求人", "unsatisfied": "诉求人不满意"}

func classified(c *web.Call, kind ticket.Kind, category string, urgency ticket.Urgency) string {
	parts := []string{kind.Label()}
	if names := c.City.CategoryNames(category); len(names) > 0 {
		parts = append(parts, strings.Join(names, " › "))
	}
	if name := urgencyName(urgency); name != "" {
		parts = append(parts, name)
	}
	return strings.Join(parts, "，")
}

func dispatched(c *web.Call, e ticket.Dispatched) []string {
	lines := []string{"主办：" + c.Unit(e.Lead)}
	if len(e.CoHandlers) > 0 {
		lines = append(lines, "协办："+units(c, e.CoHandlers))
	}
	switch {
	case e.Fallback:
		lines = append(lines, "指定为兜底单位，不得退单")
	case e.Arbitrated:
		lines = append(lines, "会商裁定，不得退单")
	case e.Entry != 0:
		lines = append(lines, "按派单目录")
	}
	return lines
}

func units(c *web.Call, ids []ticket.UnitID) string {
	names := make([]string, len(ids))
	for i, one := range ids {
		names[i] = c.Unit(one)
	}
	return strings.Join(names, "、")
}

var wayNames = map[string]string{"phone": "电话", "visit": "上门或面谈", "message": "短信或留言"}

func contact(e ticket.ContactMade) string {
	if e.Reached {
		return wayNames[e.Way] + "，已联系上"
	}
	return wayNames[e.Way] + "，未联系上"
}

func callText(call ticket.Call) string {
	if !call.Reached {
		return "未接通"
	}
	said := []string{"已接通"}
	if call.Contacted {
		said = append(said, "承办单位联系过")
	} else {
		said = append(said, "承办单位没有联系过")
	}
	if call.Solved {
		said = append(said, "已解决")
	} else {
		said = append(said, "未解决")
	}
	if call.Grade != "" {
		said = append(said, gradeNames[call.Grade])
	}
	return strings.Join(said, "，")
}

// requestText says what a unit asks for and why.
func requestText(c *web.Call, v *casework.View, r *ticket.Request) string {
	lines := []string{pendings[r.For]}
	if r.Code != "" {
		code, _ := c.City.Code(org.ReturnReasons, r.Code)
		lines = append(lines, code.Name)
	}
	if r.Days > 0 {
		lines = append(lines, fmt.Sprintf("%d 个工作日", r.Days))
	}
	if r.Until != 0 {
		lines = append(lines, "复查日期 "+c.Site.Kit.Date(r.Until, nil))
	}
	if reason := v.Text(r.Reason); reason != "" {
		lines = append(lines, "理由："+reason)
	}
	if basis := v.Text(r.Basis); basis != "" {
		lines = append(lines, "依据："+basis)
	}
	if r.Suggested != 0 {
		lines = append(lines, "建议由"+c.Unit(r.Suggested)+"承办")
	}
	if r.Endorsed {
		lines = append(lines, "分管领导已审签")
	}
	return strings.Join(lines, "；")
}

// assignment is what one unit owes, as people read it.
type assignment struct {
	Unit, Part, State, Request string
	Below, NoReturn, Fallback  bool
	At, Signed, Contacted      ticket.Instant
	Replied                    ticket.Instant
	Clock                      *ui.Clock
	Draft                      string
	Live                       bool
}

func assignments(c *web.Call, v *casework.View) []assignment {
	var list []assignment
	for i := range v.Ticket.Assignments {
		a := &v.Ticket.Assignments[i]
		own := assignment{
			Unit: c.Unit(a.Unit), Part: part(a), State: a.State.Label(), Below: a.Parent != 0, NoReturn: a.NoReturn, Fallback: a.Fallback,
			At: a.At, Signed: a.SignedAt, Contacted: a.Contacted, Replied: a.RepliedAt, Live: a.State.Live(),
		}
		if a.Request != nil {
			own.Request = requestText(c, v, a.Request)
		}
		if a.Draft != nil {
			own.Draft = v.Text(a.Draft.Text)
		}
		for j := range v.Ticket.Clocks {
			k := &v.Ticket.Clocks[j]
			if k.Assignment == a.No && k.Running() && (k.Step == ticket.StepHandle || k.Step == ticket.StepRedo || k.Step == ticket.StepSupervise) {
				own.Clock = c.Clock(k.Due)
			}
		}
		list = append(list, own)
	}
	return list
}

// clock is one limit of the ticket, running or over.
type clock struct {
	No                  int
	Step, Unit, Limit   string
	Started, Due, Ended ticket.Instant
	Left                *ui.Clock
	Late, Paused        bool
	Provisional         bool
}

func clocks(c *web.Call, t *ticket.Ticket) []clock {
	var list []clock
	for i := len(t.Clocks) - 1; i >= 0; i-- {
		k := &t.Clocks[i]
		if k.Step == ticket.StepArchive {
			continue
		}
		own := clock{
			No: k.No, Step: k.Step.Label(), Unit: c.Unit(k.Unit), Limit: ui.Limit(k.Limit, nil), Started: k.Started, Due: k.Due, Ended: k.Stopped,
			Late: k.Late(ticket.At(c.Now)), Paused: k.Paused != 0 && k.Stopped == 0, Provisional: k.Provisional,
		}
		if k.Running() {
			own.Left = c.Clock(k.Due)
		}
		list = append(list, own)
	}
	return list
}

// reply is what the requester was told, and may be told in public.
type reply struct{ Text, Public, Solved string }

func replies(v *casework.View) []reply {
	if v.Ticket.Reply == nil {
		return nil
	}
	r := v.Ticket.Reply
	return []reply{{v.Text(r.Text), v.Text(r.Public), claimNames[r.Solved]}}
}

// order is a supervision order.
type order struct {
	Unit, Reason, Answer string
	At, Answered         ticket.Instant
}

func orders(c *web.Call, v *casework.View) []order {
	var list []order
	for _, o := range v.Ticket.Orders {
		list = append(list, order{Unit: c.Unit(o.Unit), Reason: v.Text(o.Reason), Answer: v.Text(o.Answer), At: o.At, Answered: o.AnsweredAt})
	}
	return list
}
