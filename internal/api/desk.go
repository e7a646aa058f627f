package api

import (
	"context"
	"net/http"
	"time"

	"huiyin/internal/casework"
	"huiyin/internal/requester"
	"huiyin/internal/ticket"
)

// MatterBody is what somebody submits.
type MatterBody struct {
	Kind         ticket.Kind    `json:"kind" doc:"诉求类型"`
	Channel      ticket.Channel `json:"channel,omitempty" doc:"受理渠道；公众提交时固定为网站"`
	Urgency      ticket.Urgency `json:"urgency,omitempty" doc:"紧急程度"`
	Category     string         `json:"category,omitempty" doc:"事项分类代码" maxLength:"40"`
	Area         string         `json:"area,omitempty" doc:"事发地区划代码" maxLength:"20"`
	Title        string         `json:"title" doc:"标题" minLength:"1" maxLength:"200"`
	Body         string         `json:"body" doc:"诉求内容" minLength:"1" maxLength:"20000"`
	Confidential bool           `json:"confidential,omitempty" doc:"要求保密"`
	MayPublish   bool           `json:"may_publish,omitempty" doc:"同意公开（隐去个人信息后）"`
	Requester    PersonBody     `json:"requester,omitempty" doc:"诉求人；匿名可不填"`
}

// PersonBody is who submits.
type PersonBody struct {
	Kind       requester.Kind `json:"kind,omitempty" doc:"诉求主体" enum:"individual,enterprise,organisation,anonymous"`
	Name       string         `json:"name,omitempty" doc:"姓名" maxLength:"60"`
	Phone      string         `json:"phone,omitempty" doc:"联系电话" maxLength:"30"`
	Email      string         `json:"email,omitempty" doc:"电子邮箱" maxLength:"200"`
	IDNumber   string         `json:"id_number,omitempty" doc:"证件号码" maxLength:"30"`
	Address    string         `json:"address,omitempty" doc:"地址" maxLength:"200"`
	Company    string         `json:"company,omitempty" doc:"单位名称" maxLength:"100"`
	CreditCode string         `json:"credit_code,omitempty" doc:"统一社会信用代码" maxLength:"18"`
}

func (p PersonBody) person() requester.Person {
	if p.Kind == "" {
		p.Kind = requester.Individual
		if p == (PersonBody{Kind: requester.Individual}) {
			p.Kind = requester.Anonymous
		}
	}
	return requester.Person{
		Kind: p.Kind, Name: p.Name, Phone: p.Phone, Email: p.Email, IDNumber: p.IDNumber, Address: p.Address,
		Company: p.Company, CreditCode: p.CreditCode,
	}
}

func masked(m requester.Masked) PersonBody {
	return PersonBody{
		Kind: m.Kind, Name: m.Name, Phone: m.Phone, Email: m.Email, IDNumber: m.IDNumber, Address: m.Address,
		Company: m.Company, CreditCode: m.CreditCode,
	}
}

func (m MatterBody) matter() casework.Matter {
	return casework.Matter{
		Kind: m.Kind, Channel: m.Channel, Urgency: m.Urgency, Category: m.Category, Area: m.Area, Title: m.Title, Body: m.Body,
		Confidential: m.Confidential, MayPublish: m.MayPublish, Person: m.Requester.person(),
	}
}

// ReceiptOut is what a requester takes away.
type ReceiptOut struct {
	Status int
	Body   struct {
		Number  string       `json:"number" doc:"工单编号"`
		Code    string       `json:"code" doc:"六位查询码，请妥善保存"`
		Version int          `json:"version"`
		State   ticket.State `json:"state"`
		Label   string       `json:"label"`
	}
}

func receipt(r casework.Receipt) *ReceiptOut {
	out := &ReceiptOut{Status: http.StatusCreated}
	out.Body.Number, out.Body.Code, out.Body.Version = r.Ticket.Number, r.Code, r.Ticket.Seq
	out.Body.State, out.Body.Label = r.Ticket.State(), r.Ticket.State().Label()
	return out
}

