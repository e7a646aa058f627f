package app

import (
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"huiyin/internal/casework"
	"huiyin/internal/ticket"
)

var chinese = regexp.MustCompile(`\p{Han}`)

// spoken are the attributes that people read or hear.
var spoken = []string{"aria-label", "title", "alt", "placeholder", "data-confirm"}

// TestEnglish: whoever chose English reads nothing in Chinese on the public pages
// but what people wrote and what things are called, and that says that it is
// Chinese.
func TestEnglish(t *testing.T) {
	t.Parallel()
	towns(t, Server{Demo: true}, func(w *town) {
		said := map[string]string{} // what is left in Chinese, and where first
		look := func(a asked) *httptest.ResponseRecorder {
			if a.cookies == nil {
				a.cookies = map[string]string{}
			}
			a.cookies["huiyin_lang"] = "en"
			answer := w.ask(a)
			if strings.HasPrefix(answer.Header().Get("Content-Type"), "text/html") {
				for _, text := range inChinese(w.t, answer.Body.String()) {
					if said[text] == "" {
						said[text] = a.method + " " + a.path
					}
				}
			}
			return answer
		}
		for _, s := range w.everyState() {
			owner := map[string]string{"huiyin_follow": s.number + ":" + s.code}
			look(asked{method: "GET", path: "/t/" + s.number})
			look(asked{method: "GET", path: "/t/" + s.number + "?done=rate", cookies: owner})
			look(asked{method: "GET", path: "/t/" + s.number + "/receipt", cookies: owner})
			for i := range ticket.Lifecycle {
				if rule := &ticket.Lifecycle[i]; slices.Contains(rule.By, ticket.Requester) {
					look(asked{method: "POST", path: "/t/" + s.number + "/" + string(rule.Command), cookies: owner, form: url.Values{"key": {"k"}}})
				}
			}
		}
		if _, err := w.Cases.Count(w.t.Context(), 100); err != nil {
			w.t.Fatal(err)
		}
		for _, path := range []string{
			"/", "/about", "/submit", "/track", "/track?number=123", "/published", "/published?q=nothing", "/published?kind=help", "/figures", "/figures?group=city&order=solved",
			"/figures?q=nothing", "/figures?period=2000", "/nowhere", "/t/123", "/t/123/receipt", "/published?cursor=x",
		} {
			look(asked{method: "GET", path: path})
		}
		look(asked{method: "POST", path: "/submit"})
		look(asked{method: "POST", path: "/submit", form: url.Values{"kind": {"help"}, "title": {"a"}, "body": {"b"}, "who": {"individual"}}})
		look(asked{method: "POST", path: "/submit", form: url.Values{"kind": {"x"}, "title": {"路灯不亮"}, "body": {"请尽快修理。"}, "who": {"individual"}, "phone": {"1"}, "email": {"1"}}})
		look(asked{method: "POST", path: "/submit", header: map[string]string{"Sec-Fetch-Site": "cross-site"}})
		for range 30 {
			look(asked{method: "POST", path: "/track", form: url.Values{"number": {"261123000001"}, "code": {"000000"}}})
		}
		for text, where := range said {
			w.t.Errorf("%s: %q", where, text)
		}
	})
}

// inChinese lists what a page says in Chinese outside of what is marked as such.
func inChinese(t testing.TB, page string) (list []string) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var read func(n *html.Node)
	read = func(n *html.Node) {
		a := attributes(n)
		switch {
		case a["lang"] == "zh-CN" || n.Data == "style" || n.Data == "script" || n.Data == "textarea": // the last is what was typed
			return
		case n.Type == html.TextNode && chinese.MatchString(n.Data):
			list = append(list, strings.TrimSpace(n.Data))
		}
		for _, name := range spoken {
			if chinese.MatchString(a[name]) {
				list = append(list, a[name])
			}
		}
		for c := range n.ChildNodes() {
			read(c)
		}
	}
	for n := range root.ChildNodes() {
		if n.Type == html.ElementNode && attributes(n)["lang"] != "en" {
			list = append(list, "the page does not say that it is English")
		}
		for c := range n.ChildNodes() {
			read(c)
		}
	}
	return list
}

// everyState brings tickets to what a requester may meet.
func (w *town) everyState() []*scene {
	w.t.Helper()
	step := func(role ticket.Role, unit ticket.UnitID, cmd ticket.Command) func(*scene) {
		return func(s *scene) {
			if role == ticket.Requester {
				w.asRequester(s, cmd)
				return
			}
			w.command(s, role, unit, cmd)
		}
	}
	sign := step(ticket.Handler, deptA, ticket.Sign{})
	draft := step(ticket.Handler, deptA, ticket.Draft{Text: "已修好。", Public: "已修好。", Solved: "solved"})
	out := step(ticket.Approver, deptA, ticket.SignOff{})
	rate := step(ticket.Requester, 0, ticket.Rate{Result: ticket.Unsatisfied, Process: ticket.Basically, Code: "not_solved"})
	endorse := step(ticket.Approver, deptA, ticket.Endorse{})
	call := step(ticket.FollowUpAgent, cityCenter, ticket.FollowUp{Reached: true, Contacted: true, Solved: true, Grade: ticket.Satisfied})
	review := step(ticket.Requester, 0, ticket.RequestReview{Reason: "没有修好"})
	roads := [][]func(*scene){
		{},
		{sign},
		{sign, step(ticket.Handler, deptA, ticket.RequestExtension{Days: 3, Reason: "备件未到"}), endorse, step(ticket.CenterHead, cityCenter, ticket.DecideExtension{Verdict: ticket.Verdict{Approve: true}})},
		{sign, step(ticket.Handler, deptA, ticket.RequestSuspension{Until: ticket.At(w.time().Add(10 * 24 * time.Hour)), Reason: "等待材料", Interim: "正在采购"}), endorse, step(ticket.CenterHead, cityCenter, ticket.DecideSuspension{Verdict: ticket.Verdict{Approve: true}})},
		{sign, draft, out},
		{sign, draft, out, rate},
		{sign, draft, out, rate, call, step(ticket.Reviewer, cityCenter, ticket.Publish{Title: "路灯", Body: "不亮", Reply: "修好"})},
		{sign, draft, out, rate, call, review},
		{sign, draft, out, rate, call, review, step(ticket.Reviewer, cityCenter, ticket.DecideReview{Note: "已核实"})},
		{sign, draft, out, rate, call, review, step(ticket.Reviewer, cityCenter, ticket.DecideReview{Approve: true})},
		{step(ticket.Requester, 0, ticket.Withdraw{})},
	}
	scenes := []*scene{w.stage(false), w.stage(true, deptA)}
	for _, road := range roads {
		s := w.stage(false, deptA)
		for _, step := range road {
			step(s)
		}
		scenes = append(scenes, s)
	}
	for _, cmd := range []ticket.Command{ticket.AskInfo{Question: "在哪里？"}, ticket.Reject{Code: "court", Note: "请向法院提出"}, ticket.Answer{Text: "您好。"}} {
		s := w.stage(false)
		w.command(s, ticket.Agent, cityCenter, cmd)
		scenes = append(scenes, s)
	}
	return scenes
}

func (w *town) asRequester(s *scene, cmd ticket.Command) {
	w.t.Helper()
	if _, err := w.Cases.Do(w.t.Context(), ticket.TheRequester(), s.id, cmd, casework.Options{}); err != nil {
		w.t.Fatalf("%s: %v", cmd.Name(), err)
	}
}
