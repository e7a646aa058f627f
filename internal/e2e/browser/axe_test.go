package browser

import (
	"cmp"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"huiyin/internal/app"
	"huiyin/internal/org"
	"huiyin/internal/ticket"
	"huiyin/internal/web"
)

// axeSource is where scripts/assets.sh puts axe-core.
const axeSource = "../../../bin/npm/node_modules/axe-core/axe.min.js"

// sample is one address of a route, as somebody sees it. Nobody is the public,
// with the query codes of the staged tickets.
type sample struct {
	who, path string
	status    int // zero is 200
}

// fragments are the GET routes that answer with no page of their own.
var fragments = map[string]string{
	"/prefs":                                "goes back to where it was asked",
	"/desk/sign-in/code":                    "goes to the sign-in",
	"/desk/menu":                            "part of every page of the desks",
	"/desk/events":                          "a stream",
	"/desk/units":                           "answers to a picker",
	"/desk/categories":                      "answers to a picker",
	"/desk/tickets/{number}/files/{sha256}": "a file",
	"/t/{number}/files/{sha256}":            "a file",
	"/admin/sheets/{sheet}/download":        "a file",
}

// finding is what axe says is wrong.
type finding struct {
	ID, Impact, Help string
	Nodes            []struct {
		HTML, Summary string
	}
}

func (f finding) String() string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s (%s): %s, %d times", f.ID, f.Impact, f.Help, len(f.Nodes))
	for _, n := range f.Nodes[:min(len(f.Nodes), 3)] {
		fmt.Fprintf(&out, "\n    %s\n      %s", n.HTML, strings.ReplaceAll(n.Summary, "\n", " "))
	}
	return out.String()
}

// facts are what every page must keep to beside the rules of axe.
type facts struct {
	Wide, Headings int
	Widest         string
	Title          string
	Status         int
}

const (
	askFacts = `(() => ({Wide: document.documentElement.scrollWidth - innerWidth, Headings: document.querySelectorAll("h1").length, Title: document.title,
		Widest: [...document.body.querySelectorAll("*")].filter((e) => e.getBoundingClientRect().right > innerWidth + .5 && !e.parentElement.closest(".scroll, .tabs, nav")).at(-1)?.outerHTML.slice(0, 200) ?? "",
		Status: performance.getEntriesByType("navigation")[0].responseStatus}))()`
	// What is folded is looked at unfolded, but for a tree of a thousand units.
	unfoldAll = `document.querySelectorAll("main details").forEach((d, i) => { if (i < 40) d.open = true; }) === undefined`
	// What is around the form of a command is looked at once, without it.
	runAxe = `axe.run(location.search.startsWith("?do=") ? "#panel" : document, {resultTypes: ["violations"], preload: false}).then((r) => r.violations.map((v) => ({ID: v.id, Impact: v.impact, Help: v.help,
		Nodes: v.nodes.map((n) => ({HTML: n.html.slice(0, 300), Summary: n.failureSummary}))})))`
)

// axe is axe-core, read once.
var axe = sync.OnceValues(func() (string, error) {
	source, err := os.ReadFile(axeSource)
	return string(source), err
})

// size is that of a screen, in pixels.
type size [2]int64

// The screens that every page is looked at on.
var (
	wide  = size{1440, 900}
	phone = size{390, 844}
)

// audit lets axe look at the page that is open, and at its width, heading and
// title.
func (p *page) audit(about string, sizes ...size) {
	p.t.Helper()
	source, err := axe()
	if err != nil {
		p.t.Fatalf("%v: run scripts/assets.sh", err)
	}
	p.run(chromedp.Evaluate(source+"; true", nil))
	for _, size := range sizes {
		p.run(chromedp.EmulateViewport(size[0], size[1]))
		if f := ask[facts](p, askFacts); f.Wide > 0 || f.Headings != 1 || f.Title == "" || strings.HasPrefix(f.Title, " ") {
			p.t.Errorf("%s at %dx%d: %d pixels too wide (%s), %d headings of the first level, title %q", about, size[0], size[1], f.Wide, f.Widest, f.Headings, f.Title)
		}
		var found []finding
		p.run(chromedp.Evaluate(runAxe, &found, func(e *runtime.EvaluateParams) *runtime.EvaluateParams { return e.WithAwaitPromise(true) }))
		for _, f := range found {
			p.t.Errorf("%s at %dx%d: %s", about, size[0], size[1], f)
		}
	}
}

