package web

import (
	"compress/gzip"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"huiyin/internal/auth"
	"huiyin/internal/casework"
	"huiyin/internal/errs"
	"huiyin/internal/meter"
	"huiyin/internal/org"
	"huiyin/internal/text"
	"huiyin/internal/ticket"
	"huiyin/internal/web/ui"
)

// Call is one request for a page, and what is known of who asks.
type Call struct {
	Site    *Site
	Route   Route
	Writer  http.ResponseWriter
	Request *http.Request
	Now     time.Time
	City    *org.Directory // one snapshot for the whole call
	Lang    string
	Large   bool

	// Of staff who are signed in.
	Actor   ticket.Actor
	Account org.Account
	Session auth.Session

	held []func() error
}

func (s *Site) call(w http.ResponseWriter, r *http.Request, route Route) *Call {
	c := &Call{
		Site: s, Route: route, Writer: w, Request: r, Now: s.Clock(), City: s.City.Current(), Lang: ui.Chinese,
		Actor: ticket.TheRequester(),
	}
	if route.Roles == nil && !route.Chinese && cookie(r, langCookie) == ui.English {
		c.Lang = ui.English
	}
	c.Large = cookie(r, textCookie) == "large"
	return c
}

// Context is the request's.
func (c *Call) Context() context.Context { return c.Request.Context() }

// Address is where the call comes from, as limits know it.
func (c *Call) Address() string { return meter.Address(c.Request.RemoteAddr) }

// Path is the value of a wildcard of the route.
func (c *Call) Path(name string) string { return c.Request.PathValue(name) }

// Query is a parameter of the address.
func (c *Call) Query(name string) string { return strings.TrimSpace(c.Request.URL.Query().Get(name)) }

// inMemory is how much of a form with files is held in memory, in bytes; the
// rest waits on disk until the call is answered.
const inMemory = 1 << 20

// Typed returns the fields of the form that was sent, with or without files.
// What is no text is taken out of them: stores and spreadsheets choke on it.
func (c *Call) Typed() (url.Values, error) {
	if err := c.Request.ParseMultipartForm(inMemory); err != nil && !errors.Is(err, http.ErrNotMultipart) {
		return nil, errs.Wrap(err, errs.Invalid, "form", "提交的内容无法读取，内容或附件可能过大")
	}
	for _, values := range c.Request.PostForm {
		for i, value := range values {
			values[i] = strings.ReplaceAll(text.Valid(value), "\x00", "")
		}
	}
	return c.Request.PostForm, nil
}

// discard removes what a form with files left on disk: the server does so only
// for the request that it made itself, and this is a copy of it.
func (c *Call) discard() {
	if form := c.Request.MultipartForm; form != nil {
		if err := form.RemoveAll(); err != nil {
			c.Site.Log.ErrorContext(c.Context(), "files of a form stay behind", "error", err)
		}
	}
}

// legible reports whether an address is text all through.
func legible(address *url.URL) bool {
	words := []string{address.Path}
	for name, values := range address.Query() {
		words = append(append(words, name), values...)
	}
	return !slices.ContainsFunc(words, func(word string) bool { return !utf8.ValidString(word) || strings.ContainsRune(word, 0) })
}

// Words is the catalogue of the call's language.
func (c *Call) Words() ui.Catalogue { return c.Site.Kit.Words(c.Lang) }

// Form returns one field of the form that was sent, without the blanks around it.
func (c *Call) Form(name string) string {
	typed, _ := c.Typed() // what cannot be read holds nothing
	return strings.TrimSpace(typed.Get(name))
}

// Part reports whether only a part of a page is asked for, to be put into one
// that is there already.
func (c *Call) Part() bool { return c.Request.Header.Get("HX-Request") == "true" }

// Options are those of a command that a form carries.
func (c *Call) Options() casework.Options {
	version, _ := strconv.Atoi(c.Form("version")) // none stands for any
	return casework.Options{Version: version, Key: c.Form("key")}
}

// Frame is the frame of a page of this call.
func (c *Call) Frame(layout, title string) ui.Frame {
	f := ui.Frame{
		Layout: layout, Lang: c.Lang, Large: c.Large, NoKeys: !c.Keys(), Title: title, Path: c.Request.URL.RequestURI(), Demo: c.Site.Demo,
		Site: siteName,
	}
	switch {
	case c.Request.Method != http.MethodGet:
		f.Path = c.Request.URL.Path
	case !c.Part():
		f.Done, f.Refused = c.told()
	}
	if c.Account.ID != 0 {
		unit, _ := c.City.Unit(c.Account.Unit)
		f.Person = &ui.Person{Name: c.Account.Name, Unit: unit.Name, Roles: roleNames(c.Account.Roles)}
	}
	return f
}

const siteName = "12345 政务服务便民热线"

// Hold keeps back whatever the call shows until done has returned; if that is an
// error, it is shown instead.
func (c *Call) Hold(done func() error) { c.held = append(c.held, done) }

// release waits for what the page was held for.
func (c *Call) release() error {
	held := c.held
	c.held = nil
	var failed error
	for _, done := range held {
		failed = errors.Join(failed, done())
	}
	return failed
}

// Show answers with a page.
func (c *Call) Show(status int, pages ui.Pages, name string, frame ui.Frame, view any) error {
	page, err := pages.Render(name, frame, view)
	if err != nil {
		return err
	}
	return c.send(status, page)
}

// ShowPart answers with a part of a page.
func (c *Call) ShowPart(status int, pages ui.Pages, name, part string, view any) error {
	page, err := pages.RenderPart(c.Lang, name, part, view)
	if err != nil {
		return err
	}
	return c.send(status, page)
}

var packers = sync.Pool{New: func() any {
	w, err := gzip.NewWriterLevel(nil, gzip.BestSpeed)
	if err != nil {
		panic(err) // the level is one of the package's
	}
	return w
}}

// send writes HTML, packed where that pays.
func (c *Call) send(status int, page []byte) error {
	if err := c.release(); err != nil {
		return err
	}
	h := c.Writer.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", c.Lang)
	h.Add("Vary", "Accept-Encoding, Cookie")
	if len(page) < 1400 || !acceptsGzip(c.Request) {
		c.Writer.WriteHeader(status)
		_, _ = c.Writer.Write(page) // the client has gone if this fails
		return nil
	}
	h.Set("Content-Encoding", "gzip")
	c.Writer.WriteHeader(status)
	packer := packers.Get().(*gzip.Writer)
	defer packers.Put(packer)
	packer.Reset(c.Writer)
	_, _ = packer.Write(page)
	_ = packer.Close()
	return nil
}

// Go sends the browser to another page of this site after a form was taken, so
// that reloading it does not send the form again.
func (c *Call) Go(to string) error {
	if c.Part() {
		c.Writer.Header().Set("HX-Redirect", to)
		c.Writer.WriteHeader(http.StatusOK)
		return nil
	}
	c.Writer.Header().Set("Location", to)
	c.Writer.WriteHeader(http.StatusSeeOther)
	return nil
}

// Clock shows a due instant.
func (c *Call) Clock(due ticket.Instant) *ui.Clock { return ui.NewClock(due, c.Now, c.City.Calendar()) }

// Unit is the name of a unit; nothing for none.
func (c *Call) Unit(id ticket.UnitID) string {
	u, _ := c.City.Unit(id)
	return u.Name
}

// Local returns a path of this site to come back to; the start page if the
// given one leads elsewhere.
func Local(path string) string {
	u, err := url.Parse(path)
	if err != nil || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.Contains(path, `\`) {
		return "/"
	}
	return path
}
