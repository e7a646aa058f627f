package e2e

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"huiyin/internal/db"
)

// soon is how long a server may take to say that its database is gone.
const soon = 10 * time.Second

// TestDatabaseLost: a server whose database goes away in the midst of work
// says so at once, and goes on when it is back. Nothing acknowledged is
// missing, and what failed is done once when it is asked for again.
func TestDatabaseLost(t *testing.T) {
	t.Parallel()
	h := newHome(t, db.Postgres)
	before := h.number(t, `SELECT COUNT(*) FROM ticket`)
	w := lay(t, h.url)
	s := home{data: h.data, url: w.url}.serve(t)
	l := newLedger(h.crew(t, s))
	l.fails = true
	cut := 0
	for round := range 3 {
		l.load(t, s, fmt.Sprint(round), 60, w.part)
		for _, d := range l.done {
			s.lost(t, l.staff.agent, d.Number)
			break
		}
		w.join(t)
		until(t, func() bool {
			a, err := s.ask(t.Context(), http.MethodGet, "/readyz", "", "", nil)
			return err == nil && a.status == http.StatusOK
		})
		cut += l.settle(t, s)
	}
	if cut == 0 {
		t.Error("no request met the loss of the database")
	}
	l.check(t, s)
	s.kill()
	if made, want := h.number(t, `SELECT COUNT(*) FROM ticket`)-before, l.submissions(); made != want {
		t.Errorf("%d submissions made %d tickets", want, made)
	}
	t.Logf("%d acts acknowledged, %d failed and retried", len(l.done), cut)
	h.must(t, "audit", "verify")
}

// lost wants the server to say that its database is gone, but that it lives.
func (s *server) lost(t *testing.T, agent, number string) {
	t.Helper()
	for _, r := range []struct {
		method, path, kind string
		body               any
		status             int
	}{
		{http.MethodPost, api + "/tickets", problem, matter("没有人收到"), http.StatusServiceUnavailable},
		{http.MethodGet, api + "/tickets/" + number, problem, nil, http.StatusServiceUnavailable},
		{http.MethodGet, api + "/tickets?q=路灯", problem, nil, http.StatusServiceUnavailable},
		{http.MethodPost, api + "/tickets/" + number + "/accept", problem, struct{}{}, http.StatusServiceUnavailable},
		{http.MethodGet, "/readyz", "", nil, http.StatusServiceUnavailable},
		{http.MethodGet, "/healthz", "", nil, http.StatusOK},
	} {
		start := time.Now()
		a, err := s.ask(t.Context(), r.method, r.path, agent, "", r.body)
		if err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took > soon {
			t.Errorf("%s %s without a database took %v", r.method, r.path, took)
		}
		if a.status != r.status || r.kind != "" && (a.kind != r.kind || a.read(t).Detail == "") {
			t.Errorf("%s %s without a database: %d %s %s", r.method, r.path, a.status, a.kind, a.body)
		}
	}
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
