package api

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"huiyin/internal/ticket"
)

// checkEvery is how often a request without an end of its own is checked
// again: it outlives its token by no more than this and what the look-up
// remembers.
const checkEvery = time.Second

// whileHeld ends a request when its token opens nothing any more, or opens it
// to somebody who may see other things. It comes after the guard.
func (a *api) whileHeld(ctx huma.Context, next func(huma.Context)) {
	held, end := context.WithCancel(ctx.Context())
	defer end()
	token, _ := bearer(ctx)
	go func() {
		defer end()
		tick := time.NewTicker(checkEvery)
		defer tick.Stop()
		for {
			select {
			case <-held.Done():
				return
			case <-tick.C:
			}
			if actor, err := a.Keys.Actor(held, token); err != nil || !same(actor, actorOf(held)) {
				return // also when nobody can tell: the client comes again
			}
		}
	}()
	next(huma.WithContext(ctx, held))
	// The time for the last event may be over; the end is not to be lost by it.
	_, w := humago.Unwrap(ctx)
	_ = http.NewResponseController(w).SetWriteDeadline(time.Time{}) // the client has gone if this fails
}

func same(a, b ticket.Actor) bool {
	return a.Account == b.Account && a.Unit == b.Unit && slices.Equal(a.Roles, b.Roles)
}

// bearer returns the token of a request.
func bearer(ctx huma.Context) (token string, ok bool) {
	scheme, token, ok := strings.Cut(ctx.Header("Authorization"), " ")
	return strings.TrimSpace(token), ok && strings.EqualFold(scheme, "Bearer")
}
