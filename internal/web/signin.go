package web

import (
	"bytes"
	"encoding/base64"
	"html/template"
	"image/png"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/pquerna/otp"

	"huiyin/internal/auth"
	"huiyin/internal/errs"
	"huiyin/internal/meter"
	"huiyin/internal/web/ui"
)

// SignInPath is where staff come in.
const SignInPath = "/desk/sign-in"

// The fields of the sign-in form. What was typed into a form whose sign-in had
// ended travels along under a prefix and is offered again afterwards.
const (
	fieldNext  = "next"
	fieldAgain = "again" // where the interrupted form was going
	keptPrefix = "kept."
)

// signInView is the page that asks who somebody is.
type signInView struct {
	Form     ui.Form
	Ended    bool // a sign-in had been there
	Kept     url.Values
	Next     string
	Again    string
	Step     int
	Enrolled *auth.Enrolment // what to set up, the first time
	QR       template.URL
}

// askToSignIn answers a call of somebody who is not, or no longer, signed in.
// What they sent is kept in the page, not lost.
func (c *Call) askToSignIn() {
	v := signInView{Step: 1, Ended: c.Cookie(SessionCookie) != "", Next: "/desk"}
	switch c.Request.Method {
	case http.MethodGet:
		v.Next = c.Request.URL.RequestURI()
	default:
		if c.Route.Secret || strings.HasPrefix(c.Request.Header.Get("Content-Type"), "multipart/") {
			break
		}
		if typed, err := c.Typed(); err == nil {
			v.Kept, v.Again = kept(typed), c.Request.URL.RequestURI()
		}
	}
	if c.Part() {
		c.Writer.Header().Set("HX-Redirect", SignInPath+"?next="+url.QueryEscape("/desk"))
		c.Writer.WriteHeader(http.StatusUnauthorized)
		return
	}
	c.fail(c.showSignIn(http.StatusUnauthorized, v))
}

// kept puts what was typed under the prefix.
func kept(typed url.Values) url.Values {
	out := url.Values{}
	for name, values := range typed {
		out[keptPrefix+name] = values
	}
	return out
}

func (c *Call) showSignIn(status int, v signInView) error {
	v.Form.Submit = "登录"
	if v.Form.Fields == nil {
		v.Form.Fields = signInFields()
	}
	return c.Show(status, c.Site.own, "signin", c.Frame("plain", "工作人员登录"), v)
}

func signInFields() []*ui.Field {
	return []*ui.Field{
		{Name: "login", Label: "账号", Kind: ui.Line, Required: true, Max: 60, Auto: "username"},
		{Name: "password", Label: "密码", Kind: ui.Password, Required: true, Max: 512, Auto: "current-password"},
	}
}

func codeFields() []*ui.Field {
	return []*ui.Field{{
		Name: "code", Label: "动态口令", Kind: ui.Line, Required: true, Max: 6, Auto: "one-time-code",
		Hint: "身份验证器应用中显示的 6 位数字，30 秒更换一次",
	}}
}

// SignIn registers the pages that let staff in and out.
func (s *Site) SignIn() {
	s.Handle(Route{Method: "GET", Path: SignInPath, Title: "登录", Reach: NoTicket, Chinese: true}, func(c *Call) error {
		return c.showSignIn(http.StatusOK, signInView{Step: 1, Next: Local(c.Query(fieldNext))})
	})
	s.Handle(Route{Method: "POST", Path: SignInPath, Title: "登录", Reach: NoTicket, Chinese: true}, s.password)
	s.Handle(Route{Method: "GET", Path: SignInPath + "/code", Title: "动态口令", Reach: NoTicket, Chinese: true}, func(c *Call) error { return c.Go(SignInPath) })
	s.Handle(Route{Method: "POST", Path: SignInPath + "/code", Title: "动态口令", Reach: NoTicket, Chinese: true}, s.secondFactor)
	s.Handle(Route{Method: "POST", Path: "/desk/sign-out", Title: "退出", Reach: NoTicket}, func(c *Call) error {
		if err := s.Door.SignOut(c.Context(), auth.Secret(c.Cookie(SessionCookie))); err != nil && !over(err) {
			return err
		}
		c.SetCookie(SessionCookie, "", 0)
		return c.Go(SignInPath)
	})
}

