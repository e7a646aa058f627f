package app

import (
	"net/http"
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
		}
		typed.Del("version")
		sent := w.ask(asked{method: "POST", path: "/desk/tickets/" + s.number + "/do/draft", login: mine, form: typed})
		w.says(sent, http.StatusSeeOther)
		if strings.Contains(form(mine, ""), "已恢复您上次没有提交的内容") {
			w.t.Error("what was sent is begun still")
		}
	})
}
