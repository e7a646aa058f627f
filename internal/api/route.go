package api

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"huiyin/internal/errs"
	"huiyin/internal/meter"
	"huiyin/internal/ticket"
)

// Reach says whose tickets a route touches.
type Reach string

// The reaches.
const (
	NoTicket  Reach = "none"   // touches no ticket
	OwnTicket Reach = "own"    // only what the actor may see; others are not found
	ByCode    Reach = "code"   // only with the ticket's query code
	Everyone  Reach = "public" // what the public may see anyway
)

// Route is one line of the route table: what the permission test is made from.
type Route struct {
	Method, Path string
	Summary      string
	Roles        []ticket.Role // who may call it; nil: nobody needs an account
	Reach        Reach
	Command      ticket.Name // the command that it carries out, if it does
}

// staff may look at tickets within their sight.
var staff = []ticket.Role{
	ticket.Agent, ticket.ShiftLeader, ticket.Dispatcher, ticket.Handler, ticket.Approver, ticket.Reviewer,
	ticket.FollowUpAgent, ticket.Supervisor, ticket.CenterHead, ticket.Assessor, ticket.Analyst,
}

// workers may see who the requester is, one detail at a time.
var workers = []ticket.Role{
	ticket.Agent, ticket.Dispatcher, ticket.Handler, ticket.Approver, ticket.Reviewer, ticket.FollowUpAgent,
	ticket.Supervisor, ticket.CenterHead,
}

// everyRole is anybody with an account.
var everyRole = ticket.Roles

type (
	actorKey  struct{}
	senderKey struct{}
)

// senderOf returns the address of a public request.
func senderOf(ctx context.Context) string {
	from, _ := ctx.Value(senderKey{}).(string)
	return from
}

func actorOf(ctx context.Context) ticket.Actor {
	actor, ok := ctx.Value(actorKey{}).(ticket.Actor)
	if !ok {
		return ticket.TheRequester()
	}
	return actor
}

// route registers one operation: it goes into the table, the document and the
// mux at once, so that none of the three can be forgotten.
func route[I, O any](a *api, r Route, handle func(context.Context, *I) (*O, error), with ...func(*huma.Operation)) {
	op := a.operation(r)
	for _, change := range with {
		change(&op)
	}
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := handle(ctx, in)
		if err != nil {
			return nil, a.problem(ctx, err)
		}
		return out, nil
	})
}

// answers are the statuses of refusals that any operation may give.
var answers = []int{
	http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusConflict,
	http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity, http.StatusTooManyRequests,
	http.StatusInternalServerError, http.StatusServiceUnavailable,
}

// operation enters a route in the table and describes it for the document.
func (a *api) operation(r Route) huma.Operation {
	a.routes = append(a.routes, r)
	op := huma.Operation{
		OperationID: operationID(r), Method: r.Method, Path: Prefix + r.Path, Summary: r.Summary,
		MaxBodyBytes: 256 << 10, Tags: []string{strings.SplitN(strings.TrimPrefix(r.Path, "/"), "/", 2)[0]},
		Errors: answers, Middlewares: huma.Middlewares{a.guard(r)},
	}
	if r.Roles != nil {
		op.Security = []map[string][]string{{"bearer": {}}}
	} else {
		op.Summary += "（公开）"
	}
	return op
}

func operationID(r Route) string {
	words := strings.FieldsFunc(r.Path, func(c rune) bool { return c == '/' || c == '{' || c == '}' || c == '_' || c == '-' })
	return strings.ToLower(r.Method) + "-" + strings.Join(words, "-")
}

// guard lets a request through to a route: with a token whose account holds
// one of the route's roles, or, on a public route, within the rate limit.
func (a *api) guard(r Route) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		if err := legible(ctx); err != nil {
			a.refuse(ctx, err)
			return
		}
		if r.Roles == nil {
			from := meter.Address(ctx.RemoteAddr())
			if !a.Meter.Allow(from) {
				a.refuse(ctx, meter.ErrTooOften)
				return
			}
			next(huma.WithValue(ctx, senderKey{}, from))
			return
		}
		token, ok := bearer(ctx)
		if !ok {
			a.refuse(ctx, errs.New(errs.Unknown, "no_token", "请先登录：请求须携带令牌"))
			return
		}
		actor, err := a.Keys.Actor(ctx.Context(), token)
		if err != nil {
			a.refuse(ctx, err)
			return
		}
		if !slices.ContainsFunc(r.Roles, actor.Holds) {
			a.refuse(ctx, errs.New(errs.Denied, "role", "您的岗位不能使用该功能"))
			return
		}
		next(huma.WithValue(ctx, actorKey{}, actor))
	}
}
