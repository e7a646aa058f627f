package browser

import (
	"strings"
	"testing"
	"time"
)

// matter is what a citizen writes.
type matter struct {
	kind, title, body string
	confidential      bool
}

// submits writes a matter on the public site and returns its number and code.
func (p *page) submits(m matter) (number, code string) {
	p.t.Helper()
	p.open("/submit")
	p.choose("kind", m.kind)
	p.fill("title", m.title)
	p.fill("body", m.body)
	p.set("county", "350102")
	p.set("town", "350102001")
	p.fill("name", "欧阳小明")
	p.fill("phone", "13800001234")
	if m.confidential {
		p.choose("confidential", "true")
	} else {
		p.choose("publish", "true")
	}
	p.press("提交诉求")
	p.see("请保存编号和查询码")
	codes := ask[[]string](p, `[...document.querySelectorAll(".bigcode")].map((e) => e.innerText)`)
	return codes[0], codes[1]
}

var streetlight = matter{kind: "complaint", title: "八一七路路灯连续一周不亮", body: "每天晚上八点以后整段路一片漆黑，老人出行很危险，请尽快修理。"}

// accepts takes a matter on, with its category.
func (w *world) accepts(number, category string) {
	w.t.Helper()
	agent := w.as("agent01")
	agent.act(number, "accept", func() {
		agent.clear("category")
		agent.pick("category", category)
	})
}

// dispatches sends a ticket to a unit, with co-handlers.
func (w *world) dispatches(number, lead string, helpers ...string) {
	w.t.Helper()
	p := w.as("dispatcher01")
	p.act(number, "dispatch", func() {
		p.clear("lead")
		p.pick("lead", lead)
		p.clear("co_handlers")
		for _, h := range helpers {
			p.pick("co_handlers", h)
		}
		p.fill("note", "请按职责办理")
	})
}

// works does a unit's part: sign, contact, draft, sign off.
func (w *world) works(number, handler, approver, text string) {
	w.t.Helper()
	p := w.as(handler)
	p.act(number, "sign", nil)
	p.act(number, "contact", func() { p.choose("way", "phone"); p.choose("reached", "true") })
	w.replies(number, handler, approver, text)
}

func (w *world) replies(number, handler, approver, text string) {
	w.t.Helper()
	p := w.as(handler)
	p.act(number, "draft", func() { p.fill("text", text); p.choose("solved", "solved") })
	w.as(approver).act(number, "sign_off", nil)
}

// approves lets a reply out that is looked at first, as that of a redo is.
func (w *world) approves(number string) {
	w.t.Helper()
	p := w.as("reviewer01")
	if p.offers(number, "approve") {
		p.act(number, "approve", nil)
	}
}

func (p *page) rates(number, result, process, code string) {
	p.t.Helper()
	p.open("/t/" + number)
	p.choose("result", result)
	p.choose("process", process)
	if code != "" {
		p.set("code", code)
	}
	p.send(`form[action$="/rate"]`)
	p.see("已完成：评价")
}

func (w *world) followsUp(number, grade string, solved, unitCause bool) {
	w.t.Helper()
	p := w.as("followup01")
	p.act(number, "follow_up", func() {
		p.choose("reached", "true")
		p.choose("contacted", "true")
		p.choose("solved", map[bool]string{true: "true", false: "false"}[solved])
		p.choose("grade", grade)
		if unitCause {
			p.choose("unit_cause", "true")
		}
		p.fill("remark", "已电话回访")
	})
}

func TestSevenSteps(t *testing.T) {
	t.Parallel()
	w := open(t, "2026-03-02 09:00")
	citizen := w.window()
	number, code := citizen.submits(streetlight)
	citizen.open("/t/" + number)
	citizen.see("待受理", streetlight.title, "中心受理")
	w.wait(5 * time.Minute)
	w.accepts(number, "路灯")
	w.dispatches(number, "市城市管理局")
	w.wait(time.Hour)
	w.works(number, "u0030-handler", "u0030-approver", "路灯已经修好，请您留意。")
	w.wait(24 * time.Hour)
	citizen.open("/t/" + number)
	citizen.see("待评价", "路灯已经修好")
	citizen.rates(number, "satisfied", "basically", "")
	w.followsUp(number, "satisfied", true, false)
	citizen.open("/t/" + number)
	citizen.see("已办结")
	if steps := ask[int](citizen, `document.querySelectorAll(".steps > li.done").length`); steps != 7 {
		t.Errorf("%d of the seven steps are shown as done", steps)
	}

	another := w.window()
	another.open("/track")
	another.fill("number", number)
	another.fill("code", wrong(code))
	another.press("查进度")
	another.see("工单编号或查询码不正确")
	another.fill("code", code)
	another.press("查进度")
	another.see(streetlight.title)
}

