package browser

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// page is a window of somebody's browser.
type page struct {
	*world
	t   *testing.T
	ctx context.Context
	who string
}

// listen fails the test on what a page does wrong: an error of a script, or
// something that the content security policy has to stop.
func (p *page) listen(event any) {
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		p.t.Errorf("%s: a script failed: %s", p.who, e.ExceptionDetails.Error())
	case *runtime.EventConsoleAPICalled:
		// The clock of a test jumps over the end of a sign-in.
		if said := string(e.Args[0].Value); e.Type == runtime.APITypeError && !strings.Contains(said, "SSE reconnect failed with status 401") {
			p.t.Errorf("%s: console: %s", p.who, said)
		}
	}
}

func (p *page) run(actions ...chromedp.Action) {
	p.t.Helper()
	ctx, end := context.WithTimeout(p.ctx, patience)
	defer end()
	if err := chromedp.Run(ctx, actions...); err != nil {
		var text, at string
		_ = chromedp.Run(p.ctx, chromedp.Location(&at), chromedp.Evaluate(`document.body.innerText`, &text))
		p.t.Fatalf("%s at %s: %v\n%s", p.who, at, err, head(text, 1500))
	}
}

func head(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + " …"
	}
	return text
}

// open goes to a page of the site.
func (p *page) open(path string) {
	p.t.Helper()
	p.run(chromedp.Navigate(p.url+path), chromedp.WaitReady("#main"))
}

// ask evaluates a script and returns what it gives.
func ask[T any](p *page, script string) (out T) {
	p.t.Helper()
	p.run(chromedp.Evaluate(script, &out))
	return out
}

func (p *page) has(selector string) bool {
	p.t.Helper()
	return ask[bool](p, fmt.Sprintf("document.querySelector(%q) !== null", selector))
}

func (p *page) text() string {
	p.t.Helper()
	return ask[string](p, `document.body.innerText`)
}

func (p *page) path() string {
	p.t.Helper()
	return ask[string](p, `location.pathname`)
}

// see fails unless the page says all of the words.
func (p *page) see(words ...string) {
	p.t.Helper()
	text := p.text()
	for _, w := range words {
		if !strings.Contains(text, w) {
			p.t.Fatalf("%s at %s does not read %q:\n%s", p.who, p.path(), w, head(text, 2500))
		}
	}
}

func (p *page) seeNot(words ...string) {
	p.t.Helper()
	text := p.text()
	for _, w := range words {
		if strings.Contains(text, w) {
			p.t.Fatalf("%s at %s reads %q", p.who, p.path(), w)
		}
	}
}

// fill types into a field of the form that is open.
func (p *page) fill(name, text string) {
	p.t.Helper()
	field := fmt.Sprintf(`main form [name=%q]:not([type=hidden])`, name)
	ask[bool](p, fmt.Sprintf(`(() => { const f = document.querySelector(%q); f.focus(); f.select(); return true; })()`, field))
	p.run(input.InsertText(text))
}

// set gives a field a value as a script would: dates and long texts.
func (p *page) set(name, value string) {
	p.t.Helper()
	ask[bool](p, fmt.Sprintf(`(() => { const f = document.querySelector('main form [name=%q]:not([type=hidden])'); f.value = %q; f.dispatchEvent(new Event("input", {bubbles: true})); f.dispatchEvent(new Event("change", {bubbles: true})); return true; })()`, name, value))
}

// choose takes one of several answers.
func (p *page) choose(name, value string) {
	p.t.Helper()
	p.run(chromedp.Click(fmt.Sprintf(`main form input[name=%q][value=%q]`, name, value), chromedp.ByQuery))
}

// pick looks a unit or a matter up by words and takes the first that is found.
func (p *page) pick(name, words string) {
	p.t.Helper()
	box := fmt.Sprintf(`[data-picker][data-name=%q] [role=combobox]`, name)
	p.run(
		chromedp.SendKeys(box, words, chromedp.ByQuery),
		chromedp.WaitVisible(fmt.Sprintf(`[data-picker][data-name=%q] [role=option]`, name), chromedp.ByQuery),
	)
	p.key("Enter")
	p.run(chromedp.WaitReady(fmt.Sprintf(`[data-picker][data-name=%q] [aria-expanded="false"]`, name), chromedp.ByQuery))
}

// keys are what is pressed beside letters: the text that a key gives, and its
// number.
var keys = map[string]struct {
	text string
	code int64
}{"Enter": {"\r", 13}, "Tab": {"", 9}, " ": {" ", 32}, "ArrowDown": {"", 40}, "ArrowUp": {"", 38}, "Escape": {"", 27}, "n": {"n", 78}, "1": {"1", 49}}

