package app

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"huiyin/internal/auth"
	"huiyin/internal/ticket"
	"huiyin/internal/web"
)

// cookieOf returns a cookie that an answer sets; nil if it does not.
func cookieOf(a *httptest.ResponseRecorder, name string) *http.Cookie {
	for _, c := range a.Result().Cookies() {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// TestOtherSites: what another site sends in somebody's browser changes nothing.
func TestOtherSites(t *testing.T) {
	t.Parallel()
	towns(t, Server{}, func(w *town) {
		s := w.stage(false, deptA)
		before := w.seq(s)
		for name, header := range map[string]map[string]string{
			"another site":          {"Sec-Fetch-Site": "cross-site"},
			"a sister site":         {"Sec-Fetch-Site": "same-site"},
			"an old browser":        {"Sec-Fetch-Site": "", "Origin": "https://evil.example"},
			"a page without a name": {"Sec-Fetch-Site": "", "Origin": "null"},
		} {
			for _, r := range w.surface.Pages {
				if r.Method != http.MethodPost {
					continue
				}
				c := trial{town: w, route: r, scene: s, command: "sign"}
				request := c.request(loginOf(ticket.Handler, deptA))
				request.header = header
				if a := w.ask(request); a.Code != http.StatusForbidden {
					w.t.Errorf("%s sends %s: %d", name, r.Path, a.Code)
				}
			}
		}
		if w.seq(s) != before {
			w.t.Error("the ticket was changed")
		}
	})
}

// TestSignInLeadsHome: whoever made the link, signing in ends on this site.
func TestSignInLeadsHome(t *testing.T) {
	t.Parallel()
	towns(t, Server{}, func(w *town) {
		for _, next := range []string{
			"https://evil.example/", "//evil.example", `/\evil.example`, `\\evil.example`, "/%5cevil.example", "javascript:alert(1)", "https:evil.example",
			"/\t/evil.example", "/\n//evil.example", "///evil.example", " //evil.example", "http:///evil.example", "/desk/..//evil.example",
		} {
			for _, path := range []string{"/prefs?lang=en&back=", "/prefs?text=large&back="} {
				a := w.ask(asked{method: "GET", path: path + url.QueryEscape(next)})
				w.local(next, a.Header().Get("Location"))
			}
			a := w.ask(asked{method: "GET", path: "/desk/sign-in?next=" + url.QueryEscape(next)})
			if strings.Contains(a.Body.String(), `action="`+next) {
				w.t.Errorf("%q: the form goes there", next)
			}
			for _, input := range inputs(w.t, a.Body.String()) {
				if input["name"] == "next" {
					w.local(next, input["value"])
				}
			}
		}
	})
}

// local checks that a browser that follows an address stays here.
func (w *town) local(made, address string) {
	w.t.Helper()
	base, err := url.Parse("http://huiyin.example/desk/sign-in")
	if err != nil {
		w.t.Fatal(err)
	}
	// Browsers drop tabs and line ends, and read a backslash as a slash.
	read := strings.NewReplacer("\t", "", "\n", "", "\r", "", `\`, "/").Replace(strings.TrimSpace(address))
	to, err := base.Parse(read)
	if err != nil || to.Host != base.Host || to.Scheme != "http" {
		w.t.Errorf("%q leads to %q", made, address)
	}
}

// TestGuessingPasswords: an account is locked after some wrong passwords, for
// the right one too; others come in.
func TestGuessingPasswords(t *testing.T) {
	t.Parallel()
	towns(t, Server{}, func(w *town) {
		for _, login := range []string{"agent-1", "dispatcher-1"} {
			account, _ := w.City.Current().AccountByLogin(login)
			w.password(w.t, account, rightPassword)
		}
		try := func(login, password string) int {
			return w.ask(asked{method: "POST", path: web.SignInPath, form: url.Values{"login": {login}, "password": {password}}}).Code
		}
		for range auth.MaxFailures {
			if code := try("agent-1", "wrong"); code != http.StatusUnauthorized {
				w.t.Errorf("wrong: %d", code)
			}
		}
		if code := try("agent-1", string(rightPassword)); code != http.StatusUnauthorized {
			w.t.Errorf("right, but locked: %d", code)
		}
		if code := try("dispatcher-1", string(rightPassword)); code != http.StatusOK {
			w.t.Errorf("somebody else: %d", code)
		}
		w.wait(auth.LockFor)
		if code := try("agent-1", string(rightPassword)); code != http.StatusOK {
			w.t.Errorf("later: %d", code)
		}
	})
}

// TestGuessingCodes: query codes cannot be tried one after the other, neither by
// the form nor by the cookie, and the owner comes in from elsewhere.
func TestGuessingCodes(t *testing.T) {
	t.Parallel()
	towns(t, Server{}, func(w *town) {
		s := w.stage(false, deptA)
		guess := func(from, code string) int {
			return w.ask(asked{method: "POST", path: "/track", from: from, form: url.Values{"number": {s.number}, "code": {code}}}).Code
		}
		stopped := 0
		for i := range 40 {
			if guess("198.51.100.7", fmt.Sprintf("%06d", (i*7919+1)%1_000_000)) == http.StatusTooManyRequests {
				stopped++
			}
		}
		if stopped < 25 {
			w.t.Errorf("of 40 guesses %d were stopped", stopped)
		}
		request := asked{method: "GET", path: "/t/" + s.number + "/receipt", from: "198.51.100.7", cookies: map[string]string{"huiyin_follow": s.number + ":" + s.code}}
		if a := w.ask(request); a.Code != http.StatusTooManyRequests {
			w.t.Errorf("the right code from the address that guessed: %d", a.Code)
		}
		if code := guess("203.0.113.9", s.code); code != http.StatusSeeOther {
			w.t.Errorf("the owner from elsewhere: %d", code)
		}
	})
}

// TestSignInCookie: the cookie is out of reach of scripts and of other sites, new
// with each sign-in, and ends with the sign-in or with the account.
func TestSignInCookie(t *testing.T) {
	t.Parallel()
	towns(t, Server{}, func(w *town) {
		account, _ := w.City.Current().AccountByLogin("agent-1")
		w.password(w.t, account, rightPassword)
		first := w.ask(asked{method: "POST", path: web.SignInPath, form: url.Values{"login": {"agent-1"}, "password": {string(rightPassword)}}})
		pending := cookieOf(first, "huiyin_pending")
		if pending == nil || cookieOf(first, web.SessionCookie) != nil {
			w.t.Fatalf("after the password: %v", first.Result().Cookies())
		}
		e, _, err := w.Enrolment(w.t.Context(), auth.Secret(pending.Value))
		if err != nil {
			w.t.Fatal(err)
		}
		planted := "planted-by-somebody-else"
		second := w.ask(asked{
			method: "POST", path: web.SignInPath + "/code", cookies: map[string]string{"huiyin_pending": pending.Value, web.SessionCookie: planted},
			form: url.Values{"code": {w.shown(w.t, auth.Secret(e.Secret))}},
		})
		session := cookieOf(second, web.SessionCookie)
		if session == nil || session.Value == planted || session.Value == pending.Value {
			w.t.Fatalf("after the code: %d, %v", second.Code, second.Result().Cookies())
		}
		if !session.HttpOnly || session.SameSite != http.SameSiteLaxMode || session.Path != "/" || session.MaxAge > 0 {
			w.t.Errorf("the cookie is %+v", session)
		}
		at := func() int {
			return w.ask(asked{method: "GET", path: "/desk", cookies: map[string]string{web.SessionCookie: session.Value}}).Code
		}
		if at() != http.StatusOK {
			w.t.Fatal("the sign-in does not open the desk")
		}
		if err := w.SetActive(w.t.Context(), w.actor(loginOf(ticket.SystemAdmin, cityCenter)), account.Login, false); err != nil {
			w.t.Fatal(err)
		}
		if code := at(); code != http.StatusUnauthorized {
			w.t.Errorf("a disabled account: %d", code)
		}
		w.out()
	})
}

// out signs somebody out and looks whether the cookie still opens anything.
func (w *town) out() {
	w.t.Helper()
	login := loginOf(ticket.Dispatcher, cityCenter)
	a := w.ask(asked{method: "POST", path: "/desk/sign-out", login: login})
	if k := cookieOf(a, web.SessionCookie); k == nil || k.MaxAge >= 0 {
		w.t.Errorf("the cookie stays: %v", k)
	}
	if a := w.ask(asked{method: "GET", path: "/desk", login: login}); a.Code != http.StatusUnauthorized {
		w.t.Errorf("after signing out: %d", a.Code)
	}
}

// TestHeaders: every page forbids foreign scripts and frames, and no desk's page
// is kept by a browser.
func TestHeaders(t *testing.T) {
	t.Parallel()
	towns(t, Server{}, func(w *town) {
		s := w.stage(false, deptA)
		for _, r := range w.surface.Pages {
			if r.Method != http.MethodGet {
				continue
			}
			login := ""
			if r.Roles != nil {
				login = loginOf(r.Roles[0], cityCenter)
			}
			h := w.ask(trial{town: w, route: r, scene: s}.request(login)).Header()
			policy := h.Get("Content-Security-Policy")
			if !strings.HasPrefix(policy, "default-src 'self';") || !strings.Contains(policy, "frame-ancestors 'none'") || strings.Contains(policy, "unsafe") {
				w.t.Errorf("%s: policy %q", r.Path, policy)
			}
			if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") == "" {
				w.t.Errorf("%s: %v", r.Path, h)
			}
			if r.Roles != nil && !strings.Contains(h.Get("Cache-Control"), "no-store") {
				w.t.Errorf("%s may be kept: %q", r.Path, h.Get("Cache-Control"))
			}
		}
	})
}

// TestOnce: a form that is sent twice makes one ticket, and does one thing.
func TestOnce(t *testing.T) {
	t.Parallel()
	towns(t, Server{}, func(w *town) {
		form := url.Values{
			"key": {"one-and-the-same"}, "kind": {"help"}, "title": {"路灯不亮"}, "body": {"请尽快修理。"}, "who": {"individual"}, "name": {"欧阳小明"}, "phone": {"13800001234"},
		}
		first := w.ask(asked{method: "POST", path: "/submit", form: form})
		second := w.ask(asked{method: "POST", path: "/submit", form: form})
		if to := first.Header().Get("Location"); to == "" || to != second.Header().Get("Location") {
			w.t.Errorf("%d to %q, then %d to %q", first.Code, to, second.Code, second.Header().Get("Location"))
		}
		s := w.stage(false, deptA)
		do := asked{method: "POST", path: "/desk/tickets/" + s.number + "/do/sign", login: loginOf(ticket.Handler, deptA), form: url.Values{"key": {"k1"}, "assignment": {"1"}}}
		one, n := w.ask(do), w.seq(s)
		if two := w.ask(do); one.Code != http.StatusSeeOther || two.Code != http.StatusSeeOther || w.seq(s) != n {
			w.t.Errorf("%d, then %d; %d records, then %d", one.Code, two.Code, n, w.seq(s))
		}
	})
}

// TestSomebodyWasQuicker: a form for an older version changes nothing, comes back
// with what was typed, and says what happened meanwhile.
func TestSomebodyWasQuicker(t *testing.T) {
	t.Parallel()
	towns(t, Server{}, func(w *town) {
		s := w.stage(false, deptA)
		w.command(s, ticket.Handler, deptA, ticket.Sign{})
		seen := w.seq(s)
		w.command(s, ticket.Handler, deptA, ticket.Contact{Way: "phone", Reached: true, Note: "已约定上门时间"})
		a := w.ask(asked{
			method: "POST", path: "/desk/tickets/" + s.number + "/do/draft", login: loginOf(ticket.Handler, deptA),
			form: url.Values{"version": {fmt.Sprint(seen)}, "key": {"k2"}, "assignment": {"1"}, "text": {"我写了很久的答复"}, "solved": {"solved"}},
		})
		if a.Code != http.StatusConflict || w.seq(s) != seen+1 {
			w.t.Errorf("%d, %d records", a.Code, w.seq(s))
		}
		for _, words := range []string{"我写了很久的答复", "登记联系情况"} {
			if !strings.Contains(a.Body.String(), words) {
				w.t.Errorf("the page does not say %q", words)
			}
		}
	})
}

// TestSignInEndsMidForm: what was typed into a form whose sign-in has ended comes
// along through signing in again.
func TestSignInEndsMidForm(t *testing.T) {
	t.Parallel()
	towns(t, Server{}, func(w *town) {
		s := w.stage(false, deptA)
		account, _ := w.City.Current().AccountByLogin(loginOf(ticket.Handler, deptA))
		w.password(w.t, account, rightPassword)
		typed := url.Values{"key": {"k3"}, "text": {"我写了\n很久的“答复”"}, "solved": {"solved"}}
		page := w.ask(asked{method: "POST", path: "/desk/tickets/" + s.number + "/do/draft", form: typed, cookies: map[string]string{web.SessionCookie: "over"}})
		carried := formOf(w.t, page.Body.String(), "login")
		carried.Set("login", account.Login)
		carried.Set("password", string(rightPassword))
		second := w.ask(asked{method: "POST", path: web.SignInPath, form: carried})
		pending := cookieOf(second, "huiyin_pending")
		if pending == nil {
			w.t.Fatalf("%d %s", second.Code, second.Body)
		}
		e, _, err := w.Enrolment(w.t.Context(), auth.Secret(pending.Value))
		if err != nil {
			w.t.Fatal(err)
		}
		carried = formOf(w.t, second.Body.String(), "code")
		carried.Set("code", w.shown(w.t, auth.Secret(e.Secret)))
		third := w.ask(asked{method: "POST", path: web.SignInPath + "/code", form: carried, cookies: map[string]string{"huiyin_pending": pending.Value}})
		again := formOf(w.t, third.Body.String(), "text")
		for name, values := range typed {
			if got := strings.ReplaceAll(again.Get(name), "\r\n", "\n"); got != values[0] {
				w.t.Errorf("%s came back as %q", name, got)
			}
		}
		if !strings.Contains(third.Body.String(), "/desk/tickets/"+s.number+"/do/draft") {
			w.t.Error("the form no longer goes where it went")
		}
	})
}

// TestAtWork: colleagues are told who has a ticket open to do something, until
// that is done.
func TestAtWork(t *testing.T) {
	t.Parallel()
	towns(t, Server{}, func(w *town) {
		s := w.stage(false)
		first, second := loginOf(ticket.Agent, cityCenter), loginOf(ticket.Dispatcher, cityCenter)
		open := asked{method: "GET", path: "/desk/tickets/" + s.number + "?do=accept", login: first}
		told := func() bool {
			look := open
			look.login = second
			return strings.Contains(w.ask(look).Body.String(), "正在办理该工单")
		}
		w.ask(open)
		if !told() {
			w.t.Error("a colleague is not told")
		}
		done := w.ask(asked{method: "POST", path: "/desk/tickets/" + s.number + "/do/accept", login: first, form: url.Values{"key": {"k"}, "category": {"c1-1"}, "kind": {"help"}}})
		if done.Code != http.StatusSeeOther {
			w.t.Fatalf("%d %s", done.Code, done.Body)
		}
		open.path = "/desk/tickets/" + s.number + "?do=dispatch"
		if told() {
			w.t.Error("a colleague is told of work that is done")
		}
	})
}