// stage is the tickets that pages are looked at with.
type stage struct {
	submitted, asked, toDispatch, toSign, handled, drafted, returning, extending, suspending, suspended, replied, toFollowUp,
	closed, appealed, rejected, withdrawn, supervised, consulting, joint staged
}

func (w *world) stage() stage {
	s := stage{
		submitted:  w.lodged("鼓屏路井盖松动"),
		asked:      w.lodged("公交站牌倾斜").by("agent01", ticket.AskInfo{Question: "请问是哪一个站牌，什么时候发现的？"}),
		toDispatch: w.lodged("五一广场路灯损坏").accepted(),
		toSign:     w.lodged("河滨步道灯光昏暗").accepted().dispatched(),
		handled:    w.handled("西湖公园园灯不亮"),
		drafted:    w.handled("隧道照明故障").drafted(),
		returning:  w.handled("铁路涵洞没有照明"),
		extending:  w.handled("高架桥下路灯不亮").asked(ticket.RequestExtension{Days: 3, Reason: "需要更换整段线路"}),
		suspending: w.handled("老街灯杆锈蚀").asked(ticket.RequestSuspension{Until: w.until(30), Reason: "等待街区改造", Interim: "已纳入改造计划"}),
		suspended:  w.handled("码头照明改造").asked(ticket.RequestSuspension{Until: w.until(30), Reason: "等待航道施工结束", Interim: "施工结束后安装"}),
		replied:    w.handled("小巷没有路灯").drafted().replied(),
		toFollowUp: w.handled("路灯白天常亮").drafted().replied().rated(ticket.Satisfied),
		closed:     w.handled("路灯被树遮挡").drafted().replied().rated(ticket.Satisfied).followedUp(),
		appealed:   w.handled("路灯反复熄灭").drafted().replied().rated(ticket.Satisfied).followedUp().by("", ticket.RequestReview{Reason: "第二天又不亮了"}),
		rejected:   w.lodged("要求撤销法院判决").by("agent01", ticket.Reject{Code: w.app.City.Current().Codes(org.RejectReasons)[0].Code, Note: "请向人民法院提出"}),
		withdrawn:  w.lodged("填错了").by("", ticket.Withdraw{Note: "重复提交"}),
		supervised: w.handled("学校门口路灯不亮").by("supervisor01", ticket.Supervise{Reason: "学生放学安全"}),
		consulting: w.lodged("界河桥上的路灯").accepted().by("dispatcher01", ticket.Consult{Note: "两区交界，职责不清"}),
		joint:      w.lodged("地铁口路灯和护栏").accepted().dispatched("市住房和城乡建设局").signed(),
	}
	s.suspended.by("reviewer01", ticket.DecideSuspension{Verdict: ticket.Verdict{Approve: true}})
	return s
}

