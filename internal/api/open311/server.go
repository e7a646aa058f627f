package open311

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"huiyin/internal/casework"
	"huiyin/internal/errs"
	"huiyin/internal/org"
	"huiyin/internal/ticket"
)

// Path is where the interface is mounted; a Server expects to see it in the
// address of a request.
const Path = "/open311/v2"

// Desk is where matters are handed in and asked about.
type Desk interface {
	// Submit makes a ticket, or finds the one that the same key made before.
	Submit(ctx context.Context, actor ticket.Actor, m casework.Matter, key string) (casework.Receipt, error)
	// Public returns what everybody may know about tickets, newest first.
	Public(ctx context.Context, f casework.PublicFilter) ([]casework.PublicRequest, error)
}

// Keys says whose an api_key is. An unknown, expired or revoked key is
// errs.Unknown.
type Keys interface {
	Actor(ctx context.Context, token string) (ticket.Actor, error)
}

// Config is what a Server works with.
type Config struct {
	Desk  Desk
	Keys  Keys
	City  *org.Live
	Clock func() time.Time
	Log   *slog.Logger // failures on our side

	Jurisdiction string // the jurisdiction_id of this city; empty: only requests without one are for us
	Origin       string // scheme and host that clients use; empty: as each request says
	Contact      string // discovery: whom to ask
	KeyService   string // discovery: how to get a key
	Test         bool   // discovery: matters handed in here are not acted upon
}

// Server answers requests below Path. It is safe for concurrent use.
type Server struct {
	Config
}

// New makes a Server.
func New(c Config) *Server { return &Server{Config: c} }

// call is one request on its way through the server.
type call struct {
	*http.Request
	format format
	item   string // what follows the resource in the path, such as a service_code
}

// handler answers a call with something that encodes as JSON and as XML.
type handler func(s *Server, c call) (any, error)

// routes names every address below Path by method; "*" stands for an item.
// It is a function so that nothing can change it.
func routes(resource string) map[string]handler {
	switch resource {
	case "discovery":
		return map[string]handler{http.MethodGet: (*Server).discovery}
	case "services":
		return map[string]handler{http.MethodGet: (*Server).services}
	case "services/*":
		return map[string]handler{http.MethodGet: (*Server).definition}
	case "requests":
		return map[string]handler{http.MethodGet: (*Server).requests, http.MethodPost: (*Server).post}
	case "requests/*":
		return map[string]handler{http.MethodGet: (*Server).request}
	case "tokens/*":
		return map[string]handler{http.MethodGet: (*Server).token}
	}
	return nil
}

var (
	errNoAddress    = errs.New(errs.NotFound, "no_address", "没有这个地址。请在资源名后加上.json或.xml，例如services.json")
	errMethod       = errs.New(errs.Invalid, codeMethod, "这个地址不支持该请求方法")
	errJurisdiction = errs.New(errs.NotFound, "jurisdiction", "没有这个jurisdiction_id")
)

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	c, methods := locate(r)
	if methods == nil {
		s.fail(w, c, errNoAddress)
		return
	}
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	handle, ok := methods[method]
	if !ok {
		w.Header().Set("Allow", allowed(methods))
		s.fail(w, c, errMethod)
		return
	}
	if method == http.MethodPost {
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	}
	if !s.ours(r.URL.Query().Get("jurisdiction_id")) {
		s.fail(w, c, errJurisdiction)
		return
	}
	answer, err := handle(s, c)
	if err != nil {
		s.fail(w, c, err)
		return
	}
	s.write(w, c, http.StatusOK, answer)
}

// locate takes the path apart. Without methods there is nothing at the
// address.
func locate(r *http.Request) (call, map[string]handler) {
	c := call{Request: r, format: formatXML}
	path, ok := strings.CutPrefix(r.URL.Path, Path+"/")
	dot := strings.LastIndexByte(path, '.')
	if !ok || dot < 0 {
		return c, nil
	}
	switch format(path[dot+1:]) {
	case formatJSON:
		c.format = formatJSON
	case formatXML:
	default:
		return c, nil
	}
	resource, item, hasItem := strings.Cut(path[:dot], "/")
	if hasItem {
		if item == "" || strings.Contains(item, "/") {
			return c, nil
		}
		resource += "/*"
	}
	c.item = item
	return c, routes(resource)
}

func allowed(methods map[string]handler) string {
	list := http.MethodGet + ", " + http.MethodHead
	if _, ok := methods[http.MethodPost]; ok {
		list += ", " + http.MethodPost
	}
	return list
}

// ours reports whether a jurisdiction_id is this city's. The interface serves
// one city, so that none is as good as the right one.
func (s *Server) ours(id string) bool {
	return id == "" || strings.EqualFold(id, s.Jurisdiction)
}
