package app

import (
	"net"
	"net/http"
	"net/netip"
	"strings"

	"huiyin/internal/errs"
)

// proxies are the networks whose word on where a request came from is taken.
type proxies []netip.Prefix

// readProxies reads networks such as 10.0.0.0/8; a single address stands for
// itself.
func readProxies(words []string) (proxies, error) {
	var p proxies
	for _, word := range words {
		word = strings.TrimSpace(word)
		network, err := netip.ParsePrefix(word)
		if address, single := netip.ParseAddr(word); single == nil && address.Zone() == "" {
			network, err = netip.PrefixFrom(address, address.BitLen()), nil
		}
		if err != nil || network.Addr().Is4In6() { // which no address that is read here would match
			return nil, errs.Newf(errs.Invalid, "trust_proxy", "“%s”不是网段；应如 10.0.0.0/8 或 127.0.0.1/32", word)
		}
		p = append(p, network.Masked())
	}
	return p, nil
}

func (p proxies) trust(address netip.Addr) bool {
	for _, network := range p {
		if network.Contains(address) {
			return true
		}
	}
	return false
}

// behind gives requests that come from a trusted proxy the address of the
// client that the proxy names, and the scheme that the client spoke. Each proxy adds who it heard from at the right
// of X-Forwarded-For; what is left of the first address that is not trusted
// may be anybody's invention.
func behind(p proxies, next http.Handler) http.Handler {
	if len(p) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		peer, err := netip.ParseAddrPort(r.RemoteAddr)
		if err == nil && p.trust(peer.Addr().Unmap()) {
			heard := *r
			heard.RemoteAddr = net.JoinHostPort(p.client(peer.Addr().Unmap(), r.Header.Values("X-Forwarded-For")).String(), "0")
			if r.Header.Get("X-Forwarded-Proto") == "https" {
				address := *r.URL
				address.Scheme, heard.URL = "https", &address
			}
			r = &heard
		}
		next.ServeHTTP(w, r)
	})
}

// client goes from the peer to the left as long as who speaks is trusted.
func (p proxies) client(peer netip.Addr, forwarded []string) netip.Addr {
	chain := strings.Split(strings.Join(forwarded, ","), ",")
	for i := len(chain) - 1; i >= 0 && p.trust(peer); i-- {
		address, err := forwardedAddr(strings.TrimSpace(chain[i]))
		if err != nil {
			break
		}
		peer = address
	}
	return peer
}

// forwardedAddr reads an address that some proxies write with a port.
func forwardedAddr(word string) (netip.Addr, error) {
	if with, err := netip.ParseAddrPort(word); err == nil {
		return with.Addr().WithZone("").Unmap(), nil
	}
	address, err := netip.ParseAddr(strings.Trim(word, "[]"))
	return address.WithZone("").Unmap(), err
}
