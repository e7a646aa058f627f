package web

import (
	"context"
	"embed"
	"errors"
	"net/http"
	"net/url"

	"huiyin/internal/errs"
)

//go:embed *.html
var pages embed.FS

var statuses = map[errs.Kind]int{
	errs.Invalid: http.StatusUnprocessableEntity, errs.NotFound: http.StatusNotFound, errs.Denied: http.StatusForbidden,
	errs.Unknown: http.StatusUnauthorized, errs.Conflict: http.StatusConflict, errs.Limit: http.StatusTooManyRequests,
	errs.Unavailable: http.StatusServiceUnavailable, errs.Internal: http.StatusInternalServerError,
}

// problemView is a page that says what is wrong.
type problemView struct {
	Status          int
	Title, Message  string
	Fields          []errs.Field
	Request         string // its name in the log, when it is our fault
	Back            string
	Staff, CanRetry bool
}

// refuse answers with what is wrong.
func (c *Call) refuse(err error) {
	if over(err) && c.Route.Roles != nil {
		c.askToSignIn()
		return
	}
	v := c.problem(err)
	if c.Part() {
		c.fail(c.ShowPart(v.Status, c.Site.own, "problem", "problem", v))
		return
	}
	layout := "portal"
	if c.Account.ID != 0 {
		layout = "plain"
	}
	c.fail(c.Show(v.Status, c.Site.own, "problem", c.Frame(layout, v.Title), v))
}

func (c *Call) problem(err error) problemView {
	kind := errs.KindOf(err)
	if errors.Is(err, context.Canceled) {
		kind = errs.Unavailable
	}
	v := problemView{Status: statuses[kind], Title: titles[kind], Staff: c.Account.ID != 0, CanRetry: kind == errs.Unavailable}
	if _, long := errors.AsType[*http.MaxBytesError](err); long {
		v.Status = http.StatusRequestEntityTooLarge
	}
	if e, ok := errors.AsType[*errs.Error](err); ok {
		v.Message, v.Fields = e.Message, e.Fields
	}
	if kind == errs.Internal || kind == errs.Unavailable {
		c.Site.Log.ErrorContext(c.Context(), "page failed", "path", c.Request.URL.Path, "code", errs.CodeOf(err), "error", err)
		if c.Site.RequestID != nil {
			v.Request = c.Site.RequestID(c.Context())
		}
	}
	if back, err := url.Parse(c.Request.Referer()); err == nil && back.Host == c.Request.Host {
		v.Back = back.RequestURI()
	}
	return v
}

var titles = map[errs.Kind]string{
	errs.Invalid: "填写有误", errs.NotFound: "没有找到", errs.Denied: "没有权限", errs.Unknown: "请先登录", errs.Conflict: "内容已有变化",
	errs.Limit: "操作过于频繁", errs.Unavailable: "系统暂时繁忙", errs.Internal: "系统出错了",
}

// fail answers when even the page that says so cannot be made.
func (c *Call) fail(err error) {
	if err == nil {
		return
	}
	c.Site.Log.ErrorContext(c.Context(), "page failed", "path", c.Request.URL.Path, "error", err)
	http.Error(c.Writer, "系统内部错误", http.StatusInternalServerError)
}

// Nowhere answers for an address that no page has.
func (s *Site) Nowhere(w http.ResponseWriter, r *http.Request) {
	s.call(w, r, Route{}).refuse(errNoPage)
}
