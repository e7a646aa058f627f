package browser

import (
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"huiyin/internal/ticket"
)

// plainly opens a window of the public in which no script runs.
func (w *world) plainly() *page {
	w.t.Helper()
	p := w.window()
	p.who = "without scripts"
	p.run(emulation.SetScriptExecutionDisabled(true))
	return p
}

// click presses what a selector finds with the mouse.
func (p *page) click(selector string) {
	p.t.Helper()
	p.run(chromedp.Click(selector, chromedp.ByQuery))
}

// follow clicks what leads to another page, and waits for that.
func (p *page) follow(selector string) {
	p.t.Helper()
	if !p.has(selector) {
		p.t.Fatalf("%s at %s: there is no %s:\n%s", p.who, p.path(), selector, head(p.text(), 2000))
	}
	p.mark()
	p.click(selector)
	p.arrive()
}

// write clicks into a field and types in the place of what it holds.
func (p *page) write(selector, text string) {
	p.t.Helper()
	p.click(selector)
	ask[bool](p, `document.activeElement.select() === undefined`)
	p.run(input.InsertText(text))
}

// form is the selector of the form of a requester's command.
func form(name string) string { return fmt.Sprintf(`form[action$="/%s"] `, name) }

// photo writes a picture to send along.
func photo(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "路灯.png")
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := png.Encode(file, image.NewRGBA(image.Rect(0, 0, 64, 48))); err != nil {
		t.Fatal(err)
	}
	return name
}

// find takes a staged view of what was submitted in a window.
func (w *world) find(number, code string) staged {
	w.t.Helper()
	id, err := w.app.Cases.Admit(w.t.Context(), number, code)
	if err != nil {
		w.t.Fatal(err)
	}
	return staged{t: w.t, world: w, id: id, number: number, code: code}
}

// TestWithoutScripts walks what the public does in a browser that runs none.
func TestWithoutScripts(t *testing.T) {
	t.Parallel()
	w := open(t, "2026-03-02 09:00")
	p := w.plainly()
	number, code := p.submitsPlainly(t)
	s := w.find(number, code)
	p.follow(`main a[href="/t/` + number + `"]`)
	p.see("待受理", streetlight.title, "中心受理")

	s.by("agent01", ticket.AskInfo{Question: "是哪一段路？"})
	other := w.plainly()
	other.tracks(s)
	other.see("请您补充", "是哪一段路？")
	other.write(form("supply")+"textarea", "从安泰楼到茶亭公园。")
	other.follow(form("supply") + "button")
	other.see("已完成：补充信息", "待受理")

	s.accepted().dispatched().signed()
	other.open("/t/" + number)
	other.click(`details:has(` + form("urge") + `) > summary`)
	other.write(form("urge")+"textarea", "请尽快")
	other.follow(form("urge") + "button")
	other.see("已完成：催办")

	s.drafted().replied()
	other.open("/t/" + number)
	other.see("待评价", "路灯已经修好")
	other.click(form("rate") + `input[name=result][value=unsatisfied]`)
	other.click(form("rate") + `input[name=process][value=satisfied]`)
	other.follow(form("rate") + "button")
	other.see("有内容需要更正") // an unsatisfied one says why
	if !other.has(form("rate") + `input[name=result][value=unsatisfied]:checked`) {
		t.Error("what was chosen is lost")
	}
	other.click(form("rate") + `input[name=result][value=satisfied]`)
	other.follow(form("rate") + "button")
	other.see("已完成：评价")

	s.followedUp()
	other.open("/t/" + number)
	other.see("已办结")
	other.click(`details:has(` + form("request_review") + `) > summary`)
	other.write(form("request_review")+"textarea", "第二天又不亮了")
	other.follow(form("request_review") + "button")
	other.see("已完成：申请复核")
}

// submitsPlainly goes from the start page to the receipt.
func (p *page) submitsPlainly(t *testing.T) (number, code string) {
	p.open("/")
	p.follow(`a.tile[href="/submit"]`)
	p.click(`input[name=kind][value=complaint]`)
	p.write(`input[name=title]`, streetlight.title)
	p.write(`textarea[name=body]`, streetlight.body)
	p.run(
		chromedp.SetValue(`select[name=county]`, "350102", chromedp.ByQuery), chromedp.SetValue(`select[name=town]`, "350102001", chromedp.ByQuery),
		chromedp.SetUploadFiles(`input[type=file]`, []string{photo(t)}, chromedp.ByQuery),
	)
	p.write(`input[name=name]`, "欧阳小明")
	p.follow(`form[action="/submit"] .actions button`)
	p.see("有内容需要更正", "请填写联系电话或电子邮箱")
	if got := ask[string](p, `document.querySelector("textarea[name=body]").value`); got != streetlight.body {
		t.Errorf("what was typed is lost: %q", got)
	}
	p.run(chromedp.SetUploadFiles(`input[type=file]`, []string{photo(t)}, chromedp.ByQuery))
	p.write(`input[name=phone]`, "13800001234")
	p.click(`input[name=publish]`)
	p.follow(`form[action="/submit"] .actions button`)
	p.see("请保存编号和查询码")
	p.seeNot("有附件没有收到", "复制") // nothing is offered that needs a script
	codes := ask[[]string](p, `[...document.querySelectorAll(".bigcode")].map((e) => e.innerText)`)
	p.uploaded(codes[0], 1)
	return codes[0], codes[1]
}

