package browser

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// far is how many stops a thing may be away from where the focus is.
const far = 150

// typist works a window by its keys alone, and counts them.
type typist struct {
	*page
	presses int
}

// stop is where the focus is.
type stop struct {
	There, Seen bool
	What        string
}

const shiftKey = 8 // modifier of a key event

// stroke presses a key, and counts.
func (k *typist) stroke(name string) {
	k.t.Helper()
	k.presses++
	k.key(name)
}

// at says where the focus is, whether that is what a selector finds, and
// whether somebody who looks can see it.
func (k *typist) at(selector string) stop {
	k.t.Helper()
	return ask[stop](k.page, fmt.Sprintf(`(() => {
		const e = document.activeElement;
		if (!e || e === document.body) return {What: "", Seen: true};
		const s = getComputedStyle(e), r = e.getBoundingClientRect();
		const ring = s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0 || s.boxShadow !== "none";
		const within = r.width > 0 && r.height > 0 && r.bottom > 0 && r.top < innerHeight && r.right > 0 && r.left < innerWidth;
		return {There: e.matches(%q), Seen: ring && within, What: e.outerHTML.slice(0, 160)};
	})()`, selector))
}

// to presses Tab until the focus is on what a selector finds. Every stop on the
// way must be seen, and be left again by the next press.
func (k *typist) to(selector string) { k.t.Helper(); k.walk(selector, 0) }

// back does the same with Shift and Tab.
func (k *typist) back(selector string) { k.t.Helper(); k.walk(selector, shiftKey) }

func (k *typist) walk(selector string, modifiers input.Modifier) {
	k.t.Helper()
	if k.at(selector).There {
		return
	}
	before := ""
	for range far {
		k.presses++
		k.run(
			input.DispatchKeyEvent(input.KeyRawDown).WithKey("Tab").WithCode("Tab").WithWindowsVirtualKeyCode(9).WithModifiers(modifiers),
			input.DispatchKeyEvent(input.KeyUp).WithKey("Tab").WithCode("Tab").WithWindowsVirtualKeyCode(9).WithModifiers(modifiers),
		)
		now := k.at(selector)
		if !now.Seen {
			k.t.Errorf("%s at %s: the focus cannot be seen on %s", k.who, k.path(), now.What)
		}
		if now.There {
			return
		}
		if now.What != "" && now.What == before && !strings.Contains(now.What, `type="date"`) { // a date has three parts to stop at
			k.t.Fatalf("%s at %s: the focus is caught on %s", k.who, k.path(), now.What)
		}
		before = now.What
	}
	k.t.Fatalf("%s at %s: %d presses of Tab do not reach %s; the last stop is %s", k.who, k.path(), far, selector, before)
}

// types goes to a field and types.
func (k *typist) types(selector, text string) {
	k.t.Helper()
	k.to(selector)
	k.run(input.InsertText(text))
}

// takes goes to one of several answers and chooses by arrows.
func (k *typist) takes(name, value string) {
	k.t.Helper()
	k.to(fmt.Sprintf(`main input[type=radio][name=%q]`, name))
	want := fmt.Sprintf(`input[name=%q][value=%q]`, name, value)
	k.stroke(" ")
	for range 12 {
		if k.at(want).There {
			break
		}
		k.stroke("ArrowDown")
	}
	if !k.has(want + ":checked") {
		k.t.Fatalf("%s at %s: %s is not chosen by keys", k.who, k.path(), want)
	}
}

// turns goes to a list that folds and chooses by arrows.
func (k *typist) turns(selector, value string) {
	k.t.Helper()
	k.to(selector)
	for range far {
		if ask[string](k.page, `document.activeElement.value`) == value {
			return
		}
		k.stroke("ArrowDown")
	}
	k.t.Fatalf("%s at %s: %s does not come to %s", k.who, k.path(), selector, value)
}

// looksUp goes to a picker, types, and takes the second that is found and then
// the first instead.
func (k *typist) looksUp(name, words string) {
	k.t.Helper()
	k.types(fmt.Sprintf(`[data-picker][data-name=%q] [role=combobox]`, name), words)
	k.until(fmt.Sprintf(`document.querySelectorAll('[data-picker][data-name=%q] [role=option]').length > 1`, name))
	k.stroke("ArrowDown")
	second := fmt.Sprintf(`document.getElementById(document.activeElement.getAttribute("aria-activedescendant")) === document.querySelectorAll('[data-picker][data-name=%q] [role=option]')[1]`, name)
	if !ask[bool](k.page, second) {
		k.t.Errorf("%s: the picker does not say what it stands on", k.who)
	}
	k.audit("an open picker", wide)
	k.stroke("ArrowUp")
	k.stroke("Enter")
	if !k.has(fmt.Sprintf(`[data-picker][data-name=%q] .chip`, name)) {
		k.t.Fatalf("%s: nothing is picked for %s", k.who, name)
	}
}

// enters goes to what leads to another page, presses it and waits.
func (k *typist) enters(selector string) {
	k.t.Helper()
	k.to(selector)
	k.arrives("Enter")
}

