package web

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"huiyin/internal/auth"
	"huiyin/internal/errs"
	"huiyin/internal/ticket"
)

// SessionCookie holds the sign-in of one of the staff.
const SessionCookie = "huiyin_session"

// The other cookies.
const (
	pendingCookie = "huiyin_pending"
	langCookie    = "huiyin_lang"
	textCookie    = "huiyin_text"
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
		Name: name, Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: c.Request.URL.Scheme == "https" || c.Request.TLS != nil,
		MaxAge: int(life.Seconds()),
	}
	if value == "" {
		k.MaxAge = -1
	}
	http.SetCookie(c.Writer, k)
}

// Cookie is what the browser remembers.
func (c *Call) Cookie(name string) string { return cookie(c.Request, name) }

// enter finds who is signed in.
func (s *Site) enter(c *Call) error {
	session, account, err := s.Door.Session(c.Context(), auth.Secret(c.Cookie(SessionCookie)))
	if err != nil {
		return err
	}
	c.Session, c.Account, c.Actor = session, account, account.Actor()
	return nil
}

// StillIn fails when the sign-in of a call that stays open holds no more, or
// holds for somebody who may see other things.
func (s *Site) StillIn(c *Call) error {
	_, account, err := s.Door.Session(c.Context(), auth.Secret(c.Cookie(SessionCookie)))
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
