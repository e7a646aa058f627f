package app

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"huiyin/internal/auth"
	"huiyin/internal/db"
	"huiyin/internal/ticket"
	"huiyin/internal/web"
)

// TestOnePasswordAtAll: from one address few passwords are tried, at however many
// accounts, and the right one is not taken either then; other addresses come in.
func TestOnePasswordAtAll(t *testing.T) {
	t.Parallel()
	towns(t, Server{}, func(w *town) {
		account, _ := w.City.Current().AccountByLogin("agent-1")
		w.password(w.t, account, rightPassword)
		try := func(from, login, password string) int {
			return w.ask(asked{method: "POST", path: web.SignInPath, from: from, form: url.Values{"login": {login}, "password": {password}}}).Code
		}
		for i := range 100 {
			if code := try("198.51.100.7", fmt.Sprint("somebody", i), "Spring-2026"); code != http.StatusUnauthorized {
				w.t.Fatalf("try %d: %d", i, code)
			}
		}
		for login, password := range map[string]string{"nobody": "Spring-2026", account.Login: string(rightPassword)} {
			if code := try("198.51.100.7", login, password); code != http.StatusTooManyRequests {
				w.t.Errorf("%s after a hundred: %d", login, code)
			}
		}
		if code := try("203.0.113.9", account.Login, string(rightPassword)); code != http.StatusOK {
			w.t.Errorf("from elsewhere: %d", code)
		}
	})
}

// TestPublicPace: an address has so many requests a minute, others have theirs,
// and staff who are signed in are not counted.
func TestPublicPace(t *testing.T) {
	t.Parallel()
	towns(t, Server{PublicPerMinute: 5}, func(w *town) {
		get := func(from, path, login string) int {
			return w.ask(asked{method: "GET", path: path, from: from, login: login}).Code
		}
		for range 5 {
			get("198.51.100.7", "/about", "")
		}
		for _, path := range []string{"/about", "/track", web.SignInPath} {
			if code := get("198.51.100.7", path, ""); code != http.StatusTooManyRequests {
				w.t.Errorf("%s: %d", path, code)
			}
		}
		if code := get("203.0.113.9", "/about", ""); code != http.StatusOK {
			w.t.Errorf("from elsewhere: %d", code)
		}
		if code := get("198.51.100.7", "/desk", loginOf(ticket.Agent, cityCenter)); code != http.StatusOK {
			w.t.Errorf("staff at the same address: %d", code)
		}
	})
}

// TestCookiesOverTLS: where the browser spoke TLS, to the server or to a proxy
// that is trusted, no cookie goes out in clear; anybody else's word is not taken.
func TestCookiesOverTLS(t *testing.T) {
	t.Parallel()
	towns(t, Server{}, func(w *town) {
		h := behind(trusting(w.t, "10.0.0.0/8"), w.surface)
		for _, c := range []struct {
			base, peer, said string
			secure           bool
		}{
			{"http://huiyin.example", "192.0.2.1", "", false},
			{"https://huiyin.example", "192.0.2.1", "", true},
			{"http://huiyin.example", "10.0.0.1", "https", true},
			{"http://huiyin.example", "10.0.0.1", "http", false},
			{"http://huiyin.example", "192.0.2.1", "https", false},
		} {
			r := httptest.NewRequestWithContext(w.t.Context(), "GET", c.base+"/prefs?text=large&back=/about", nil)
			r.RemoteAddr = c.peer + ":4711"
			r.Header.Set("X-Forwarded-Proto", c.said)
			a := httptest.NewRecorder()
			h.ServeHTTP(a, r)
			if k := cookieOf(a, "huiyin_text"); k == nil || k.Secure != c.secure {
				w.t.Errorf("%+v: %v", c, k)
			}
		}
	})
}

// journal is what was logged, for tests that ask while others write.
type journal struct {
	mu sync.Mutex
	bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.Buffer.Write(p)
}

func (j *journal) text() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.String()
}