// carried takes along what an interrupted form held.
func carried(typed url.Values, step int) signInView {
	v := signInView{Step: step, Next: Local(typed.Get(fieldNext)), Again: typed.Get(fieldAgain), Kept: url.Values{}}
	if v.Again != "" {
		v.Again = Local(v.Again)
	}
	for name, values := range typed {
		if strings.HasPrefix(name, keptPrefix) {
			v.Kept[name] = values
		}
	}
	return v
}

func (s *Site) password(c *Call) error {
	typed, err := c.Typed()
	if err != nil {
		return err
	}
	v := carried(typed, 1)
	pending, err := s.knock(c, c.Form("login"), auth.Secret(typed.Get("password")))
	if refusal, ok := refused(err); ok {
		v.Form.Fields = signInFields()
		v.Form.Fill(typed)
		v.Form.Refuse(refusal)
		return c.showSignIn(statuses[refusal.Kind], v)
	}
	if err != nil {
		return err
	}
	c.SetCookie(pendingCookie, pending.Plain(), 0)
	v.Step = 2
	return c.showCode(http.StatusOK, v, pending)
}

// knock tries a password, if not too many from the same address were wrong.
func (s *Site) knock(c *Call, login string, password auth.Secret) (auth.Secret, error) {
	wrong, ok := s.Meter.Password(c.Address())
	if !ok {
		return "", meter.ErrPasswords
	}
	pending, err := s.Door.SignIn(c.Context(), login, password, c.place())
	if over(err) {
		wrong()
	}
	return pending, err
}

// refused takes a refusal that belongs on a form out of an error.
func refused(err error) (*errs.Error, bool) {
	e, ok := errs.As(err)
	return e, ok && slices.Contains([]errs.Kind{errs.Unknown, errs.Invalid, errs.Limit, errs.Conflict, errs.Denied}, e.Kind)
}

func (c *Call) showCode(status int, v signInView, pending auth.Secret) error {
	enrolment, first, err := c.Site.Door.Enrolment(c.Context(), pending)
	if err != nil {
		return err
	}
	if first {
		v.Enrolled = &enrolment
		if v.QR, err = picture(enrolment.URI); err != nil {
			return err
		}
	}
	if v.Form.Fields == nil {
		v.Form.Fields = codeFields()
	}
	return c.showSignIn(status, v)
}

func (s *Site) secondFactor(c *Call) error {
	typed, err := c.Typed()
	if err != nil {
		return err
	}
	v, pending := carried(typed, 2), auth.Secret(c.Cookie(pendingCookie))
	session, err := s.Door.SecondFactor(c.Context(), pending, c.Form("code"), c.place())
	if refusal, ok := refused(err); ok {
		if refusal.Code == "session_over" {
			v.Step, v.Form.Problem = 1, refusal.Message
			return c.showSignIn(http.StatusUnauthorized, v)
		}
		v.Form.Fields = codeFields()
		v.Form.Refuse(refusal)
		return c.showCode(statuses[refusal.Kind], v, pending)
	}
	if err != nil {
		return err
	}
	c.SetCookie(pendingCookie, "", 0)
	c.SetCookie(SessionCookie, session.Plain(), 0)
	if v.Again != "" {
		v.Step = 3
		return c.Show(http.StatusOK, s.own, "signin", c.Frame("plain", "继续提交"), v)
	}
	return c.Go(v.Next)
}

// Original is the name of a kept field in the form that it came from.
func (v signInView) Original(name string) string { return strings.TrimPrefix(name, keptPrefix) }

// picture draws the address of an enrolment for a phone's camera.
func picture(uri string) (template.URL, error) {
	key, err := otp.NewKeyFromURL(uri)
	if err != nil {
		return "", err
	}
	image, err := key.Image(240, 240)
	if err != nil {
		return "", err
	}
	var out bytes.Buffer
	if err := png.Encode(&out, image); err != nil {
		return "", err
	}
	return template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(out.Bytes())), nil
}
