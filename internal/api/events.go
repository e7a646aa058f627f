package api

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2/sse"

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

// events registers the stream of changes within the actor's sight.
func (a *api) events() {
	r := Route{Method: "GET", Path: "/events", Summary: "工单变化（服务器推送）", Roles: staff, Reach: OwnTicket}
	sse.Register(a.huma, a.operation(r), map[string]any{"change": ChangeBody{}, "gap": GapBody{}, "ping": PingBody{}}, a.stream)
}

func (a *api) stream(ctx context.Context, _ *struct{}, send sse.Sender) {
	sub := a.Cases.Bus().Subscribe()
	defer sub.Close()
	ping := time.NewTicker(pingEvery)
	defer ping.Stop()
	if send.Data(PingBody{At: a.Clock()}) != nil {
		return
	}
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-ping.C:
			err = send.Data(PingBody{At: a.Clock()})
		case c := <-sub.C:
			if sub.Gap() {
				err = send.Data(GapBody{Missed: true})
			} else if a.Cases.Sees(actorOf(ctx), c) {
				err = send.Data(ChangeBody{Number: c.Number, Version: c.Version, State: c.State, Label: c.State.Label()})
			}
		}
		if err != nil {
			return
		}
	}
}