// TestPagesTellNothing: no password, code, secret or cookie of a sign-in or of a
// requester is in the log, whether it was right or wrong.
func TestPagesTellNothing(t *testing.T) {
	t.Parallel()
	installed(t, fillTown, func(t *testing.T, h *house) {
		log := &journal{}
		h.Log = slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{} // its digits may be anything
			}
			return a
		}}))
		surface, err := h.Surface(Server{})
		if err != nil {
			t.Fatal(err)
		}
		w := &town{house: h, t: t, surface: surface, cookies: map[string]string{}}
		account, _ := w.City.Current().AccountByLogin("agent-1")
		w.password(t, account, rightPassword)
		secrets := []string{string(rightPassword), "Wrong-Horse-1", "Fresh-Horse-22"}
		signIn := func(password string) *httptest.ResponseRecorder {
			return w.ask(asked{method: "POST", path: web.SignInPath, form: url.Values{"login": {"agent-1"}, "password": {password}}})
		}
		signIn("Wrong-Horse-1")
		pending := cookieOf(signIn(string(rightPassword)), "huiyin_pending").Value
		e, _, err := w.Enrolment(t.Context(), auth.Secret(pending))
		if err != nil {
			t.Fatal(err)
		}
		code := w.shown(t, auth.Secret(e.Secret))
		wrong := wrongCode(code)
		var session string
		for _, try := range []string{wrong, code} {
			a := w.ask(asked{method: "POST", path: web.SignInPath + "/code", form: url.Values{"code": {try}}, cookies: map[string]string{"huiyin_pending": pending}})
			if k := cookieOf(a, web.SessionCookie); k != nil {
				session = k.Value
			}
		}
		if session == "" {
			t.Fatal("nobody came in")
		}
		own := map[string]string{web.SessionCookie: session}
		w.ask(asked{method: "POST", path: "/desk/me/password", cookies: own, form: url.Values{"old": {"Wrong-Horse-1"}, "new": {"Fresh-Horse-22"}}})
		reset := w.ask(asked{method: "POST", path: "/admin/accounts/agent-1/password", login: loginOf(ticket.SecurityAdmin, cityCenter)})
		if reset.Code != http.StatusOK {
			t.Errorf("a new password: %d", reset.Code)
		}
		s := w.stage(false, deptA)
		for _, code := range []string{s.code, wrongCode(s.code)} {
			w.ask(asked{method: "POST", path: "/track", form: url.Values{"number": {s.number}, "code": {code}}})
		}
		if err := w.Store.Close(); err != nil { // from here on everything fails, and is logged
			t.Fatal(err)
		}
		for _, a := range []asked{
			{method: "GET", path: "/desk/tickets?q=13800001234", cookies: own},
			{method: "GET", path: "/t/" + s.number, cookies: map[string]string{"huiyin_follow": s.number + ":" + s.code}},
			{method: "POST", path: "/track", form: url.Values{"number": {s.number}, "code": {s.code}}},
			{method: "POST", path: web.SignInPath, form: url.Values{"login": {"agent-1"}, "password": {string(rightPassword)}}},
		} {
			if answer := w.ask(a); answer.Code < http.StatusInternalServerError {
				t.Errorf("%s without a store: %d", a.path, answer.Code)
			}
		}
		if !strings.Contains(log.text(), "page failed") {
			t.Error("nothing was logged at all")
		}
		for _, secret := range append(secrets, pending, e.Secret, session, code, wrong, s.code, wrongCode(s.code), "13800001234") {
			if strings.Contains(log.text(), secret) {
				t.Errorf("%s is in the log:\n%s", secret, log.text())
			}
		}
	})
}

// TestPasswordsAreNotKept: a form that holds passwords is not offered again when
// its sign-in has ended.
func TestPasswordsAreNotKept(t *testing.T) {
	t.Parallel()
	towns(t, Server{}, func(w *town) {
		a := w.ask(asked{
			method: "POST", path: "/desk/me/password", cookies: map[string]string{web.SessionCookie: "over"},
			form: url.Values{"old": {"Correct-Horse-1"}, "new": {"Fresh-Horse-22"}},
		})
		if a.Code != http.StatusUnauthorized || strings.Contains(a.Body.String(), "-Horse-") {
			w.t.Errorf("%d: %s", a.Code, a.Body)
		}
	})
}