func (k *typist) arrives(key string) {
	k.t.Helper()
	k.mark()
	k.stroke(key)
	k.arrive()
}

// until waits until a script is true.
func (p *page) until(script string) {
	p.t.Helper()
	tick := time.NewTicker(30 * time.Millisecond)
	defer tick.Stop()
	for late := time.After(patience); !ask[bool](p, script); {
		select {
		case <-late:
			p.t.Fatalf("%s at %s waits for %s:\n%s", p.who, p.path(), script, head(p.text(), 1500))
		case <-tick.C:
		}
	}
}

// typist signs somebody in by keys, and skips to the page's own part.
func (w *world) typist(login string) *typist {
	w.t.Helper()
	k := &typist{page: w.window()}
	k.who = login
	k.open("/desk")
	k.types(`input[name=login]`, login)
	k.types(`input[name=password]`, w.passwords[login])
	k.arrives("Enter")
	k.audit("the second step of signing in", wide, phone)
	k.run(chromedp.EmulateViewport(wide[0], wide[1]))
	code, err := w.app.DemoCode(w.t.Context(), login)
	if err != nil {
		w.t.Fatal(err)
	}
	k.types(`input[name=code]`, code.Plain())
	k.arrives("Enter")
	k.skips()
	return k
}

// skips follows the skip link: the next stop is in the page's own part.
func (k *typist) skips() {
	k.t.Helper()
	k.to(`a.skip`)
	k.stroke("Enter")
	k.to(`main *`)
	if k.at(`header *, nav *`).There {
		k.t.Errorf("%s: the skip link does not skip the menu", k.who)
	}
}

// uploads sends a file by the key that opens the choice of files.
func (k *typist) uploads(selector, file string) {
	k.t.Helper()
	k.to(selector)
	asked := make(chan cdp.BackendNodeID, 1)
	chromedp.ListenTarget(k.ctx, func(event any) {
		if e, ok := event.(*cdppage.EventFileChooserOpened); ok {
			asked <- e.BackendNodeID
		}
	})
	k.run(cdppage.SetInterceptFileChooserDialog(true))
	k.stroke("Enter")
	select {
	case node := <-asked:
		k.run(dom.SetFileInputFiles([]string{file}).WithBackendNodeID(node), cdppage.SetInterceptFileChooserDialog(false))
	case <-time.After(patience):
		k.t.Fatalf("%s: Enter on %s opens no choice of files", k.who, selector)
	}
}

func TestAgentByKeys(t *testing.T) {
	t.Parallel()
	w := open(t, "2026-03-02 09:00")
	asked := w.lodged("地铁站出口没有路灯")
	wrongly := w.lodged("要求改判一审判决")
	k := w.typist("agent01")

	k.back(`#side a[href="/desk/new"]`)
	k.arrives("Enter")
	k.types(`input[name=phone]`, "13800001234")
	k.until(`document.querySelector("#earlier").innerText.includes("地铁站出口没有路灯")`)
	k.types(`input[name=name]`, "欧阳小明")
	k.takes("kind", "complaint")
	k.types(`input[name=title]`, "茶亭公园路灯不亮")
	k.types(`input[name=when]`, "昨晚八点起")
	k.turns(`select[name=area]`, "350102001")
	k.types(`input[name=place]`, "公园北门")
	k.types(`input[name=want]`, "尽快修复")
	k.back(`textarea[name=body]`)
	k.to(`textarea[name=body]`)
	k.run(input.InsertText("北门一带的路灯全部不亮，老人散步看不清路。"))
	k.looksUp("category", "路灯")
	k.until(`document.querySelector("[data-draft-said]").innerText.includes("草稿已保存")`)

	k.back(`a.brand`)
	k.arrives("Enter")
	k.stroke("n") // the key of a new call
	k.until(`location.pathname === "/desk/new" && document.readyState === "complete"`)
	k.see("有没有提交的草稿")
	k.back(`a[href^="/desk/new?form="]`)
	k.arrives("Enter")
	if !k.has(`[data-picker][data-name=category] .chip`) { // the last thing before the page was left
		t.Error("the draft holds no category")
	}
	if got := ask[string](k.page, `document.querySelector("[name=title]").value`); got != "茶亭公园路灯不亮" {
		t.Errorf("the draft holds %q", got)
	}
	k.enters(`form#new .actions button`)
	k.see("诉求已登记", "待受理")
	k.uploads(`input[type=file]`, photo(t))
	k.enters(`form[action$="/files"] button`)
	k.see("附件已上传", "路灯.png")
	k.enters(`main a[href*="do=accept"]`)
	k.enters(`#panel .actions button`)
	k.see("已完成：受理")

	k.enters(`#side a[href="/desk/todo?step=accept"]`)
	k.enters(`main a[href$="` + asked.number + `"]`)
	k.enters(`main a[href*="do=answer#"]`)
	k.looksUp("category", "路灯")
	k.types(`#panel textarea[name=text]`, "出口的路灯本周内安装。")
	k.enters(`#panel .actions button`)
	k.see("出口的路灯本周内安装。")

	k.open("/desk/tickets/" + wrongly.number + "?do=reject#panel")
	k.dialog("code")
	k.see("不予受理")
	t.Logf("%d key presses", k.presses)
}

