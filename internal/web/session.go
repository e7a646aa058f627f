package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"huiyin/internal/auth"
	"huiyin/internal/errs"
	"huiyin/internal/text"
	"huiyin/internal/ticket"
)

// SessionCookie holds the sign-in of one of the staff.
const SessionCookie = "huiyin_session"

// The other cookies.
const (
	pendingCookie = "huiyin_pending"
	toldCookie    = "huiyin_told"
	langCookie    = "huiyin_lang"
	textCookie    = "huiyin_text"
	keysCookie    = "huiyin_keys"
)

// yearLong keeps a preference.
const yearLong = 365 * 24 * time.Hour

func cookie(r *http.Request, name string) string {
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}

// SetCookie gives the browser something to remember, out of reach of scripts
// and not sent along from other sites. Without a life it ends with the browser;
// an empty value takes it back.
func (c *Call) SetCookie(name, value string, life time.Duration) {
	k := &http.Cookie{
		Name: name, Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: c.Request.TLS != nil || c.Request.URL.Scheme == "https", // the latter as a trusted proxy says
		MaxAge: int(life.Seconds()),
	}
	if value == "" {
		k.MaxAge = -1
	}
	http.SetCookie(c.Writer, k)
}

// Keys reports whether single keys do something on desks.
func (c *Call) Keys() bool { return c.Cookie(keysCookie) != "off" }

// Cookie is what the browser remembers.
func (c *Call) Cookie(name string) string { return cookie(c.Request, name) }

// Words that are left for the next page: how long they wait, and how many
// characters each may have, so that they fit into a cookie.
const (
	toldFor  = time.Minute
	toldMost = 220
)

// Tell leaves for the page that the call leads to what was done, if anything
// was, and which files were not taken. It does not go by the address: whoever
// made a link would say it then.
func (c *Call) Tell(done string, refused ...string) {
	if done == "" && len(refused) == 0 {
		return
	}
	words := url.Values{"done": {done}, "refused": {text.Limit(strings.Join(refused, "\n"), toldMost)}}
	c.SetCookie(toldCookie, words.Encode(), toldFor)
}

// told takes the words that were left.
func (c *Call) told() (done, refused string) {
	words, err := url.ParseQuery(c.Cookie(toldCookie))
	if err != nil || len(words) == 0 {
		return "", ""
	}
	c.SetCookie(toldCookie, "", 0)
	return words.Get("done"), words.Get("refused")
}

// enter finds who is signed in. What a page renews by itself does not count as
// work: whoever walks away from an open page is signed out in time.
func (s *Site) enter(c *Call) error {
	find := s.Door.Session
	if c.Request.Method == http.MethodGet && (c.Part() || strings.Contains(c.Request.Header.Get("Accept"), "text/event-stream")) {
		find = s.Door.PeekSession
	}
	session, account, err := find(c.Context(), auth.Secret(c.Cookie(SessionCookie)))
	if err != nil {
		return err
	}
	c.Session, c.Account, c.Actor = session, account, account.Actor()
	return nil
}

// StillIn fails when the sign-in of a call that stays open holds no more, or
// holds for somebody who may see other things.
func (s *Site) StillIn(c *Call) error {
	_, account, err := s.Door.PeekSession(c.Context(), auth.Secret(c.Cookie(SessionCookie)))
	if err == nil && (account.Unit != c.Account.Unit || !slices.Equal(account.Roles, c.Account.Roles)) {
		err = errs.New(errs.Unknown, "session_over", "账号的岗位已变更，请重新登录")
	}
	return err
}

// place is where a sign-in comes from.
func (c *Call) place() auth.Place {
	return auth.Place{Address: c.Address(), Agent: c.Request.UserAgent()}
}

// preferences registers what a visitor may choose without an account. It
// works by plain links, without scripts.
func (s *Site) preferences() {
	s.Handle(Route{Method: "GET", Path: "/prefs", Title: "显示设置", Reach: NoTicket}, func(c *Call) error {
		if lang := c.Query("lang"); lang != "" {
			c.SetCookie(langCookie, lang, yearLong)
		}
		if text := c.Query("text"); text != "" {
			c.SetCookie(textCookie, text, yearLong)
		}
		if keys := c.Query("keys"); keys != "" {
			c.SetCookie(keysCookie, keys, yearLong)
		}
		return c.Go(Local(c.Query("back")))
	})
}

func roleNames(roles []ticket.Role) string {
	names := make([]string, len(roles))
	for i, r := range roles {
		names[i] = r.Label()
	}
	slices.Sort(names)
	return strings.Join(names, "、")
}

// over reports whether an error says that nobody is signed in any more.
func over(err error) bool { return errs.Is(err, errs.Unknown) }
