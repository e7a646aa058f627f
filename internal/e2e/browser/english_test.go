package browser

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"huiyin/internal/ticket"
	"huiyin/internal/web"
)

// askChinese lists what a page says in Chinese, to be seen or to be heard,
// outside of what is marked as such; askLang is the language of the page.
const (
	askChinese = `(() => {
		const chinese = /[\p{Script=Han}\u3000-\u303f\uff00-\uffef]/u, own = '[lang="zh-CN"], textarea, script, style', found = [document.title];
		const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
		while (walk.nextNode()) if (!walk.currentNode.parentElement.closest(own)) found.push(walk.currentNode.data.trim());
		for (const e of document.body.querySelectorAll("*")) if (!e.closest(own))
			for (const name of ["aria-label", "title", "alt", "placeholder", "data-confirm", "data-sure-label", "data-cancel", "data-copied", "data-large"]) found.push(e.getAttribute(name) ?? "");
		return [...new Set(found.filter((text) => chinese.test(text)))];
	})()`
	askLang = `document.documentElement.lang`
)

// english fails unless the page is in English but for what people wrote.
func (p *page) english() {
	p.t.Helper()
	if lang := ask[string](p, askLang); lang != "en" {
		p.t.Errorf("%s is in %q", p.path(), lang)
	}
	for _, text := range ask[[]string](p, askChinese) {
		p.t.Errorf("%s says %q", p.path(), text)
	}
}

// marked fails unless the page has a text and says that it is Chinese.
func (p *page) marked(text string) {
	p.t.Helper()
	if !ask[bool](p, fmt.Sprintf(`[...document.querySelectorAll('[lang="zh-CN"]')].some((e) => e.innerText.includes(%q))`, text)) {
		p.t.Errorf("%s does not say that %q is Chinese", p.path(), text)
	}
}

// speak chooses a language or the size of letters, as the links in the bar do.
func (p *page) speak(name, value string) {
	p.t.Helper()
	p.open("/prefs?" + name + "=" + value + "&back=/")
}

// TestEnglish walks the public site as somebody who reads English.
func TestEnglish(t *testing.T) {
	t.Parallel()
	w := open(t, "2026-11-23 15:30")
	w.fill()
	p := w.windowOf(t, "")
	p.speak("lang", "en")
	p.english()
	p.see("12345 Government Service Hotline", "Latest published matters")

	p.press("Submit a matter")
	p.english()
	ask[bool](p, `document.querySelector("main form").noValidate = true`) // the browser would hold an empty form back
	p.press("Submit")
	p.english()
	p.see("Something needs correcting", "Title: Please give a title")
	p.choose("kind", "complaint")
	p.fill("title", streetlight.title)
	p.fill("body", streetlight.body)
	p.fill("name", "欧阳小明")
	p.fill("phone", "13800001234")
	p.press("Submit")
	p.english()
	p.see("Submitted", "Query code")
	p.marked(streetlight.title)
	codes := ask[[]string](p, `[...document.querySelectorAll(".bigcode")].map((e) => e.innerText)`)

	p.press("Track progress")
	ask[bool](p, unfoldAll)
	p.english()
	p.see("To be accepted", "1 working\u00a0hour", "Under way")
	p.marked(streetlight.title)
	p.marked("市12345智慧中心")
	if codes[0] != strings.TrimPrefix(p.path(), "/t/") {
		t.Errorf("the receipt of %s names %s", p.path(), codes[0])
	}

	other := w.windowOf(t, "")
	other.speak("lang", "en")
	other.open("/track")
	other.english()
	other.fill("number", codes[0])
	other.fill("code", "000000")
	other.press("Track")
	other.english()
	other.see("The number or the query code is not correct")
	other.fill("code", codes[1])
	other.press("Track")
	other.english()
	other.see("Add material")

	p.open("/published")
	p.english()
	p.press(ask[string](p, `document.querySelector("main a.title").innerText`))
	p.english()
	p.see("Answer")
	for _, path := range []string{"/about", "/figures", "/nowhere", "/published?q=nothing"} {
		p.open(path)
		p.english()
	}
	p.see("No matter matches your search")

	p.open(web.SignInPath) // staff read Chinese
	if lang := ask[string](p, askLang); lang != "zh-CN" {
		t.Errorf("the page to sign in on is in %q", lang)
	}
}

