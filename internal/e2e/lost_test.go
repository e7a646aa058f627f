package e2e

import (
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"huiyin/internal/db"
)

// TestDatabaseLost: a server whose database goes away says so, and goes on
// when it is back.
func TestDatabaseLost(t *testing.T) {
	t.Parallel()
	h := newHome(t, db.Postgres)
	w := lay(t, h.url)
	through := home{data: h.data, url: w.url}
	s := through.serve(t)
	agent := h.token(t, "agent")
	number := s.must(t, http.MethodPost, api+"/tickets", agent, "before", matter("停水两天")).read(t).Number

	w.part()
	for _, r := range []struct {
		method, path string
		body         any
	}{
		{http.MethodPost, api + "/tickets", matter("没有人收到")},
		{http.MethodGet, api + "/tickets/" + number, nil},
		{http.MethodGet, api + "/tickets?q=停水", nil},
		{http.MethodPost, api + "/tickets/" + number + "/accept", struct{}{}},
	} {
		a, err := s.ask(t.Context(), r.method, r.path, agent, "", r.body)
		if err != nil {
			t.Fatal(err)
		}
		if a.status != http.StatusServiceUnavailable || a.kind != "application/problem+json" || a.read(t).Detail == "" {
			t.Errorf("%s %s without a database: %d %s %s", r.method, r.path, a.status, a.kind, a.body)
		}
	}
	for path, want := range map[string]int{"/healthz": http.StatusOK, "/readyz": http.StatusServiceUnavailable} {
		if a, err := s.ask(t.Context(), http.MethodGet, path, "", "", nil); err != nil || a.status != want {
			t.Errorf("%s without a database: %d %v", path, a.status, err)
		}
	}

	w.join(t)
	until(t, func() bool {
		a, err := s.ask(t.Context(), http.MethodGet, "/readyz", "", "", nil)
		return err == nil && a.status == http.StatusOK
	})
	if got := s.must(t, http.MethodPost, api+"/tickets", agent, "before", matter("停水两天")).read(t); got.Number != number {
		t.Errorf("the retried submission made %s, not %s", got.Number, number)
	}
	if got := s.must(t, http.MethodPost, api+"/tickets/"+number+"/accept", agent, "", struct{}{}).read(t); got.Version != 2 {
		t.Errorf("accepted at version %d", got.Version)
	}
	s.kill()
	h.must(t, "audit", "verify")
}

// until waits for a condition that must come.
func until(t *testing.T, holds func() bool) {
	t.Helper()
	end := time.Now().Add(patience)
	for tick := time.NewTicker(50 * time.Millisecond); !holds(); <-tick.C {
		if time.Now().After(end) {
			t.Fatal("it never came")
		}
	}
}

// wire stands between the server and its database, and can be cut.
type wire struct {
	url, address, to string

	mu       sync.Mutex
	listener net.Listener
	conns    []net.Conn
}

func lay(t *testing.T, to string) *wire {
	t.Helper()
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{address: "127.0.0.1:0", to: u.Host}
	w.join(t)
	t.Cleanup(w.part)
	u.Host = w.address
	w.url = u.String()
	return w
}

func (w *wire) join(t *testing.T) {
	t.Helper()
	listener, err := net.Listen("tcp", w.address)
	if err != nil {
		t.Fatal(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.listener, w.address = listener, listener.Addr().String()
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", w.to)
			if err != nil {
				near.Close()
				continue
			}
			w.mu.Lock()
			w.conns = append(w.conns, near, far)
			w.mu.Unlock()
			go pass(near, far)
			go pass(far, near)
		}
	}()
}

func pass(to, from net.Conn) {
	_, _ = io.Copy(to, from) // until either end closes
	to.Close()
	from.Close()
}

// part cuts every connection and takes no new ones.
func (w *wire) part() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.listener.Close()
	for _, c := range w.conns {
		c.Close()
	}
	w.conns = nil
}