// samples are the addresses that stand for each route.
func (s stage) samples() map[string][]sample {
	own := func(list ...staged) (out []sample) {
		for _, one := range list {
			out = append(out, sample{path: "/t/" + one.number})
		}
		return out
	}
	seen := func(who string, list ...staged) (out []sample) {
		for _, one := range list {
			out = append(out, sample{who: who, path: "/desk/tickets/" + one.number})
		}
		return out
	}
	at := func(who string, paths ...string) (out []sample) {
		for _, path := range paths {
			out = append(out, sample{who: who, path: path})
		}
		return out
	}
	desk := "/desk/tickets/" + s.handled.number
	return map[string][]sample{
		"/{$}":                at("", "/"),
		"/about":              at("", "/about"),
		"/figures":            at("", "/figures"),
		"/submit":             at("", "/submit"),
		"/track":              at("", "/track", "/track?number="+s.replied.number),
		"/published":          at("", "/published", "/published?q=没有这样的诉求"),
		"/t/{number}":         own(s.submitted, s.asked, s.handled, s.suspended, s.extending, s.replied, s.closed, s.appealed, s.rejected, s.withdrawn),
		"/t/{number}/receipt": at("", "/t/"+s.submitted.number+"/receipt", "/t/"+s.submitted.number+"/receipt?refused=照片.tiff：不支持的格式"),
		"/style":              at("", "/style"),
		web.SignInPath:        at("", web.SignInPath),
		"/desk":               slices.Concat(at("agent01", "/desk"), at("dispatcher01", "/desk"), at("u0030-handler", "/desk"), at("sysadmin", "/desk"), at("secadmin", "/desk"), at("auditadmin", "/desk")),
		"/desk/todo":          slices.Concat(at("dispatcher01", "/desk/todo", "/desk/todo?step=dispatch"), at("u0030-handler", "/desk/todo"), at("analyst01", "/desk/todo")),
		"/desk/tickets":       slices.Concat(at("dispatcher01", "/desk/tickets", "/desk/tickets?q=没有这样的工单"), at("supervisor01", "/desk/tickets?late=1")),
		"/desk/tickets/{number}": slices.Concat(
			seen("agent01", s.submitted, s.asked, s.rejected, s.withdrawn), seen("dispatcher01", s.toDispatch, s.joint, s.consulting),
			seen("u0030-handler", s.toSign, s.handled, s.supervised), seen("u0030-approver", s.drafted, s.extending), seen("reviewer01", s.suspending, s.suspended, s.appealed),
			seen("followup01", s.toFollowUp, s.replied), seen("supervisor01", s.closed), s.panels(),
		),
		"/desk/tickets/{number}/clocks/{clock}": at("dispatcher01", desk+"/clocks/1"),
		"/desk/tickets/{number}/log":            slices.Concat(at("supervisor01", desk+"/log"), at("agent01", "/desk/tickets/"+s.submitted.number+"/log")),
		"/desk/new":                             at("agent01", "/desk/new"),
		"/desk/me":                              at("u0030-handler", "/desk/me"),
		"/admin/units":                          at("sysadmin", "/admin/units", "/admin/units?q=城市管理", "/admin/units?q=没有"),
		"/admin/sheets":                         at("sysadmin", "/admin/sheets"),
		"/admin/sheets/{sheet}":                 at("sysadmin", "/admin/sheets/limits", "/admin/sheets/policy?row=kinds", "/admin/sheets/units?new=1", "/admin/sheets/catalogue"),
		"/admin/limits":                         at("sysadmin", "/admin/limits", "/admin/limits?kind=complaint&urgency=normal&channel=website&date=2026-02-11&time=09:00"),
		"/admin/calendar":                       at("sysadmin", "/admin/calendar"),
		"/admin/accounts":                       slices.Concat(at("sysadmin", "/admin/accounts", "/admin/accounts?q=没有"), at("secadmin", "/admin/accounts?q=agent")),
		"/admin/accounts/{login}":               slices.Concat(at("sysadmin", "/admin/accounts/agent01", "/admin/accounts/new"), at("secadmin", "/admin/accounts/agent01")),
		"/admin/log":                            at("auditadmin", "/admin/log"),
	}
}

// panels are the forms of all commands, each on a ticket that it suits where
// there is one.
func (s stage) panels() (out []sample) {
	suits := map[ticket.Name]struct {
		who string
		on  staged
	}{
		"accept": {"agent01", s.submitted}, "answer": {"agent01", s.submitted}, "ask_info": {"agent01", s.submitted}, "reject": {"agent01", s.submitted},
		"merge": {"agent01", s.submitted}, "supply": {"agent01", s.asked}, "dispatch": {"dispatcher01", s.toDispatch}, "arbitrate": {"dispatcher01", s.consulting},
		"decide_extension": {"reviewer01", s.extending}, "decide_suspension": {"reviewer01", s.suspending}, "resume": {"reviewer01", s.suspended},
		"sign": {"u0030-handler", s.toSign}, "contact": {"u0030-handler", s.handled}, "draft": {"u0030-handler", s.joint}, "request_return": {"u0030-handler", s.toSign},
		"request_extension": {"u0030-handler", s.handled}, "request_suspension": {"u0030-handler", s.handled}, "answer_order": {"u0030-handler", s.supervised},
		"sign_off": {"u0030-approver", s.drafted}, "send_back_draft": {"u0030-approver", s.drafted}, "endorse": {"u0030-approver", s.returning},
		"rate": {"followup01", s.replied}, "follow_up": {"followup01", s.toFollowUp}, "publish": {"reviewer01", s.closed}, "decide_review": {"reviewer01", s.appealed},
		"supervise": {"supervisor01", s.joint}, "urge": {"supervisor01", s.handled}, "withdraw": {"agent01", s.handled},
	}
	for _, act := range web.Acts() {
		to, ok := suits[act.Name]
		if !ok {
			to.who, to.on = "dispatcher01", s.handled
		}
		out = append(out, sample{who: to.who, path: "/desk/tickets/" + to.on.number + "?do=" + string(act.Name)})
	}
	return out
}

