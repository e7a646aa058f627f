package app

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/sync/errgroup"

	"huiyin/internal/api"
	"huiyin/internal/api/open311"
	"huiyin/internal/errs"
	"huiyin/internal/intake"
	"huiyin/internal/meter"
	"huiyin/internal/org"
	"huiyin/internal/web"
	"huiyin/internal/web/admin"
	"huiyin/internal/web/desk"
	"huiyin/internal/web/portal"
)

// Roles of a process.
const (
	RoleWeb    = "web"    // answers requests
	RoleWorker = "worker" // does what nobody waits for
)

// Server says how to serve.
type Server struct {
	Addr            string
	Roles           []string
	PublicPerMinute int      // requests a minute from one address without an account; zero is no limit
	TrustProxy      []string // networks whose X-Forwarded-For is believed, such as 10.0.0.0/8
	Demo            bool     // pages say that this is a demo
	Mail            Mail
	Ready           func(addr string)
}

// Time limits of the server. Bodies are small but for uploads, and an upload
// of 20 MB takes a minute on a slow line.
const (
	headerTimeout = 10 * time.Second
	bodyTimeout   = 2 * time.Minute
	idleTimeout   = 2 * time.Minute
	stopTimeout   = 20 * time.Second
	// statementTimeout is many times what any statement of a desk or a chore
	// takes.
	statementTimeout = 5 * time.Second
	pingTimeout      = 5 * time.Second // a database that is silent is not ready either
)

// Serve runs the process in its roles until ctx ends; then it finishes what it
// has begun.
func (a *App) Serve(ctx context.Context, s Server) error {
	for _, role := range s.Roles {
		if role != RoleWeb && role != RoleWorker {
			return errs.Newf(errs.Invalid, "role", "没有“%s”这个角色；可用：web、worker", role)
		}
	}
	trusted, err := readProxies(s.TrustProxy)
	if err != nil {
		return err
	}
	if err := a.UseMail(s.Mail); err != nil {
		return err
	}
	a.Store.Limit(statementTimeout)
	var listener net.Listener
	if slices.Contains(s.Roles, RoleWeb) {
		if listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp", s.Addr); err != nil {
			return errs.Wrap(err, errs.Unavailable, "listen", "无法监听 "+s.Addr+"；地址可能写错，或端口已被占用，可用 --addr 另选")
		}
	}
	group, ctx := errgroup.WithContext(ctx)
	if slices.Contains(s.Roles, RoleWorker) {
		group.Go(func() error { return a.work(ctx) })
	}
	if listener != nil {
		group.Go(func() error { return a.web(ctx, listener, s, trusted) })
		group.Go(func() error {
			a.Cases.Follow(ctx, func(err error) { a.Log.WarnContext(ctx, "changes cannot be told for now", "error", err) })
			return nil
		})
	}
	group.Go(func() error { return a.refresh(ctx) })
	return group.Wait()
}

func (a *App) web(ctx context.Context, listener net.Listener, s Server, trusted proxies) error {
	surface, err := a.Surface(s)
	if err != nil {
		return err
	}
	base, hangUp := context.WithCancel(context.WithoutCancel(ctx))
	defer hangUp()
	server := &http.Server{
		Handler: behind(trusted, surface), ReadHeaderTimeout: headerTimeout, ReadTimeout: bodyTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: 64 << 10, BaseContext: func(net.Listener) context.Context { return base },
	}
	// Streams of changes have no end of their own: they are hung up when the
	// server stops, everything else is finished.
	server.RegisterOnShutdown(hangUp)
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
		defer cancel()
		stopped <- server.Shutdown(stop)
	}()
	if s.Ready != nil {
		s.Ready(listener.Addr().String())
	}
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-stopped
}

// Surface is everything that a process answers, with the tables of its routes.
type Surface struct {
	http.Handler
	API   []api.Route
	Pages []web.Route
}

// Surface puts the surfaces of the process together.
func (a *App) Surface(s Server) (Surface, error) {
	mux, log, public := http.NewServeMux(), slog.New(naming{a.Log.Handler()}), meter.NewPublic(s.PublicPerMinute, a.Clock)
	out := Surface{API: api.Mount(mux, api.Config{
		Cases: a.Cases, City: a.City, Keys: a, Files: a.Files, Meter: public, Clock: a.Clock, Log: log, Version: Version(),
		RequestID: requestID,
	})}
	mux.Handle(open311.Path+"/", limited(public, open311.New(open311.Config{
		Desk: a.Cases, Keys: a, City: a.City, Clock: a.Clock, Log: log,
	})))
	site, err := web.New(mux, web.Config{
		Cases: a.Cases, City: a.City, Door: a, Meter: public, Clock: a.Clock, Log: log, RequestID: requestID, Demo: s.Demo,
	})
	if err != nil {
		return out, err
	}
	if err := a.mount(site); err != nil {
		return out, err
	}
	out.Pages = site.Routes()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, end := context.WithTimeout(r.Context(), pingTimeout)
		defer end()
		if err := a.Store.Ping(ctx); err != nil {
			log.WarnContext(r.Context(), "not ready", "error", err)
			answer(w, http.StatusServiceUnavailable, "store unavailable")
			return
		}
		answer(w, http.StatusOK, "ok")
	})
	mux.Handle("/", nowhere(api.Nowhere(mux), site))
	metrics := prometheus.NewRegistry()
	metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	mux.Handle("GET /metrics", promhttp.HandlerFor(metrics, promhttp.HandlerOpts{}))
	out.Handler = secure(named(measured(metrics, log, mux)))
	return out, nil
}

// nowhere tells people and programs, each in their way, that an address is
// none.
func nowhere(programs http.Handler, people *web.Site) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.Header.Get("Accept"), "text/html") {
			people.Nowhere(w, r)
			return
		}
		programs.ServeHTTP(w, r)
	})
}

// mount adds the rooms of pages to the site.
func (a *App) mount(site *web.Site) error {
	desks, err := desk.New(site, desk.Config{Files: a.Files, Drafts: a.Drafts})
	if err != nil {
		return err
	}
	return errors.Join(
		portal.Mount(site, a.Files),
		admin.Mount(site, admin.Config{Rules: a, Accounts: a, Files: spreadsheets{}, Frame: desks.Frame}),
	)
}

// spreadsheets reads and writes them for administration.
type spreadsheets struct{}

func (spreadsheets) Rows(r io.Reader, name string, columns, titles []string) ([]org.Row, error) {
	return intake.Rows(r, name, columns, titles)
}

func (spreadsheets) WriteSheet(w io.Writer, titles []string, rows [][]string) error {
	return intake.WriteSheet(w, titles, rows)
}

func answer(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text + "\n")) // the client has gone if this fails
}

// Version is the version of this build, as the module system or git knows it.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value[:min(12, len(s.Value))]
		}
	}
	return info.Main.Version
}
