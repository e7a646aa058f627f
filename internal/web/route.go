package web

import (
	"net/http"
	"slices"
	"strings"

	"huiyin/internal/errs"
	"huiyin/internal/meter"
	"huiyin/internal/ticket"
)

// Reach says whose tickets a page touches.
type Reach string

// The reaches.
const (
	NoTicket  Reach = "none"   // touches no ticket
	OwnTicket Reach = "own"    // only what the actor may see; others are not found
	ByCode    Reach = "code"   // only with the ticket's query code
	Everyone  Reach = "public" // what the public may see anyway
)

// Route is one line of the route table: what the permission test is made from.
type Route struct {
	Method, Path string
	Title        string
	Roles        []ticket.Role // who may call it; nil: nobody needs an account
	Reach        Reach
	Commands     bool // {command} stands for any of the life cycle
	Body         int64
	Secret       bool // what is typed must not stand in a page again
	Chinese      bool // for staff, though nobody need be signed in: said in Chinese alone
}

// Handler answers a call. An error becomes a page that says what is wrong.
type Handler func(c *Call) error

// maxForm is the size of a form without files, in bytes: two texts of 20,000
// Chinese characters as browsers write them, nine bytes each, and room.
const maxForm = 512 << 10

// Handle adds a route.
func (s *Site) Handle(r Route, handle Handler) {
	if r.Body == 0 {
		r.Body = maxForm
	}
	s.routes = append(s.routes, r)
	s.mux.HandleFunc(r.Method+" "+r.Path, func(w http.ResponseWriter, request *http.Request) {
		c := s.call(w, request, r)
		defer c.discard()
		if err := s.admit(c); err != nil {
			c.refuse(err)
			return
		}
		if err := handle(c); err != nil {
			c.refuse(err)
		}
	})
}

// admit lets a call through to its route: from this site only where it changes
// something, within the limits of the public, and for staff with an open
// sign-in whose account holds one of the route's roles.
func (s *Site) admit(c *Call) error {
	if err := s.guard.Check(c.Request); err != nil {
		return errs.Wrap(err, errs.Denied, "cross_site", "请求来自其他网站，已拒绝")
	}
	if !legible(c.Request.URL) {
		return errNoPage
	}
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, c.Route.Body)
	if c.Route.Roles == nil {
		if !s.Meter.Allow(c.Address()) {
			return meter.ErrTooOften
		}
		return nil
	}
	if err := s.enter(c); err != nil {
		return err
	}
	if !slices.ContainsFunc(c.Route.Roles, c.Actor.Holds) {
		return errs.New(errs.Denied, "role", "您的岗位不能使用该功能")
	}
	return nil
}

func acceptsGzip(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept-Encoding"), "gzip")
}