type listInput struct {
	Todo     bool           `query:"todo" doc:"只看本单位待办，按到期先后"`
	Step     []ticket.Step  `query:"step" doc:"要办的事，可多个；仅用于待办"`
	State    []ticket.State `query:"state" doc:"状态，可多个"`
	Kind     ticket.Kind    `query:"kind" doc:"诉求类型"`
	Channel  ticket.Channel `query:"channel" doc:"渠道"`
	Urgency  ticket.Urgency `query:"urgency" doc:"紧急程度"`
	Category string         `query:"category" doc:"事项分类（含下级）" maxLength:"40"`
	Area     string         `query:"area" doc:"事发地（含下级）" maxLength:"20"`
	Lead     int64          `query:"lead" doc:"主办单位"`
	From     string         `query:"from" doc:"提交日期起" pattern:"^\\d{4}-\\d{2}-\\d{2}$"`
	To       string         `query:"to" doc:"提交日期止" pattern:"^\\d{4}-\\d{2}-\\d{2}$"`
	Late     bool           `query:"late" doc:"只看已超时"`
	Query    string         `query:"q" doc:"检索词" maxLength:"100"`
	Cursor   string         `query:"cursor" doc:"翻页标记" maxLength:"100"`
	Limit    int            `query:"limit" doc:"每页条数" minimum:"1" maximum:"200" default:"20"`
}

func (in *listInput) filter() casework.Filter {
	return casework.Filter{
		Todo: in.Todo, Steps: in.Step, States: in.State, Kind: in.Kind, Channel: in.Channel,
		Urgency: in.Urgency, Category: in.Category, Area: in.Area, Lead: ticket.UnitID(in.Lead),
		From: in.From, To: in.To, Late: in.Late, Query: in.Query, Cursor: in.Cursor, Limit: in.Limit,
	}
}

type listOut struct {
	Body struct {
		Items []ItemBody `json:"items"`
		Next  string     `json:"next,omitempty" doc:"下一页的翻页标记；没有则为最后一页"`
	}
}

// ItemBody is one line of a list.
type ItemBody struct {
	Number       string         `json:"number"`
	Version      int            `json:"version"`
	Title        string         `json:"title"`
	State        ticket.State   `json:"state"`
	Label        string         `json:"label" doc:"状态名称"`
	Kind         ticket.Kind    `json:"kind"`
	Channel      ticket.Channel `json:"channel"`
	Urgency      ticket.Urgency `json:"urgency"`
	Category     string         `json:"category,omitempty"`
	Area         string         `json:"area,omitempty"`
	Lead         ticket.UnitID  `json:"lead,omitempty" doc:"主办单位"`
	LeadName     string         `json:"lead_name,omitempty"`
	Confidential bool           `json:"confidential,omitempty"`
	SubmittedAt  time.Time      `json:"submitted_at"`
	Due          *time.Time     `json:"due,omitempty" doc:"下一步的到期时间；待办列表中为该项待办的到期时间"`
	Step         ticket.Step    `json:"step,omitempty" doc:"要办的事，仅待办列表有"`
	StepLabel    string         `json:"step_label,omitempty" doc:"要办的事的名称"`
	Part         ticket.AState  `json:"part,omitempty" doc:"所涉承办任务的状态，仅待办列表有"`
	PartLabel    string         `json:"part_label,omitempty" doc:"所涉承办任务的状态名称"`
	Pending      string         `json:"pending,omitempty" doc:"承办单位正在申请的事项" enum:"return,extension,suspension"`
	Endorsed     bool           `json:"endorsed,omitempty" doc:"该申请已由本单位分管领导审签"`
}

func (a *api) items(items []casework.Item) []ItemBody {
	list := make([]ItemBody, len(items))
	for i, item := range items {
		list[i] = a.item(item)
	}
	return list
}

func (a *api) item(i casework.Item) ItemBody {
	return ItemBody{
		Number: i.Number, Version: i.Version, Title: i.Title, State: i.State, Label: i.State.Label(), Kind: i.Kind,
		Channel: i.Channel, Urgency: i.Urgency, Category: i.Category, Area: i.Area, Lead: i.Lead, LeadName: a.unitName(i.Lead),
		Confidential: i.Confidential, SubmittedAt: a.local(i.SubmittedAt), Due: a.maybe(i.Due),
		Step: i.Step, StepLabel: i.Step.Label(), Part: i.Part, PartLabel: i.Part.Label(),
		Pending: string(i.Pending), Endorsed: i.Endorsed,
	}
}

// local shows an instant in the city's time.
func (a *api) local(i ticket.Instant) time.Time {
	return i.Time().In(a.City.Current().Calendar().Location())
}

func (a *api) maybe(i ticket.Instant) *time.Time {
	if i == 0 {
		return nil
	}
	t := a.local(i)
	return &t
}

func (a *api) unitName(id ticket.UnitID) string {
	u, _ := a.City.Current().Unit(id)
	return u.Name
}

