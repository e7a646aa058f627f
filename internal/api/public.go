package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"huiyin/internal/casework"
	"huiyin/internal/meter"
	"huiyin/internal/ticket"
)

func created(op *huma.Operation) { op.DefaultStatus = http.StatusCreated }

// admit lets a requester in.
func (a *api) admit(ctx context.Context, number, code string) (int64, error) {
	wrong, ok := a.Meter.Guess(number, senderOf(ctx))
	if !ok {
		return 0, meter.ErrGuesses
	}
	id, err := a.Cases.Admit(ctx, number, code)
	if errors.Is(err, casework.ErrWrongCode) {
		wrong()
	}
	return id, err
}

// ownKey keeps the idempotency keys of the public apart, who have no account
// that does: a key that can be met by chance counts only for its sender.
func ownKey(ctx context.Context, key string) string {
	if key == "" || len(key) >= 16 {
		return key
	}
	return senderOf(ctx) + " " + key
}

// public registers what needs no account.
func (a *api) public() {
	route(a, Route{Method: "POST", Path: "/public/tickets", Summary: "提交诉求", Reach: NoTicket},
		func(ctx context.Context, in *submitInput) (*ReceiptOut, error) {
			m := in.Body.matter()
			m.Channel, m.Urgency = ticket.Website, ticket.Normal
			r, err := a.Cases.Submit(ctx, ticket.TheRequester(), m, ownKey(ctx, in.Key))
			return receipt(r), err
		}, created)
	route(a, Route{Method: "GET", Path: "/public/tickets/{number}", Summary: "公开的办理过程", Reach: Everyone},
		func(ctx context.Context, in *NumberParam) (*trackOut, error) {
			t, err := a.Cases.Published(ctx, in.Number)
			return &trackOut{Body: a.track(&t)}, err
		})
	route(a, Route{Method: "GET", Path: "/public/tickets/{number}/track", Summary: "凭查询码查进度", Reach: ByCode},
		func(ctx context.Context, in *struct {
			NumberParam
			CodeParam
		},
		) (*trackOut, error) {
			id, err := a.admit(ctx, in.Number, in.Code)
			if err != nil {
				return nil, err
			}
			t, err := a.Cases.Track(ctx, id)
			return &trackOut{Body: a.track(&t)}, err
		})
	onBehalf[ticket.Supply](a)
	onBehalf[ticket.AddMaterial](a)
	onBehalf[ticket.Urge](a)
	onBehalf[ticket.Withdraw](a)
	onBehalf[ticket.Rate](a)
	onBehalf[ticket.RequestReview](a)
	onBehalf[ticket.SetConfidential](a)
}

type trackOut struct{ Body TrackBody }

// TrackBody is the requester's or the public's view of a ticket.
type TrackBody struct {
	Number      string         `json:"number"`
	State       ticket.State   `json:"state"`
	Label       string         `json:"label"`
	Kind        ticket.Kind    `json:"kind"`
	Channel     ticket.Channel `json:"channel"`
	Title       string         `json:"title,omitempty"`
	Body        string         `json:"body,omitempty"`
	Reply       string         `json:"reply,omitempty"`
	SubmittedAt time.Time      `json:"submitted_at"`
	Due         *time.Time     `json:"due,omitempty" doc:"整体时限"`
	Provisional bool           `json:"provisional,omitempty" doc:"该年放假安排尚未公布，时限为暂定"`
	Steps       []StepBody     `json:"steps" doc:"七个环节"`
	Hops        []HopBody      `json:"hops" doc:"先后由哪些单位办理"`
	Notices     []NoticeBody   `json:"notices" doc:"办理中的告知：不予受理、延期、挂账、复核结果"`
	Question    string         `json:"question,omitempty" doc:"需要您补充的内容"`
	Allowed     []ticket.Name  `json:"allowed,omitempty" doc:"您现在可以进行的操作"`
}

// StepBody is one of the seven steps.
type StepBody struct {
	No      int        `json:"no"`
	Label   string     `json:"label"`
	Who     string     `json:"who,omitempty"`
	Limit   string     `json:"limit,omitempty"`
	Started *time.Time `json:"started,omitempty"`
	Due     *time.Time `json:"due,omitempty"`
	Done    *time.Time `json:"done,omitempty"`
	Late    bool       `json:"late,omitempty"`
}

// HopBody is one time a unit had the matter.
type HopBody struct {
	Unit string     `json:"unit"`
	From time.Time  `json:"from"`
	To   *time.Time `json:"to,omitempty"`
}

// NoticeBody is something the requester is told on the way.
type NoticeBody struct {
	At      time.Time      `json:"at"`
	About   casework.About `json:"about" enum:"rejected,extended,suspended,review_granted,review_refused"`
	Reason  string         `json:"reason,omitempty" doc:"不予受理的情形"`
	Instead string         `json:"instead,omitempty" doc:"应当通过的渠道"`
	Days    int            `json:"days,omitempty" doc:"延期的工作日数"`
	Until   *time.Time     `json:"until,omitempty" doc:"挂账的复查时间"`
	Text    string         `json:"text,omitempty"`
}

func (a *api) track(t *casework.Track) TrackBody {
	b := TrackBody{
		Number: t.Number, State: t.State, Label: t.State.Label(), Kind: t.Kind, Channel: t.Channel, Title: t.Title, Body: t.Body,
		Reply: t.Reply, SubmittedAt: a.local(t.SubmittedAt), Due: a.maybe(t.OverallDue), Provisional: t.Provisional,
		Question: t.Question, Allowed: t.Allowed, Steps: make([]StepBody, len(t.Steps)), Hops: a.hops(t.Hops),
		Notices: make([]NoticeBody, len(t.Notices)),
	}
	for i, s := range t.Steps {
		b.Steps[i] = StepBody{
			No: s.No, Label: s.Label, Who: s.Who, Limit: s.Limit, Started: a.maybe(s.Started), Due: a.maybe(s.Due), Done: a.maybe(s.Done), Late: s.Late,
		}
	}
	for i, n := range t.Notices {
		b.Notices[i] = NoticeBody{
			At: a.local(n.At), About: n.About, Reason: n.Reason, Instead: n.Instead, Days: n.Days, Until: a.maybe(n.Until), Text: n.Text,
		}
	}
	return b
}

func (a *api) hops(hops []casework.Hop) []HopBody {
	list := make([]HopBody, len(hops))
	for i, h := range hops {
		list[i] = HopBody{Unit: h.Unit, From: a.local(h.From), To: a.maybe(h.To)}
	}
	return list
}