// uploaded fails unless a ticket has so many files.
func (p *page) uploaded(number string, want int) {
	p.t.Helper()
	account, _ := p.app.City.Current().AccountByLogin("agent01")
	v, err := p.app.Cases.Open(p.t.Context(), account.Actor(), number)
	if err != nil || len(v.Files) != want {
		p.t.Errorf("%s has %d files, not %d: %v", number, len(v.Files), want, err)
	}
}

// tracks comes in by number and code, after a wrong one.
func (p *page) tracks(s staged) {
	p.t.Helper()
	p.open("/track")
	p.write(`input[name=number]`, s.number)
	p.write(`input[name=code]`, wrong(s.code))
	p.follow(`form[action="/track"] button`)
	p.see("工单编号或查询码不正确")
	p.write(`input[name=code]`, s.code)
	p.follow(`form[action="/track"] button`)
	p.see(streetlight.title)
}

func TestWithdrawWithoutScripts(t *testing.T) {
	t.Parallel()
	w := open(t, "2026-03-02 09:00")
	s := w.lodged("小区门口路灯不亮")
	p := w.plainly()
	p.open("/t/" + s.number)
	p.see("诉求内容未公开", "这是您的诉求？")
	p.open("/track?number=" + s.number)
	p.write(`input[name=code]`, s.code)
	p.follow(`form[action="/track"] button`)
	p.click(`details:has(` + form("add_material") + `) > summary`)
	p.run(chromedp.SetUploadFiles(form("add_material")+`input[type=file]`, []string{photo(t)}, chromedp.ByQuery))
	p.follow(form("add_material") + "button")
	p.see("已完成：补充材料")
	p.uploaded(s.number, 1)
	p.click(`details:has(` + form("withdraw") + `) > summary`)
	p.write(form("withdraw")+"textarea", "已经有人来修了")
	p.follow(form("withdraw") + "button")
	p.see("已完成：撤单", "撤单")
}

// TestReadWithoutScripts looks at what is published, in large text and in
// English.
func TestReadWithoutScripts(t *testing.T) {
	t.Parallel()
	w := open(t, "2026-03-02 09:00")
	for i := range 23 {
		title := fmt.Sprintf("第%d号路灯不亮", i+1)
		s := w.handled(title).drafted().replied().rated(ticket.Satisfied).followedUp()
		s.by("reviewer01", ticket.Publish{Title: title, Body: "路灯不亮。", Reply: "已修复。"})
		w.wait(time.Minute)
	}
	p := w.plainly()
	p.open("/")
	p.follow(`main a.tile[href="/published"]`)
	p.see("第23号路灯不亮", "第4号路灯不亮")
	p.seeNot("第3号路灯不亮")
	p.follow(`a[rel=next]`)
	p.see("第3号路灯不亮", "第1号路灯不亮")
	p.seeNot("第4号路灯不亮")
	p.follow(`.pager a`)
	p.see("第23号路灯不亮")
	p.write(`main input[name=q]`, "第7号")
	p.run(chromedp.SetValue(`main select[name=kind]`, "complaint", chromedp.ByQuery))
	p.follow(`main form button`)
	p.see("第7号路灯不亮")
	p.seeNot("第23号路灯不亮")
	p.follow(`main .lines a.title`)
	p.see("已办结", "已修复。", "这是您的诉求？")
	p.follow(`footer a[href="/about"]`)
	p.see("七个环节", "办理时限")
	p.follow(`.prefs a[href*="text=large"]`)
	if !p.has("html.large") || !strings.HasPrefix(p.path(), "/about") {
		t.Errorf("large text is not kept, or leads elsewhere: %s", p.path())
	}
	p.follow(`.prefs a[lang=en]`)
	if !p.has("html[lang=en]") {
		t.Error("the page does not say that it is in English")
	}
	p.follow(`nav a[href="/figures"]`)
	p.see("Figures", "Definitions")
}
