package api_test

import (
	"maps"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"huiyin/internal/ticket"
)

// A stream ends when its token is revoked, or when its account gets another
// place; others go on.
func TestStreamEndsWithItsToken(t *testing.T) {
	t.Parallel()
	w := small(t)
	server := httptest.NewServer(w.handler)
	t.Cleanup(server.Close)
	w.follow(t)
	defer time.AfterFunc(time.Minute, server.CloseClientConnections).Stop() // rather a broken stream than a test without an end
	revoked, moved := w.listen(t, server, tokenOf(deptA), ""), w.listen(t, server, tokenOf(deptB), "")
	stays := w.listen(t, server, tokenOf(center), "")

	w.people(func(accounts map[string]ticket.Actor) {
		delete(accounts, tokenOf(deptA))
		actor := accounts[tokenOf(deptB)]
		actor.Roles = slices.Clone(actor.Roles[:1])
		accounts[tokenOf(deptB)] = actor
	})
	for name, l := range map[string]*listener{"revoked": revoked, "moved": moved} {
		for l.lines.Scan() { // pings
		}
		if err := l.lines.Err(); err != nil {
			t.Errorf("%s: the stream broke: %v", name, err)
		}
	}
	s := w.submit(t, matter("路灯不亮"))
	if event, c := stays.next(t); event != "change" || c.Number != s.Number {
		t.Errorf("who stays hears %s %+v", event, c)
	}
}

// people changes who has which token.
func (w *town) people(change func(map[string]ticket.Actor)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.accounts = maps.Clone(w.accounts)
	change(w.accounts)
}
