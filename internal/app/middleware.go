package app

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"huiyin/internal/api"
	"huiyin/internal/errs"
	"huiyin/internal/meter"
)

// policy lets pages load what this server sends, and pictures that the page
// holds itself: a QR code, the preview of an upload. No script or style stands
// in a page.
const policy = "default-src 'self'; img-src 'self' data: blob:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"

// secure sets the headers that every answer carries.
func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Content-Security-Policy", policy)
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// limited puts the limit on public requests in front of a surface that keeps
// none of its own.
func limited(public *meter.Public, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !public.Allow(meter.Address(r.RemoteAddr)) {
			api.Refuse(w, meter.ErrTooOften, "")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// measured counts and times requests by route, and logs those that took long
// or failed. Paths are logged without their query, which may hold words.
func measured(metrics *prometheus.Registry, log *slog.Logger, mux *http.ServeMux) http.Handler {
	seconds := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "huiyin_http_request_seconds", Help: "Time to answer a request, in seconds.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
	}, []string{"route", "status"})
	metrics.MustRegister(seconds)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		recorded := &recorder{ResponseWriter: w, status: http.StatusOK}
		defer func() {
			switch p := recover(); p {
			case nil:
			case http.ErrAbortHandler: // the server's own word for hanging up
				panic(p)
			default:
				log.ErrorContext(r.Context(), "panic", "path", r.URL.Path, "panic", p, "stack", string(debug.Stack()))
				if recorded.wrote {
					panic(http.ErrAbortHandler) // half an answer must not look like a whole one
				}
				api.Refuse(recorded, errPanic, requestID(r.Context()))
			}
			if recorded.Header().Get("Content-Type") == "text/event-stream" {
				return // it took as long as somebody listened
			}
			took := time.Since(start)
			seconds.WithLabelValues(r.Pattern, strconv.Itoa(recorded.status)).Observe(took.Seconds())
			if took > slow {
				log.WarnContext(r.Context(), "slow request", "method", r.Method, "path", r.URL.Path, "status", recorded.status, "took", took)
			}
		}()
		mux.ServeHTTP(recorded, r)
	})
}

var errPanic = errs.New(errs.Internal, "internal", "系统内部错误")

type requestKey struct{}

// requestID is the name of the request that a context belongs to; empty if it
// belongs to none.
func requestID(ctx context.Context) string {
	id, _ := ctx.Value(requestKey{}).(string)
	return id
}

// idHeader carries the name of a request, in and out.
const idHeader = "X-Request-Id"

// named gives every request a name, which its answer and its lines in the log
// carry. A proxy may have given it one already.
func named(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get(idHeader)
		if !validID(id) {
			id = rand.Text()
		}
		w.Header().Set(idHeader, id)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestKey{}, id)))
	})
}

// validID keeps foreign names harmless in logs and headers.
func validID(id string) bool {
	return id != "" && len(id) <= 64 && !strings.ContainsFunc(id, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune("._-", c)
	})
}

// naming puts the name of the request on the lines that belong to one.
type naming struct{ slog.Handler }

func (n naming) Handle(ctx context.Context, r slog.Record) error {
	if id := requestID(ctx); id != "" {
		r = r.Clone()
		r.AddAttrs(slog.String("request", id))
	}
	return n.Handler.Handle(ctx, r)
}

func (n naming) WithAttrs(attrs []slog.Attr) slog.Handler { return naming{n.Handler.WithAttrs(attrs)} }

func (n naming) WithGroup(name string) slog.Handler { return naming{n.Handler.WithGroup(name)} }

// slow is when a request is worth a line in the log.
const slow = 2 * time.Second

// recorder notes the status of an answer.
type recorder struct {
	http.ResponseWriter
	status int
	wrote  bool
}

func (r *recorder) WriteHeader(status int) {
	if !r.wrote {
		r.status, r.wrote = status, true
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	r.wrote = true
	return r.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach what is below.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
