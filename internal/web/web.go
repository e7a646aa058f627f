// Package web is the ground that pages for people stand on: the table of their
// routes, who may call them, cookies and sign-in, forms, and how a refusal is
// shown. The pages are in the rooms below it.
//
// What may not enter: what a page is about, decisions, SQL.
package web

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"huiyin/internal/auth"
	"huiyin/internal/casework"
	"huiyin/internal/errs"
	"huiyin/internal/meter"
	"huiyin/internal/org"
	"huiyin/internal/web/ui"
)

// Door is how staff come in and go.
type Door interface {
	SignIn(ctx context.Context, login string, password auth.Secret, from auth.Place) (auth.Secret, error)
	Enrolment(ctx context.Context, pending auth.Secret) (auth.Enrolment, bool, error)
	SecondFactor(ctx context.Context, pending auth.Secret, code string, from auth.Place) (auth.Secret, error)
	Session(ctx context.Context, session auth.Secret) (auth.Session, org.Account, error)
	PeekSession(ctx context.Context, session auth.Secret) (auth.Session, org.Account, error)
	SignOut(ctx context.Context, session auth.Secret) error
	SessionsOf(ctx context.Context, login string) ([]auth.Session, error)
	ChangePassword(ctx context.Context, account org.Account, old, now auth.Secret) error
}

// Config is what pages work with.
type Config struct {
	Cases     *casework.Service
	City      *org.Live
	Door      Door
	Meter     *meter.Public
	Clock     func() time.Time
	Log       *slog.Logger
	RequestID func(context.Context) string
	Demo      bool // say on pages that this is a demo
}

// Site is all pages of the platform.
type Site struct {
	Config
	Kit    *ui.Kit
	mux    *http.ServeMux
	routes []Route
	own    ui.Pages
	guard  *http.CrossOriginProtection
}

// New prepares a site on a mux. The rooms of pages then add theirs.
func New(mux *http.ServeMux, c Config) (*Site, error) {
	kit, err := ui.NewKit(c.City.Current().Calendar().Location())
	if err != nil {
		return nil, err
	}
	s := &Site{Config: c, Kit: kit, mux: mux, guard: http.NewCrossOriginProtection()}
	if s.own, err = kit.Pages(pages); err != nil {
		return nil, err
	}
	mux.HandleFunc("GET "+ui.Prefix+"{rest...}", s.asset)
	s.preferences()
	s.guide()
	return s, nil
}

// Routes returns the route table.
func (s *Site) Routes() []Route { return s.routes }

func (s *Site) asset(w http.ResponseWriter, r *http.Request) {
	asset, ok := s.Kit.Assets.File(r.PathValue("rest"))
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", asset.Type)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	body := asset.Plain
	if asset.Packed != nil && acceptsGzip(r) {
		h.Set("Content-Encoding", "gzip")
		body = asset.Packed
	}
	_, _ = w.Write(body) // the client has gone if this fails
}

var errNoPage = errs.New(errs.NotFound, "no_page", "没有这个页面")