// TestNothingStaysOnDisk: what a form with files left on disk while it was read
// is gone when it is answered.
func TestNothingStaysOnDisk(t *testing.T) {
	t.Parallel()
	towns(t, Server{}, func(w *town) {
		mark := rand.Text()
		s := w.stage(false, deptA)
		for path, login := range map[string]string{
			"/submit": "", "/desk/tickets/" + s.number + "/files": loginOf(ticket.Handler, deptA), "/admin/sheets/limits/check": loginOf(ticket.SystemAdmin, cityCenter),
		} {
			body, kind := with(w.t, url.Values{}, sent{"大.bin", append([]byte(mark), make([]byte, 2<<20)...)})
			w.ask(asked{method: "POST", path: path, login: login, body: body, header: map[string]string{"Content-Type": kind}})
			left, err := filepath.Glob(filepath.Join(os.TempDir(), "multipart-*"))
			if err != nil {
				w.t.Fatal(err)
			}
			for _, name := range left {
				// Another test's own may go at any moment.
				if content, err := os.ReadFile(name); err == nil && bytes.HasPrefix(content, []byte(mark)) {
					w.t.Errorf("%s leaves %s", path, name)
				}
			}
		}
	})
}

// TestLeftAlone: what an open page asks by itself does not keep its owner signed
// in; what they do does.
func TestLeftAlone(t *testing.T) {
	t.Parallel()
	towns(t, Server{}, func(w *town) {
		login := loginOf(ticket.Handler, deptA)
		after := func(d time.Duration, header map[string]string) int {
			w.wait(d)
			return w.ask(asked{method: "GET", path: "/desk/menu?here=/desk", login: login, header: header}).Code
		}
		renewed, stream := map[string]string{"HX-Request": "true"}, map[string]string{"Accept": "text/html, text/event-stream"}
		for i, is := range []struct {
			after  time.Duration
			header map[string]string
			code   int
		}{
			{0, nil, http.StatusOK}, {20 * time.Minute, nil, http.StatusOK}, {20 * time.Minute, renewed, http.StatusOK}, {9 * time.Minute, stream, http.StatusOK}, {2 * time.Minute, renewed, http.StatusUnauthorized},
		} {
			if code := after(is.after, is.header); code != is.code {
				w.t.Errorf("step %d: %d, not %d", i, code, is.code)
			}
		}
	})
}

// TestNoPageWithoutItsLog: a page of a ticket that cannot be logged is not seen.
func TestNoPageWithoutItsLog(t *testing.T) {
	t.Parallel()
	towns(t, Server{}, func(w *town) {
		s := w.stage(false, deptA)
		see := func() *httptest.ResponseRecorder {
			return w.ask(asked{method: "GET", path: "/desk/tickets/" + s.number, login: loginOf(ticket.Handler, deptA)})
		}
		if a := see(); a.Code != http.StatusOK || !strings.Contains(a.Body.String(), s.number) {
			w.t.Fatalf("with a log: %d", a.Code)
		}
		err := w.Store.Update(w.t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(w.t.Context(), `ALTER TABLE access RENAME TO lost`)
			return err
		})
		if err != nil {
			w.t.Fatal(err)
		}
		if a := see(); a.Code < http.StatusInternalServerError || strings.Contains(a.Body.String(), "诉求内容") {
			w.t.Errorf("without a log: %d %s", a.Code, a.Body)
		}
	})
}

// TestKeptPages: a page that is kept is kept apart by language, size and
// address, and what is said to one reader is not said to the next.
func TestKeptPages(t *testing.T) {
	t.Parallel()
	towns(t, Server{}, func(w *town) {
		see := func(path string, cookies map[string]string) string {
			a := w.ask(asked{method: "GET", path: path, cookies: cookies})
			w.says(a, http.StatusOK)
			return a.Body.String()
		}
		const word = "只说给一个人听"
		if page := see("/figures", map[string]string{"huiyin_told": url.Values{"done": {word}}.Encode()}); !strings.Contains(page, word) {
			w.t.Error("the word is not said")
		}
		plain := see("/figures", nil)
		if strings.Contains(plain, word) || see("/figures", nil) != plain {
			w.t.Error("not the page of before")
		}
		for name, other := range map[string]string{
			"English": see("/figures", map[string]string{"huiyin_lang": "en"}), "large": see("/figures", map[string]string{"huiyin_text": "large"}), "another order": see("/figures?order=timely", nil),
		} {
			if other == plain {
				w.t.Errorf("%s: the same page", name)
			}
		}
	})
}
