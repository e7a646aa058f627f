package app

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"huiyin/internal/api"
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
	h, _ := opened(t, slog.New(slog.DiscardHandler)).Handler(0)
	for _, tt := range []struct{ method, path, code, allow string }{
		{"GET", "/", "no_route", ""},
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
	if rec := ask(t, h, "GET", "/healthz"); rec.Code != http.StatusOK {
		t.Errorf("/healthz: %d %s", rec.Code, rec.Body)
	}
}