// wrong is another code.
func wrong(code string) string {
	return strings.Map(func(r rune) rune { return '0' + (r-'0'+1)%10 }, code)
}

func TestReturnConsultFallback(t *testing.T) {
	t.Parallel()
	w := open(t, "2026-03-02 09:00")
	number, _ := w.window().submits(streetlight)
	w.accepts(number, "路灯")
	for i, unit := range []struct{ name, login string }{{"市住房和城乡建设局", "u0028"}, {"市水务集团", "u0108"}} {
		w.dispatches(number, unit.name)
		handler := w.as(unit.login + "-handler")
		handler.act(number, "request_return", func() {
			handler.set("code", "not_our_duty")
			handler.fill("reason", "路灯不由我单位管理")
			handler.fill("basis", "三定方案第三条")
		})
		w.as(unit.login+"-approver").act(number, "endorse", nil)
		p := w.as("dispatcher01")
		p.act(number, "decide_return", func() { p.choose("approve", "true") })
		if i == 0 {
			p.see("待批转")
		}
	}
	p := w.as("dispatcher01")
	p.open("/desk/tickets/" + number)
	p.see("会商中")
	p.act(number, "arbitrate", func() {
		p.pick("lead", "市城市管理局")
		p.choose("fallback", "true")
		p.fill("note", "会商确定由城管兜底")
	})
	p.see("兜底", "待签收")
	handler := w.as("u0030-handler")
	if handler.offers(number, "request_return") {
		handler.open("/desk/tickets/" + number + "?do=request_return")
		handler.set("code", "not_our_duty")
		handler.fill("reason", "不归我们")
		handler.fill("basis", "无")
		handler.send("#panel form")
		handler.see("不得")
	}
	w.works(number, "u0030-handler", "u0030-approver", "已修复。")
	p.open("/desk/tickets/" + number)
	p.see("待评价", "在谁手里多久")
}

func TestJointHandling(t *testing.T) {
	t.Parallel()
	w := open(t, "2026-03-02 09:00")
	number, _ := w.window().submits(streetlight)
	w.accepts(number, "路灯")
	w.dispatches(number, "市城市管理局", "市住房和城乡建设局")
	lead := w.as("u0030-handler")
	lead.act(number, "sign", nil)
	lead.act(number, "contact", func() { lead.choose("way", "phone"); lead.choose("reached", "true") })
	lead.open("/desk/tickets/" + number + "?do=draft")
	lead.fill("text", "我们先答复。")
	lead.choose("solved", "solved")
	lead.send("#panel form")
	lead.see("协办")
	if got := ask[string](lead, `document.querySelector("#panel [name=text]").value`); got != "我们先答复。" {
		t.Errorf("what was typed is lost: %q", got)
	}
	w.works(number, "u0028-handler", "u0028-approver", "我单位部分已办。")
	w.replies(number, "u0030-handler", "u0030-approver", "联合办理完毕。")
	lead.open("/desk/tickets/" + number)
	lead.see("待评价", "协办", "联合办理完毕")
}

func TestCountyDispatch(t *testing.T) {
	t.Parallel()
	w := open(t, "2026-03-02 09:00")
	number, _ := w.window().submits(streetlight)
	w.accepts(number, "路灯")
	w.dispatches(number, "鼓楼区智慧中心")
	county := w.as("gulou-dispatcher01")
	county.act(number, "sign", nil)
	county.act(number, "delegate", func() { county.pick("lead", "鼓楼区城市管理综合执法大队") })
	w.works(number, "u0168-handler", "u0168-approver", "区里已修好。")
	w.as("gulou-handler").act(number, "contact", func() {
		w.people["gulou-handler"].choose("way", "phone")
		w.people["gulou-handler"].choose("reached", "true")
	})
	w.replies(number, "gulou-handler", "gulou-approver", "经区城管办理，路灯已修好。")
	p := w.as("dispatcher01")
	p.open("/desk/tickets/" + number)
	p.see("待评价", "鼓楼区智慧中心", "鼓楼区城市管理综合执法大队")
}

func TestExtensionOverSpringFestival(t *testing.T) {
	t.Parallel()
	w := open(t, "2026-02-11 09:00")
	citizen := w.window()
	number, _ := citizen.submits(streetlight)
	w.accepts(number, "路灯")
	w.dispatches(number, "市城市管理局")
	handler := w.as("u0030-handler")
	handler.act(number, "sign", nil)
	handler.act(number, "request_extension", func() { handler.set("days", "5"); handler.fill("reason", "春节期间配件停产") })
	w.as("u0030-approver").act(number, "endorse", nil)
	reviewer := w.as("reviewer01")
	reviewer.act(number, "decide_extension", func() { reviewer.choose("approve", "true") })
	// Five working days from 11 February 2026 end on 25 February, for 15 to 23
	// are off and the 14th is worked; five more end on 3 March, the 28th worked.
	handler.open("/desk/tickets/" + number)
	clock := ask[string](handler, `[...document.querySelectorAll("aside .lines a")].find((a) => a.innerText === "办理").getAttribute("href")`)
	handler.open(clock)
	handler.see("春节", "延长 5 个工作日", "2026-02-14")
	citizen.open("/t/" + number)
	citizen.see("办理时限延长 5 个工作日", "春节期间配件停产")
}