// follows gives a window the query codes of the staged tickets, as somebody
// has who submitted them there.
func (p *page) follows(list ...staged) {
	p.t.Helper()
	pairs := make([]string, len(list))
	for i, s := range list {
		pairs[i] = s.number + ":" + s.code
	}
	p.run(network.SetCookie("huiyin_follow", strings.Join(pairs, ".")).WithURL(p.url))
}

// TestAxe lets axe look at every page of the route table, on a desk's screen
// and on a phone's.
func TestAxe(t *testing.T) {
	t.Parallel()
	w := open(t, "2026-11-23 15:30")
	w.fill()
	s := w.stage()
	surface, err := w.app.Surface(app.Server{Demo: true})
	if err != nil {
		t.Fatal(err)
	}
	people, samples := map[string][]sample{}, s.samples()
	for _, r := range surface.Pages {
		if r.Method != http.MethodGet || fragments[r.Path] != "" {
			continue
		}
		if len(samples[r.Path]) == 0 {
			t.Errorf("no sample stands for GET %s", r.Path)
		}
		for _, one := range samples[r.Path] {
			people[one.who] = append(people[one.who], one)
		}
	}
	people[""] = append(people[""], sample{path: "/nowhere", status: http.StatusNotFound})
	people["agent01"] = append(people["agent01"], sample{who: "agent01", path: "/admin/units", status: http.StatusForbidden})
	for who, list := range people {
		t.Run("as "+who, func(t *testing.T) {
			t.Parallel()
			p := w.windowOf(t, who)
			if who == "" {
				p.follows(s.submitted, s.asked, s.handled, s.suspended, s.extending, s.replied, s.closed, s.appealed, s.rejected, s.withdrawn)
			}
			for _, one := range list {
				p.look(one, wide, phone)
			}
			for path, form := range s.refusals()[who] {
				p.lookRefused(path, form)
			}
			if who == "" {
				p.lookOtherwise(list)
			}
		})
	}
}

// look opens a sample and audits it.
func (p *page) look(s sample, sizes ...size) {
	p.t.Helper()
	p.run(chromedp.EmulateViewport(sizes[0][0], sizes[0][1]))
	p.open(s.path)
	if got, want := ask[facts](p, askFacts).Status, cmp.Or(s.status, http.StatusOK); got != want {
		p.t.Errorf("%s answers %d, not %d", s.path, got, want)
	}
	ask[bool](p, unfoldAll)
	p.audit(s.path, sizes...)
}

// refusals are forms by their pages, to be sent as they are.
func (s stage) refusals() map[string]map[string]string {
	on := "/desk/tickets/" + s.joint.number + "?do="
	return map[string]map[string]string{
		"":              {"/submit": "main form", "/track": "main form", web.SignInPath: "main form", "/t/" + s.replied.number: form("rate")},
		"agent01":       {"/desk/new": "#new"},
		"u0030-handler": {on + "draft": "#panel form", on + "request_return": "#panel form"},
		"sysadmin":      {"/admin/sheets/limits?new=1": "#row", "/admin/accounts/new": "main .card form"},
	}
}

// lookRefused sends a form that is not filled in, past the browser's own
// checks, and audits how it comes back.
func (p *page) lookRefused(path, form string) {
	p.t.Helper()
	p.run(chromedp.EmulateViewport(wide[0], wide[1]))
	p.open(path)
	p.mark()
	ask[bool](p, fmt.Sprintf(`(() => { const f = document.querySelector(%q); f.noValidate = true; setTimeout(() => f.requestSubmit()); return true; })()`, form))
	p.arrive()
	if !p.has(`main [role=alert]`) {
		p.t.Errorf("%s: an empty form is not refused:\n%s", path, head(p.text(), 800))
	}
	ask[bool](p, unfoldAll)
	p.audit(path+" refused", wide, phone)
}

// lookOtherwise looks at the public site on a phone in large letters, and then
// in English too, which takes the most room. One ticket stands for all.
func (p *page) lookOtherwise(list []sample) {
	p.t.Helper()
	for _, cookie := range [][2]string{{"huiyin_text", "large"}, {"huiyin_lang", "en"}} {
		p.run(network.SetCookie(cookie[0], cookie[1]).WithURL(p.url))
		ticket := false
		for _, s := range list {
			if strings.Contains(s.path, "?") || ticket && strings.HasPrefix(s.path, "/t/") {
				continue
			}
			ticket = ticket || strings.HasPrefix(s.path, "/t/")
			p.look(s, phone)
		}
	}
}
