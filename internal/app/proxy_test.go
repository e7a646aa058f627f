package app

import (
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"huiyin/internal/errs"
)

// from asks with a connection from an address and what was forwarded.
func from(t *testing.T, h http.Handler, peer string, forwarded ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), "GET", "/api/v1/areas", nil)
	r.RemoteAddr = peer
	for _, line := range forwarded {
		r.Header.Add("X-Forwarded-For", line)
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	return rec
}

func trusting(t *testing.T, networks ...string) proxies {
	t.Helper()
	p, err := readProxies(networks)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestClientAddress(t *testing.T) {
	t.Parallel()
	inner := trusting(t, "10.0.0.0/8", "127.0.0.1", "fd00::/8")
	for name, tt := range map[string]struct {
		p         proxies
		peer      string
		forwarded []string
		want      string
	}{
		"nobody is trusted":                 {nil, "10.0.0.1:99", []string{"192.0.2.7"}, "10.0.0.1"},
		"peer is not trusted":               {inner, "198.51.100.9:99", []string{"192.0.2.7"}, "198.51.100.9"},
		"peer pretends to be a proxy":       {inner, "198.51.100.9:99", []string{"192.0.2.7, 10.0.0.1"}, "198.51.100.9"},
		"one proxy":                         {inner, "10.0.0.1:99", []string{"192.0.2.7"}, "192.0.2.7"},
		"the client made up the left":       {inner, "10.0.0.1:99", []string{"1.1.1.1, 10.9.9.9, 192.0.2.7"}, "192.0.2.7"},
		"the client sent a line of its own": {inner, "10.0.0.1:99", []string{"1.1.1.1", "192.0.2.7"}, "192.0.2.7"},
		"two proxies":                       {inner, "127.0.0.1:99", []string{"1.1.1.1, 192.0.2.7, 10.0.0.2"}, "192.0.2.7"},
		"two proxies, two lines":            {inner, "127.0.0.1:99", []string{"192.0.2.7", "10.0.0.2"}, "192.0.2.7"},
		"from inside":                       {inner, "127.0.0.1:99", []string{"10.0.0.3"}, "10.0.0.3"},
		"nothing forwarded":                 {inner, "10.0.0.1:99", nil, "10.0.0.1"},
		"empty":                             {inner, "10.0.0.1:99", []string{""}, "10.0.0.1"},
		"no address":                        {inner, "10.0.0.1:99", []string{"192.0.2.7, unknown"}, "10.0.0.1"},
		"no address behind a proxy":         {inner, "10.0.0.1:99", []string{"192.0.2.7, _hidden, 10.0.0.2"}, "10.0.0.2"},
		"with a port":                       {inner, "10.0.0.1:99", []string{"192.0.2.7:4711"}, "192.0.2.7"},
		"IPv6":                              {inner, "[fd00::1]:99", []string{"2001:db8::7"}, "2001:db8::7"},
		"IPv6 with a port":                  {inner, "[fd00::1]:99", []string{"[2001:db8::7]:4711"}, "2001:db8::7"},
		"IPv6 in brackets":                  {inner, "[fd00::1]:99", []string{"[2001:db8::7]"}, "2001:db8::7"},
		"IPv4 as IPv6":                      {inner, "[::ffff:10.0.0.1]:99", []string{"::ffff:10.0.0.2", "::ffff:192.0.2.7"}, "192.0.2.7"},
		"peer without a port":               {inner, "@", []string{"192.0.2.7"}, "@"},
	} {
		got := ""
		h := behind(tt.p, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.RemoteAddr }))
		from(t, h, tt.peer, tt.forwarded...)
		if host, _, err := net.SplitHostPort(got); err == nil {
			got = host
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

func TestReadProxies(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "10.0.0.0/33", "10.0.0", "proxy.example", "10.0.0.0-10.0.0.9", "fe80::1%eth0", "::ffff:10.0.0.0/104"} {
		if p, err := readProxies([]string{"127.0.0.1/32", bad}); !errs.Is(err, errs.Invalid) {
			t.Errorf("%q is read as %v, %v", bad, p, err)
		}
	}
}

// Behind a trusted proxy each client has its own share of public requests;
// whoever only pretends to be one does not get another's, nor more of them.
func TestRateBehindProxy(t *testing.T) {
	t.Parallel()
	a := opened(t, slog.New(slog.DiscardHandler))
	h := surface(t, a, Server{PublicPerMinute: 2})
	h = behind(trusting(t, "10.0.0.0/8"), h)
	want := func(status int, peer string, forwarded ...string) {
		t.Helper()
		if rec := from(t, h, peer, forwarded...); rec.Code != status {
			t.Errorf("%s for %v: %d %s, want %d", peer, forwarded, rec.Code, rec.Body, status)
		}
	}
	for _, client := range []string{"192.0.2.1", "192.0.2.2"} {
		want(http.StatusOK, "10.0.0.1:1", client)
		want(http.StatusOK, "10.0.0.2:1", "1.1.1.1, "+client)
		want(http.StatusTooManyRequests, "10.0.0.1:2", "2.2.2.2, "+client)
	}
	want(http.StatusOK, "198.51.100.9:1", "3.3.3.3")
	want(http.StatusOK, "198.51.100.9:1", "4.4.4.4")
	want(http.StatusTooManyRequests, "198.51.100.9:1", "5.5.5.5")
	want(http.StatusTooManyRequests, "198.51.100.9:1", "5.5.5.5, 10.0.0.1")
}