// dialog fills a form that asks whether it is meant, says no, and then yes.
func (k *typist) dialog(list string) {
	k.t.Helper()
	k.to(`#panel select[name=` + list + `]`)
	k.stroke("ArrowDown")
	k.to(`#panel .actions button`)
	k.stroke("Enter")
	k.until(`document.querySelector("dialog[open]") !== null`)
	if k.at(`dialog .grave`).There || !k.at(`dialog *`).There {
		k.t.Errorf("%s: the dialog begins at %s", k.who, k.at("*").What)
	}
	k.audit("an open dialog", wide)
	for range 5 {
		k.stroke("Tab")
		if now := k.at(`dialog *`); now.What != "" && !now.There {
			k.t.Errorf("%s: the focus leaves an open dialog for %s", k.who, now.What)
		}
	}
	k.stroke("Escape")
	k.until(`document.querySelector("dialog") === null`)
	if !k.at(`#panel .actions button`).There {
		k.t.Errorf("%s: a closed dialog leaves the focus on %q", k.who, k.at("*").What)
	}
	k.stroke("Enter")
	k.until(`document.querySelector("dialog[open]") !== null`)
	k.to(`dialog .grave`)
	k.arrives(" ")
}

func TestHandlerByKeys(t *testing.T) {
	t.Parallel()
	w := open(t, "2026-03-02 09:00")
	go w.app.Cases.Follow(t.Context(), func(error) {}) // pages hear of changes
	first := w.lodged("茶亭公园路灯不亮").accepted().dispatched()
	second := w.lodged("安泰河步道路灯不亮").accepted().dispatched()
	k := w.typist("u0030-handler")

	k.back(`#side a[href="/desk/todo"]`)
	k.arrives("Enter")
	k.skips()
	k.to(`main a[href$="` + first.number + `"]`)
	w.lodged("河滨步道灯光昏暗").accepted().dispatched()
	k.until(`document.querySelector("#lines").innerText.includes("河滨步道灯光昏暗")`)
	if !k.at(`main a[href$="` + first.number + `"]`).There {
		t.Errorf("a list that is renewed takes the focus to %q", k.at("*").What)
	}
	k.arrives("Enter")
	k.enters(`form[action$="/do/sign"] button`)
	k.see("已完成：签收")
	k.enters(`main a[href*="do=contact#"]`)
	k.takes("way", "visit")
	k.takes("reached", "true")
	k.types(`#panel textarea[name=note]`, "已到现场，与诉求人当面说明。")
	k.enters(`#panel .actions button`)
	k.see("已完成：", "已到现场")
	k.enters(`main a[href*="do=draft#"]`)
	k.to(`#panel .actions button`)
	k.stroke("Enter")
	if !k.at(`#panel [name=text]`).There {
		t.Errorf("a form that is not complete takes the focus to %q", k.at("*").What)
	}
	k.types(`#panel textarea[name=text]`, "路灯已经修好，请您留意。")
	k.types(`#panel textarea[name=public]`, "路灯已修复。")
	k.takes("solved", "solved")
	k.enters(`#panel .actions button`)
	k.see("已完成：", "路灯已经修好")

	k.enters(`#side a[href="/desk/todo"]`)
	k.skips()
	k.enters(`main a[href$="` + second.number + `"]`)
	k.arrives("1") // the key of the first action
	k.see("已完成：签收")
	k.to(`main details.more > summary`)
	k.stroke("Enter")
	k.enters(`.more-list a[href*="do=request_extension#"]`)
	k.types(`#panel input[name=days]`, "3")
	k.types(`#panel textarea[name=reason]`, "需要更换整段线路")
	k.enters(`#panel .actions button`)
	k.see("已完成：", "需要更换整段线路")
	t.Logf("%d key presses", k.presses)

	k.run(chromedp.EmulateViewport(phone[0], phone[1]))
	k.open("/desk/todo")
	k.to(`.menu-button`)
	k.stroke("Enter")
	k.to(`#side a[href="/desk/todo"]`)
	k.audit("an open menu", phone)
	k.stroke("Escape")
	if !k.at(`.menu-button[aria-expanded=false]`).There {
		t.Errorf("Escape in the menu of a phone leads to %q", k.at("*").What)
	}
}

// TestRulesByKeys changes a row of a table whose rows have two keys.
func TestRulesByKeys(t *testing.T) {
	t.Parallel()
	w := open(t, "2026-03-02 09:00")
	k := w.typist("sysadmin")
	k.back(`#side a[href="/admin/sheets"]`)
	k.arrives("Enter")
	k.enters(`main a[href="/admin/sheets/codes"]`)
	k.enters(`main a[href*="?row="]`)
	k.types(`#row input[name=name]`, "（试）")
	k.enters(`#row .actions button`)
	k.see("已保存", "（试）")
	t.Logf("%d key presses", k.presses)
}