// key presses a key where the focus is.
func (p *page) key(name string) {
	p.t.Helper()
	k := keys[name]
	down := input.DispatchKeyEvent(input.KeyDown).WithKey(name).WithText(k.text).WithWindowsVirtualKeyCode(k.code)
	if k.text == "" {
		down.Type = input.KeyRawDown
	}
	p.run(down, input.DispatchKeyEvent(input.KeyUp).WithKey(name).WithWindowsVirtualKeyCode(k.code))
}

// clear takes out what a picker holds.
func (p *page) clear(name string) {
	p.t.Helper()
	ask[bool](p, fmt.Sprintf(`document.querySelectorAll('[data-picker][data-name=%q] .chip button').forEach((b) => b.click()) ?? true`, name))
}

// press presses a button or follows a link by its words, and waits for the page
// that comes.
func (p *page) press(words string) {
	p.t.Helper()
	p.mark()
	found := ask[bool](p, fmt.Sprintf(`(() => {
		const all = [...document.querySelectorAll("main button, main a, main summary, dialog button")].filter((e) => e.checkVisibility());
		const one = all.find((e) => e.innerText.trim() === %q) ?? all.find((e) => e.innerText.trim().startsWith(%q));
		if (!one) return false;
		setTimeout(() => one.click()); // the answer comes before the page is left
		return true;
	})()`, words, words))
	if !found {
		p.t.Fatalf("%s at %s: nothing to press reads %q:\n%s", p.who, p.path(), words, head(p.text(), 2500))
	}
	p.arrive()
}

// mark and arrive wait for another page to come in the place of this one.
func (p *page) mark() { ask[bool](p, `window.before = true`) }

func (p *page) arrive() {
	p.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	late := time.After(patience)
	for {
		select {
		case <-late:
			p.t.Fatalf("%s waits for a page that does not come", p.who)
		case <-tick.C:
		}
		// A page that is being left answers with an error.
		var there bool
		ctx, end := context.WithTimeout(p.ctx, time.Second)
		err := chromedp.Run(ctx, chromedp.Evaluate(`!window.before && document.readyState === "complete" && document.querySelector("main") !== null`, &there))
		end()
		if err == nil && there {
			return
		}
	}
}

// unfold opens a part of the page that is folded.
func (p *page) unfold(words string) {
	p.t.Helper()
	ask[bool](p, fmt.Sprintf(`(() => { for (const s of document.querySelectorAll("main summary")) if (s.innerText.trim() === %q) s.parentElement.open = true; return true; })()`, words))
}

// signIn does both steps of signing in.
func (p *page) signIn(login string) {
	p.t.Helper()
	p.fill("login", login)
	p.fill("password", p.passwords[login])
	p.press("下一步")
	code, err := p.app.DemoCode(p.t.Context(), login)
	if err != nil {
		p.t.Fatal(err)
	}
	p.fill("code", code.Plain())
	p.press("登录")
}

// act opens a ticket, chooses an action, fills its form in and sends it.
func (p *page) act(number, action string, fill func()) {
	p.t.Helper()
	p.open("/desk/tickets/" + number + "?do=" + action)
	if !p.has("#panel") {
		p.t.Fatalf("%s is not offered %s at %s:\n%s", p.who, action, number, head(p.text(), 1500))
	}
	if fill != nil {
		fill()
	}
	p.send("#panel form")
	if p.has("#panel [role=alert]") {
		p.t.Fatalf("%s: %s was refused: %s", p.who, action, ask[string](p, `document.querySelector("#panel [role=alert]").innerText`))
	}
}

// send sends a form, says yes where it asks, and waits for the page that comes.
func (p *page) send(form string) {
	p.t.Helper()
	asked := p.has(form + "[data-confirm]")
	p.mark()
	p.tap(form + " .actions button")
	if asked {
		p.run(chromedp.WaitVisible("dialog[open] button.grave", chromedp.ByQuery))
		p.tap("dialog[open] button.grave")
	}
	p.arrive()
}

// tap presses what a selector finds.
func (p *page) tap(selector string) {
	p.t.Helper()
	ask[bool](p, fmt.Sprintf(`(() => { const e = document.querySelector(%q); setTimeout(() => e.click()); return true; })()`, selector))
}

// offers reports whether a ticket's page offers an action.
func (p *page) offers(number, action string) bool {
	p.t.Helper()
	p.open("/desk/tickets/" + number)
	return p.has(fmt.Sprintf(`a[href*="do=%s#"], form[action$="/do/%s"]`, action, action))
}

// windowOf opens a window for a test of its own, signed in as somebody of the
// staff; nobody is the public.
func (w *world) windowOf(t *testing.T, login string) *page {
	t.Helper()
	p := w.window()
	p.t, p.who = t, login
	if login != "" {
		p.open("/desk")
		p.signIn(login)
	}
	return p
}
