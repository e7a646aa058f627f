package api

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"huiyin/internal/casework"
	"huiyin/internal/errs"
	"huiyin/internal/ticket"
)

// NumberParam names a ticket. What is embedded in an input must be exported:
// the library passes over the fields of others.
type NumberParam struct {
	Number string `path:"number" doc:"工单编号" maxLength:"20"`
}

// WriteParams go with every command.
type WriteParams struct {
	Version string `header:"If-Match" doc:"您看到的工单版本，如 \"7\"；不是最新版本则拒绝"`
	Key     string `header:"Idempotency-Key" doc:"幂等键：同一请求重试时使用同一个值" maxLength:"200"`
}

func (w WriteParams) options() (casework.Options, error) {
	opt := casework.Options{Key: w.Key}
	if w.Version == "" || w.Version == "*" {
		return opt, nil
	}
	version, err := strconv.Atoi(strings.Trim(w.Version, `W/"`))
	if err != nil || version < 1 {
		return opt, errs.InvalidField("If-Match", "版本应为正整数")
	}
	opt.Version = version
	return opt, nil
}

type commandInput[C ticket.Command] struct {
	NumberParam
	WriteParams
	Body C
}

// Outcome is where a ticket stands after a command.
type Outcome struct {
	ETag string `header:"ETag"`
	Body struct {
		Number  string       `json:"number" doc:"工单编号"`
		Version int          `json:"version" doc:"版本"`
		State   ticket.State `json:"state" doc:"状态"`
		Label   string       `json:"label" doc:"状态名称"`
	}
}

func outcome(t *ticket.Ticket) *Outcome {
	o := &Outcome{ETag: etag(t.Seq)}
	o.Body.Number, o.Body.Version, o.Body.State, o.Body.Label = t.Number, t.Seq, t.State(), t.State().Label()
	return o
}

func etag(version int) string { return strconv.Quote(strconv.Itoa(version)) }

// command registers the route of one command for people with an account.
func command[C ticket.Command](a *api) {
	var zero C
	rule := ticket.RuleOf(zero.Name())
	roles := slices.DeleteFunc(slices.Clone(rule.By), func(r ticket.Role) bool { return r == ticket.Requester || r == ticket.System })
	r := Route{
		Method: http.MethodPost, Path: "/tickets/{number}/" + string(rule.Command), Summary: rule.Label,
		Roles: roles, Reach: OwnTicket, Command: rule.Command,
	}
	route(a, r, func(ctx context.Context, in *commandInput[C]) (*Outcome, error) {
		opt, err := in.options()
		if err != nil {
			return nil, err
		}
		t, err := a.Cases.DoByNumber(ctx, actorOf(ctx), in.Number, in.Body, opt)
		return outcome(&t), err
	})
}

// commands registers every command of the life cycle that people give.
func (a *api) commands() {
	command[ticket.AddMaterial](a)
	command[ticket.Supply](a)
	command[ticket.AskInfo](a)
	command[ticket.Accept](a)
	command[ticket.Answer](a)
	command[ticket.Reject](a)
	command[ticket.Classify](a)
	command[ticket.Dispatch](a)
	command[ticket.Recall](a)
	command[ticket.Consult](a)
	command[ticket.Arbitrate](a)
	command[ticket.Unmerge](a)
	command[ticket.Sign](a)
	command[ticket.Contact](a)
	command[ticket.Delegate](a)
	command[ticket.TakeBack](a)
	command[ticket.RequestReturn](a)
	command[ticket.RequestExtension](a)
	command[ticket.RequestSuspension](a)
	command[ticket.Endorse](a)
	command[ticket.Decline](a)
	command[ticket.DecideReturn](a)
	command[ticket.DecideExtension](a)
	command[ticket.DecideSuspension](a)
	command[ticket.Resume](a)
	command[ticket.Draft](a)
	command[ticket.SendBackDraft](a)
	command[ticket.SignOff](a)
	command[ticket.SendBackPart](a)
	command[ticket.Approve](a)
	command[ticket.SendBack](a)
	command[ticket.Rate](a)
	command[ticket.FollowUp](a)
	command[ticket.Urge](a)
	command[ticket.Supervise](a)
	command[ticket.AnswerOrder](a)
	command[ticket.Withdraw](a)
	command[ticket.RequestReview](a)
	command[ticket.DecideReview](a)
	command[ticket.SetConfidential](a)
	command[ticket.Publish](a)
	command[ticket.Unpublish](a)
	a.merge()
}

// mergeInput names the master as people do.
type mergeInput struct {
	NumberParam
	WriteParams
	Body struct {
		Master string `json:"master" doc:"主单编号" maxLength:"20"`
	}
}

func (a *api) merge() {
	rule := ticket.RuleOf(ticket.Merge{}.Name())
	r := Route{
		Method: http.MethodPost, Path: "/tickets/{number}/merge", Summary: rule.Label, Roles: rule.By, Reach: OwnTicket, Command: rule.Command,
	}
	route(a, r, func(ctx context.Context, in *mergeInput) (*Outcome, error) {
		opt, err := in.options()
		if err != nil {
			return nil, err
		}
		master, err := a.Cases.Lookup(ctx, actorOf(ctx), in.Body.Master)
		if err != nil {
			return nil, err
		}
		t, err := a.Cases.DoByNumber(ctx, actorOf(ctx), in.Number, ticket.Merge{Master: master}, opt)
		return outcome(&t), err
	})
}

// onBehalf registers what requesters do themselves, let in by number and
// query code.
func onBehalf[C ticket.Command](a *api) {
	var zero C
	rule := ticket.RuleOf(zero.Name())
	r := Route{
		Method: http.MethodPost, Path: "/public/tickets/{number}/" + string(rule.Command), Summary: rule.Label,
		Reach: ByCode, Command: rule.Command,
	}
	route(a, r, func(ctx context.Context, in *requesterInput[C]) (*Outcome, error) {
		opt, err := in.options()
		if err != nil {
			return nil, err
		}
		if opt.Key != "" {
			// Requesters have no account that keeps their keys apart.
			opt.Key = in.Number + " " + opt.Key
		}
		id, err := a.admit(ctx, in.Number, in.Code)
		if err != nil {
			return nil, err
		}
		t, err := a.Cases.Do(ctx, ticket.TheRequester(), id, in.Body, opt)
		return outcome(&t), err
	})
}

type requesterInput[C ticket.Command] struct {
	NumberParam
	CodeParam
	WriteParams
	Body C
}

// CodeParam lets a requester in.
type CodeParam struct {
	Code string `header:"X-Query-Code" required:"true" doc:"六位查询码" minLength:"6" maxLength:"6"`
}
