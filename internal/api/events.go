package api

import (
	"context"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2/sse"

	"huiyin/internal/casework"
	"huiyin/internal/ticket"
)

// ChangeBody says that a ticket within sight has a new version.
type ChangeBody struct {
	Number  string       `json:"number"`
	Version int          `json:"version"`
	State   ticket.State `json:"state"`
	Label   string       `json:"label"`
}

// GapBody says that changes were missed: read the list anew.
type GapBody struct {
	Missed bool `json:"missed"`
}

// PingBody keeps the connection open.
type PingBody struct {
	At time.Time `json:"at"`
}

// pingEvery is how often a silent stream says that it is alive: below the
// minute after which proxies hang up.
const pingEvery = 25 * time.Second

// EventsInput says where a client that lost its connection goes on.
type EventsInput struct {
	After string `header:"Last-Event-ID" doc:"断线重连时填上次收到的最后一个 id：其后的变化补发；已无法补发时先发 gap" maxLength:"40"`
}

// position is what the client has heard; one that is none of ours is as if much
// was missed since.
func (in *EventsInput) position() int64 {
	if in.After == "" {
		return 0
	}
	at, err := strconv.ParseInt(in.After, 10, 64)
	if err != nil || at <= 0 {
		return math.MaxInt64
	}
	return at
}

// events registers the stream of changes within the actor's sight.
func (a *api) events() {
	r := Route{Method: "GET", Path: "/events", Summary: "工单变化（服务器推送）", Roles: staff, Reach: OwnTicket}
	op := a.operation(r)
	op.Middlewares = append(op.Middlewares, a.whileHeld)
	sse.Register(a.huma, op, map[string]any{"change": ChangeBody{}, "gap": GapBody{}, "ping": PingBody{}}, a.stream)
}

// stream tells of changes until the client goes. Each id stands for all that
// came up to it, so that what follows it can be asked for again.
func (a *api) stream(ctx context.Context, in *EventsInput, send sse.Sender) {
	sub, first, err := a.Cases.Subscribe(ctx, in.position())
	if err != nil {
		a.Log.WarnContext(ctx, "no stream of changes", "error", err)
		return // the client comes again
	}
	defer sub.Close()
	ping := time.NewTicker(pingEvery)
	defer ping.Stop()
	at := first.Position
	if a.tell(ctx, first, send) != nil || send(a.ping(at)) != nil {
		return
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-ping.C:
			err = send(a.ping(at))
		case n := <-sub.C:
			at, n.Missed = n.Position, n.Missed || sub.Missed()
			err = a.tell(ctx, n, send)
		}
		if err != nil {
			return
		}
	}
}

func (a *api) ping(at int64) sse.Message {
	return sse.Message{ID: int(at), Data: PingBody{At: a.local(ticket.At(a.Clock()))}}
}

// tell sends what the actor may hear of the news; the last of it has the id.
func (a *api) tell(ctx context.Context, n casework.News, send sse.Sender) error {
	n.Changes = slices.DeleteFunc(slices.Clone(n.Changes), func(c casework.Change) bool { return !a.Cases.Sees(actorOf(ctx), c) })
	if n.Missed {
		m := sse.Message{Data: GapBody{Missed: true}}
		if len(n.Changes) == 0 {
			m.ID = int(n.Position)
		}
		if err := send(m); err != nil {
			return err
		}
	}
	for i, c := range n.Changes {
		m := sse.Message{Data: ChangeBody{Number: c.Number, Version: c.Version, State: c.State, Label: c.State.Label()}}
		if i == len(n.Changes)-1 {
			m.ID = int(n.Position)
		}
		if err := send(m); err != nil {
			return err
		}
	}
	return nil
}