// TestEnglishOnTheWay: what a requester is told and asked while their matter is
// handled, and what they are told when it has moved on under their hands.
func TestEnglishOnTheWay(t *testing.T) {
	t.Parallel()
	w := open(t, "2026-11-23 15:30")
	s := w.stage()
	p := w.windowOf(t, "")
	p.speak("lang", "en")
	all := []staged{s.submitted, s.asked, s.handled, s.suspended, s.extending, s.replied, s.closed, s.appealed, s.rejected, s.withdrawn}
	p.follows(all...)
	for _, one := range all {
		p.open("/t/" + one.number)
		ask[bool](p, unfoldAll)
		p.english()
	}

	p.open("/t/" + s.replied.number)
	p.see("Answer", "Who has handled it")
	p.choose("result", string(ticket.Satisfied))
	p.choose("process", string(ticket.Satisfied))
	p.press("Rate")
	p.english()
	p.see("Done: Rate")

	p.open("/t/" + s.submitted.number)
	p.unfold("Urge")
	p.fill("note", "请尽快")
	s.submitted.by("", ticket.Withdraw{Note: "已自行解决"})
	p.send(`form[action$="/urge"]`)
	p.english()
	p.see("This cannot be done now; see where the matter stands", "Withdrawn")
}

// public are addresses of the public site; a ticket's and a receipt's come beside.
var public = []string{"/", "/submit", "/track", "/published", "/figures", "/about", "/nowhere"}

// letters is how large the letters of a page are, in pixels: the smallest and
// those of its text, headings and fields. What is drawn, a map, is left out.
type letters struct{ Smallest, Body, Heading, Field float64 }

const askLetters = `(() => {
	const size = (e) => e ? parseFloat(getComputedStyle(e).fontSize) : 0, texts = [];
	const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	while (walk.nextNode()) { const e = walk.currentNode.parentElement; if (walk.currentNode.data.trim() && e.checkVisibility() && !e.closest("svg, option, .unseen, script")) texts.push(size(e)); }
	return {Smallest: Math.min(...texts), Body: size(document.body), Heading: size(document.querySelector("h1")), Field: size(document.querySelector("main input:not([type=hidden], [type=radio], [type=checkbox]), main button"))};
})()`

// TestLargeText: on a phone every public page fits in both languages and both
// sizes of letters, and large letters are larger by a quarter at least, the
// smallest too.
func TestLargeText(t *testing.T) {
	t.Parallel()
	w := open(t, "2026-11-23 15:30")
	w.fill()
	one := w.handled("路灯反复熄灭").drafted().replied()
	for _, lang := range []string{"zh-CN", "en"} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			p := w.windowOf(t, "")
			p.run(chromedp.EmulateViewport(phone[0], phone[1]), network.SetCookie("huiyin_lang", lang).WithURL(p.url))
			p.follows(one)
			normal := map[string]letters{}
			for _, size := range []string{"normal", "large"} {
				p.speak("text", size)
				for _, path := range append([]string{"/t/" + one.number, "/t/" + one.number + "/receipt"}, public...) {
					p.open(path)
					ask[bool](p, unfoldAll)
					if f := ask[facts](p, askFacts); f.Wide > 0 {
						t.Errorf("%s in %s letters is %d pixels too wide: %s", path, size, f.Wide, f.Widest)
					}
					if got := ask[string](p, askLang); got != lang {
						t.Errorf("%s is in %q", path, got)
					}
					now := ask[letters](p, askLetters)
					if size == "normal" {
						normal[path] = now
						continue
					}
					if was := normal[path]; now.Smallest < 1.25*was.Smallest || now.Body < 1.25*was.Body || now.Heading < 1.25*was.Heading || now.Field < 1.25*was.Field {
						t.Errorf("%s: letters of %+v are no larger than those of %+v", path, now, was)
					}
				}
			}
		})
	}
}
