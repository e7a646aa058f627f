package app

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"huiyin/internal/api"
	"huiyin/internal/db"
)

// opened is a fresh installation on the embedded store.
func opened(t *testing.T, log *slog.Logger) *App {
	t.Helper()
	a, err := Open(t.Context(), Config{Data: t.TempDir(), Log: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

func ask(t *testing.T, h http.Handler, method, path string) *httptest.ResponseRecorder {
	t.Helper()
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), method, path, nil))
	return rec
}

func problemIn(t *testing.T, rec *httptest.ResponseRecorder) (p api.Problem) {
	t.Helper()
	if kind := rec.Header().Get("Content-Type"); kind != "application/problem+json" {
		t.Fatalf("%d in %s: %s", rec.Code, kind, rec.Body)
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &p); err != nil || p.Status != rec.Code {
		t.Fatalf("%d %s: %v", rec.Code, rec.Body, err)
	}
	return p
}

// Whatever is asked, a refusal has one form.
func TestNowhere(t *testing.T) {
	t.Parallel()
	h := surface(t, opened(t, slog.New(slog.DiscardHandler)), Server{})
	for _, tt := range []struct{ method, path, code, allow string }{
		{"GET", "/nothing", "no_route", ""},
		{"POST", "/nothing", "no_route", ""},
		{"GET", "/api/v2/tickets", "no_route", ""},
		{"POST", "/healthz", "method", "GET, HEAD"},
		{"DELETE", "/metrics", "method", "GET, HEAD"},
		{"PATCH", "/api/v1/tickets", "method", "GET, HEAD, POST"},
	} {
		rec := ask(t, h, tt.method, tt.path)
		if p := problemIn(t, rec); p.Code != tt.code || rec.Header().Get("Allow") != tt.allow {
			t.Errorf("%s %s: %+v, allows %q", tt.method, tt.path, p, rec.Header().Get("Allow"))
		}
	}
	person := httptest.NewRequestWithContext(t.Context(), "GET", "/nothing", nil)
	person.Header.Set("Accept", "text/html,*/*;q=0.8")
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, person)
	if rec.Code != http.StatusNotFound || !strings.Contains(rec.Body.String(), "没有这个页面") {
		t.Errorf("a person is answered %d %s", rec.Code, rec.Body)
	}
	if rec := ask(t, h, "GET", "/healthz"); rec.Code != http.StatusOK {
		t.Errorf("/healthz: %d %s", rec.Code, rec.Body)
	}
}

// A request has one name: in its answer, in the log, and in what an answer
// says of a failure of ours.
func TestRequestID(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	mux := http.NewServeMux()
	logger := slog.New(naming{slog.NewTextHandler(&log, nil)})
	mux.HandleFunc("GET /panic", func(http.ResponseWriter, *http.Request) { panic("broken") })
	mux.HandleFunc("GET /fine", func(w http.ResponseWriter, r *http.Request) {
		logger.With("with", 1).InfoContext(r.Context(), "fine")
	})
	h := named(measured(prometheus.NewRegistry(), logger, mux))
	made := map[string]bool{}
	for given, kept := range map[string]bool{
		"": false, "a": true, "4bf9.2f35_77-B3": true, strings.Repeat("x", 64): true, strings.Repeat("x", 65): false,
		"a b": false, "编号": false, "a\"b": false, "<b>": false, "a=b": false,
	} {
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/panic", nil)
		r.Header.Set("X-Request-Id", given)
		rec := httptest.NewRecorder()
		log.Reset()
		h.ServeHTTP(rec, r)
		id := rec.Header().Get("X-Request-Id")
		if kept != (id == given) || !validID(id) || made[id] {
			t.Errorf("%q became %q", given, id)
		}
		made[id] = true
		if p := problemIn(t, rec); p.Request != id || p.Status != http.StatusInternalServerError {
			t.Errorf("%q is told %+v", id, p)
		}
		if !strings.Contains(log.String(), "TestRequestID.func") {
			t.Errorf("where it broke is not logged: %s", log.String())
		}
		if !strings.Contains(log.String(), " request="+id+"\n") {
			t.Errorf("%q is logged as %s", id, log.String())
		}
	}
	log.Reset()
	if rec := ask(t, h, "GET", "/fine"); !strings.Contains(log.String(), "with=1 request="+rec.Header().Get("X-Request-Id")) {
		t.Errorf("logged %s", log.String())
	}
}

// A handler that hangs up did not break: nothing is said and nothing logged. One
// that breaks in the midst of its answer is logged and hung up on, lest half an
// answer be taken for a whole one.
func TestHangUp(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, body string
		handler    http.HandlerFunc
		logged     bool
	}{
		{"hung up", "", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, false},
		{"broke half way", "half", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("half")); panic("broken") }, true},
	} {
		var log bytes.Buffer
		mux := http.NewServeMux()
		mux.HandleFunc("GET /", tt.handler)
		h := measured(prometheus.NewRegistry(), slog.New(slog.NewTextHandler(&log, nil)), mux)
		rec := httptest.NewRecorder()
		var hungUp bool
		func() {
			defer func() { hungUp = recover() == any(http.ErrAbortHandler) }()
			h.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), "GET", "/", nil))
		}()
		if !hungUp || rec.Body.String() != tt.body || log.Len() > 0 != tt.logged {
			t.Errorf("%s: hung up %v, said %q and logged %q", tt.name, hungUp, rec.Body, log.String())
		}
	}
}

// The API tells the name of the request when it failed through our own fault,
// and only then.
func TestRequestIDInProblems(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	a := opened(t, slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelError})))
	h := surface(t, a, Server{})
	if rec := ask(t, h, "GET", "/api/v1/tickets"); rec.Header().Get("X-Request-Id") == "" || problemIn(t, rec).Request != "" {
		t.Errorf("a refusal: %v %s", rec.Header(), rec.Body)
	}
	if err := a.Store.Update(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `ALTER TABLE ticket RENAME TO lost`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	rec := ask(t, h, "GET", "/api/v1/public/tickets/202603020001")
	id := rec.Header().Get("X-Request-Id")
	if p := problemIn(t, rec); p.Status != http.StatusInternalServerError || p.Request != id {
		t.Errorf("%q is told %+v", id, p)
	}
	if !strings.Contains(log.String(), "request="+id) {
		t.Errorf("logged %s", log.String())
	}
}

func surface(t *testing.T, a *App, s Server) http.Handler {
	t.Helper()
	h, err := a.Surface(s)
	if err != nil {
		t.Fatal(err)
	}
	return h
}