// desk registers what people with an account do besides commands.
func (a *api) desk() {
	route(a, Route{Method: "GET", Path: "/tickets", Summary: "工单列表", Roles: staff, Reach: OwnTicket},
		func(ctx context.Context, in *listInput) (*listOut, error) {
			page, err := a.Cases.List(ctx, actorOf(ctx), in.filter())
			if err != nil {
				return nil, err
			}
			out := &listOut{}
			out.Body.Items, out.Body.Next = a.items(page.Items), page.Next
			return out, nil
		})
	route(a, Route{Method: "POST", Path: "/tickets/repeats", Summary: "同一诉求人的工单", Roles: []ticket.Role{ticket.Agent, ticket.Dispatcher}, Reach: OwnTicket},
		func(ctx context.Context, in *repeatsInput) (*repeatsOut, error) {
			items, err := a.Cases.Repeats(ctx, actorOf(ctx), requester.Person{
				Phone: in.Body.Phone, Email: in.Body.Email, IDNumber: in.Body.IDNumber, CreditCode: in.Body.CreditCode,
			})
			out := &repeatsOut{}
			out.Body.Items = a.items(items)
			return out, err
		})
	route(a, Route{Method: "GET", Path: "/counts", Summary: "各状态在办件数", Roles: staff, Reach: OwnTicket},
		func(ctx context.Context, _ *struct{}) (*countsOut, error) {
			counts, err := a.Cases.Counts(ctx, actorOf(ctx))
			return &countsOut{Body: counts}, err
		})
	route(a, Route{Method: "POST", Path: "/tickets", Summary: "登记诉求", Roles: []ticket.Role{ticket.Agent}, Reach: NoTicket},
		func(ctx context.Context, in *submitInput) (*ReceiptOut, error) {
			m := in.Body.matter()
			if m.Channel == "" {
				m.Channel = ticket.Phone
			}
			r, err := a.Cases.Submit(ctx, actorOf(ctx), m, in.Key)
			return receipt(r), err
		}, created)
	route(a, Route{Method: "GET", Path: "/tickets/{number}", Summary: "工单详情", Roles: staff, Reach: OwnTicket},
		func(ctx context.Context, in *NumberParam) (*ticketOut, error) {
			v, err := a.Cases.Open(ctx, actorOf(ctx), in.Number)
			if err != nil {
				return nil, err
			}
			return &ticketOut{ETag: etag(v.Ticket.Seq), Body: a.ticket(&v)}, nil
		})
	route(a, Route{Method: "POST", Path: "/tickets/{number}/reveal", Summary: "查看诉求人信息", Roles: workers, Reach: OwnTicket},
		func(ctx context.Context, in *revealInput) (*revealOut, error) {
			value, err := a.Cases.Reveal(ctx, actorOf(ctx), in.Number, in.Body.Field, in.Body.Purpose)
			out := &revealOut{}
			out.Body.Field, out.Body.Value = in.Body.Field, value
			return out, err
		})
	route(a, Route{Method: "GET", Path: "/tickets/{number}/clocks/{clock}", Summary: "时限的逐日说明", Roles: staff, Reach: OwnTicket},
		func(ctx context.Context, in *clockInput) (*clockOut, error) {
			e, err := a.Cases.Explain(ctx, actorOf(ctx), in.Number, in.Clock)
			return &clockOut{Body: e}, err
		})
}

type countsOut struct {
	Body map[ticket.State]int64
}

type submitInput struct {
	Key  string `header:"Idempotency-Key" doc:"幂等键：同一请求重试时使用同一个值" maxLength:"200"`
	Body MatterBody
}

// repeatsInput comes as a body, so that no phone number stands in an address.
type repeatsInput struct {
	Body struct {
		Phone      string `json:"phone,omitempty" doc:"联系电话" maxLength:"30"`
		Email      string `json:"email,omitempty" doc:"电子邮箱" maxLength:"200"`
		IDNumber   string `json:"id_number,omitempty" doc:"证件号码" maxLength:"30"`
		CreditCode string `json:"credit_code,omitempty" doc:"统一社会信用代码" maxLength:"18"`
	}
}

type repeatsOut struct {
	Body struct {
		Items []ItemBody `json:"items" doc:"最近的在前，最多20件"`
	}
}

type revealInput struct {
	NumberParam
	Body struct {
		Field   requester.Field `json:"field" doc:"要查看的一项" enum:"name,phone,email,id_number,address,company,credit_code"`
		Purpose string          `json:"purpose" doc:"用途，将记入日志" minLength:"2" maxLength:"200"`
	}
}

type revealOut struct {
	Body struct {
		Field requester.Field `json:"field"`
		Value string          `json:"value"`
	}
}

type clockInput struct {
	NumberParam
	Clock int `path:"clock" doc:"时限序号" minimum:"1"`
}

type clockOut struct{ Body casework.Explanation }