func TestRedo(t *testing.T) {
	t.Parallel()
	w := open(t, "2026-03-02 09:00")
	citizen := w.window()
	number, _ := citizen.submits(streetlight)
	w.accepts(number, "路灯")
	w.dispatches(number, "市城市管理局")
	w.works(number, "u0030-handler", "u0030-approver", "已处理。")
	citizen.rates(number, "unsatisfied", "unsatisfied", "not_solved")
	w.followsUp(number, "unsatisfied", false, true)
	citizen.open("/t/" + number)
	citizen.see("办理中")
	w.replies(number, "u0030-handler", "u0030-approver", "已更换全部灯具，请您再看。")
	w.approves(number)
	citizen.rates(number, "satisfied", "satisfied", "")
	w.followsUp(number, "satisfied", true, false)
	citizen.open("/t/" + number)
	citizen.see("已办结", "已更换全部灯具")
}

func TestConfidentialReport(t *testing.T) {
	t.Parallel()
	w := open(t, "2026-03-02 09:00")
	admin := w.as("sysadmin")
	admin.open("/admin/sheets/policy?row=kinds")
	admin.fill("value", "inquiry,help,complaint,suggestion,report")
	admin.press("保存")
	citizen := w.window()
	number, _ := citizen.submits(matter{kind: "report", title: "举报某单位虚报补贴", body: "附有凭据，请查处。", confidential: true})
	w.accepts(number, "路灯")
	w.dispatches(number, "市城市管理局")
	handler := w.as("u0030-handler")
	handler.open("/desk/tickets/" + number)
	handler.see("保密", "举报某单位虚报补贴")
	for _, login := range []string{"u0028-handler", "gulou-dispatcher01", "analyst01"} {
		p := w.as(login)
		p.open("/desk/tickets/" + number)
		p.see("没有找到")
		p.open("/desk/tickets?q=虚报补贴")
		p.seeNot("举报某单位虚报补贴")
	}
	stranger := w.window()
	stranger.open("/t/" + number)
	stranger.see("没有公开的这件诉求")
	stranger.open("/published?q=虚报补贴")
	stranger.seeNot("举报某单位虚报补贴")
	handler.open("/desk/tickets/" + number)
	handler.see("138****1234")
	handler.seeNot("13800001234", "欧阳小明")
}

func TestMerge(t *testing.T) {
	t.Parallel()
	w := open(t, "2026-03-02 09:00")
	first, second := w.window(), w.window()
	master, _ := first.submits(streetlight)
	member, _ := second.submits(streetlight)
	w.accepts(master, "路灯")
	w.accepts(member, "路灯")
	p := w.as("dispatcher01")
	p.open("/desk/tickets/" + member + "?do=merge")
	p.see("相似的在办工单", master)
	p.act(member, "merge", func() { p.fill("master", master) })
	p.see("已并单", master)
	w.dispatches(master, "市城市管理局")
	w.works(master, "u0030-handler", "u0030-approver", "一并修好了。")
	for _, citizen := range []struct {
		page   *page
		number string
	}{{first, master}, {second, member}} {
		citizen.page.open("/t/" + citizen.number)
		citizen.page.see("一并修好了")
		citizen.page.rates(citizen.number, "satisfied", "satisfied", "")
	}
}

func TestRequestForReview(t *testing.T) {
	t.Parallel()
	w := open(t, "2026-03-02 09:00")
	citizen := w.window()
	number, _ := citizen.submits(streetlight)
	w.accepts(number, "路灯")
	w.dispatches(number, "市城市管理局")
	w.works(number, "u0030-handler", "u0030-approver", "已处理。")
	citizen.rates(number, "satisfied", "satisfied", "")
	w.followsUp(number, "satisfied", true, false)
	citizen.open("/t/" + number)
	citizen.unfold("申请复核")
	citizen.fill("reason", "第二天又不亮了")
	citizen.send(`form[action$="/request_review"]`)
	p := w.as("reviewer01")
	p.act(number, "decide_review", func() { p.choose("approve", "true") })
	w.replies(number, "u0030-handler", "u0030-approver", "线路已更换。")
	w.approves(number)
	citizen.open("/t/" + number)
	citizen.see("复核申请已同意", "线路已更换")
}
