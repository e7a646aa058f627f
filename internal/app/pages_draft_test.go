package app

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"huiyin/internal/ticket"
)

// TestBegunReplies: what somebody began to write on a ticket is there when they
// come back, for them alone, until it is sent.
func TestBegunReplies(t *testing.T) {
	t.Parallel()
	towns(t, Server{}, func(w *town) {
		s := w.stage(false, deptA)
		w.command(s, ticket.Handler, deptA, ticket.Sign{})
		w.command(s, ticket.Handler, deptA, ticket.Contact{Way: "phone", Reached: true})
		mine, other := loginOf(ticket.Handler, deptA), loginOf(ticket.Dispatcher, cityCenter)
		form := func(login, more string) string {
			a := w.ask(asked{method: "GET", path: "/desk/tickets/" + s.number + "?do=draft" + more, login: login})
			w.says(a, http.StatusOK)
			return a.Body.String()
		}
		long := strings.Repeat("路灯已经修好。", 2800) // nearly all that a reply may hold
		typed := url.Values{"text": {long}, "public": {long}, "solved": {"solved"}, "key": {"k"}, "version": {"1"}}
		w.says(w.ask(asked{method: "POST", path: "/desk/drafts/" + s.number + ".draft", login: mine, form: typed}), http.StatusNoContent)
		for _, is := range []struct {
			login, more string
			there       bool
		}{{mine, "", true}, {mine, "&fresh=1", false}, {other, "", false}} {
			page := form(is.login, is.more)
			if strings.Contains(page, long) != is.there || strings.Contains(page, "已恢复您上次没有提交的内容") != is.there {
				w.t.Errorf("%s%s: what was begun should be there: %t", is.login, is.more, is.there)
			}
			if strings.Contains(page, "内容有了新变化") != is.there { // since version 1
				w.t.Errorf("%s%s: what happened since should be said: %t", is.login, is.more, is.there)
			}
		}
		typed.Del("version")
		sent := w.ask(asked{method: "POST", path: "/desk/tickets/" + s.number + "/do/draft", login: mine, form: typed})
		w.says(sent, http.StatusSeeOther)
		if strings.Contains(form(mine, ""), "已恢复您上次没有提交的内容") {
			w.t.Error("what was sent is begun still")
		}
	})
}

// TestTwoCalls: the forms of two calls are kept apart, each under its own
// address, until they are sent or given up.
func TestTwoCalls(t *testing.T) {
	t.Parallel()
	towns(t, Server{}, func(w *town) {
		agent := loginOf(ticket.Agent, cityCenter)
		get := func(path string) *httptest.ResponseRecorder {
			return w.ask(asked{method: "GET", path: path, login: agent})
		}
		post := func(path string, form url.Values) *httptest.ResponseRecorder {
			return w.ask(asked{method: "POST", path: path, login: agent, form: form})
		}
		begin := func(title string) (at string, form url.Values) {
			at = get("/desk/new").Header().Get("Location")
			form = url.Values{"key": {hidden(w.t, get(at), "key")}, "title": {title}, "kind": {"help"}, "who": {"anonymous"}, "channel": {"phone"}, "body": {"请尽快修理。"}, "category": {"c1-1"}}
			w.says(post("/desk/drafts/new."+form.Get("key"), form), http.StatusNoContent)
			return at, form
		}
		first, lights := begin("路灯不亮")
		second, drains := begin("井盖松动")
		w.says(get(first), http.StatusOK, `value="路灯不亮"`, `href="`+second+`"`)
		w.says(get(second), http.StatusOK, `value="井盖松动"`, `href="`+first+`"`)
		w.says(post("/desk/new", lights), http.StatusSeeOther)
		w.says(get(second), http.StatusOK, `value="井盖松动"`)
		if strings.Contains(get(second).Body.String(), "路灯不亮") {
			w.t.Error("what was sent is offered still")
		}
		w.says(post("/desk/drafts/new."+drains.Get("key")+"/drop", nil), http.StatusSeeOther)
		if strings.Contains(get(second).Body.String(), "井盖松动") {
			w.t.Error("what was given up is there still")
		}
	})
}
