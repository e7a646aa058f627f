package api

import (
	"context"

	"huiyin/internal/org"
	"huiyin/internal/ticket"
)

// UnitBody is a unit of the city.
type UnitBody struct {
	ID     ticket.UnitID `json:"id"`
	Parent ticket.UnitID `json:"parent,omitempty"`
	Code   string        `json:"code"`
	Name   string        `json:"name"`
	Level  org.Level     `json:"level"`
	Kind   org.UnitKind  `json:"kind" enum:"center,department,utility,township,other"`
	Area   string        `json:"area,omitempty"`
}

// CodeBody is one entry of a code table, a category or an area.
type CodeBody struct {
	Code   string `json:"code"`
	Parent string `json:"parent,omitempty"`
	Name   string `json:"name"`
	Note   string `json:"note,omitempty"`
}

type codesOut struct {
	Body struct {
		Items []CodeBody `json:"items"`
	}
}

// MeBody says who a token belongs to.
type MeBody struct {
	Account  ticket.AccountID `json:"account"`
	Name     string           `json:"name"`
	Unit     ticket.UnitID    `json:"unit"`
	UnitName string           `json:"unit_name"`
	Roles    []ticket.Role    `json:"roles"`
}

// ProposalBody is what the catalogue proposes.
type ProposalBody struct {
	Entry      int64           `json:"entry" doc:"派单目录条目"`
	Lead       ticket.UnitID   `json:"lead"`
	LeadName   string          `json:"lead_name"`
	CoHandlers []ticket.UnitID `json:"co_handlers"`
	LegalBasis string          `json:"legal_basis"`
}

// city registers what is known of the city.
func (a *api) city() {
	route(a, Route{Method: "GET", Path: "/me", Summary: "当前账号", Roles: everyRole, Reach: NoTicket},
		func(ctx context.Context, _ *struct{}) (*struct{ Body MeBody }, error) {
			actor := actorOf(ctx)
			account, _ := a.City.Current().Account(actor.Account)
			return &struct{ Body MeBody }{MeBody{
				Account: actor.Account, Name: account.Name, Unit: actor.Unit, UnitName: a.unitName(actor.Unit), Roles: actor.Roles,
			}}, nil
		})
	route(a, Route{Method: "GET", Path: "/units", Summary: "联动单位", Roles: everyRole, Reach: NoTicket},
		func(_ context.Context, in *struct {
			Under int64 `query:"under" doc:"只列该单位的下级"`
		},
		) (*struct {
			Body struct {
				Items []UnitBody `json:"items"`
			}
		}, error,
		) {
			out := &struct {
				Body struct {
					Items []UnitBody `json:"items"`
				}
			}{}
			dir := a.City.Current()
			out.Body.Items = []UnitBody{}
			for _, u := range dir.Units() {
				if in.Under == 0 || dir.IsUnder(u.ID, ticket.UnitID(in.Under)) {
					out.Body.Items = append(out.Body.Items, UnitBody{ID: u.ID, Parent: u.Parent, Code: u.Code, Name: u.Name, Level: u.Level, Kind: u.Kind, Area: u.Area})
				}
			}
			return out, nil
		})
	route(a, Route{Method: "GET", Path: "/catalogue", Summary: "派单目录建议", Roles: []ticket.Role{ticket.Agent, ticket.Dispatcher, ticket.Handler, ticket.Approver}, Reach: NoTicket},
		func(_ context.Context, in *struct {
			Category string `query:"category" required:"true" maxLength:"40"`
			Area     string `query:"area" maxLength:"20"`
		},
		) (*struct{ Body ProposalBody }, error) {
			dir := a.City.Current()
			day := a.Clock().In(dir.Calendar().Location()).Format("2006-01-02")
			entry, ok := dir.Propose(in.Category, in.Area, day)
			if !ok {
				return nil, errNoProposal
			}
			return &struct{ Body ProposalBody }{ProposalBody{
				Entry: entry.ID, Lead: entry.Lead, LeadName: a.unitName(entry.Lead), CoHandlers: append([]ticket.UnitID{}, entry.CoHandlers...), LegalBasis: entry.LegalBasis,
			}}, nil
		})
	a.codes("/categories", "事项分类", func(dir *org.Directory) (list []CodeBody) {
		for _, c := range dir.Categories() {
			list = append(list, CodeBody{Code: c.Code, Parent: c.Parent, Name: c.Name})
		}
		return list
	})
	a.codes("/areas", "行政区划", func(dir *org.Directory) (list []CodeBody) {
		for _, c := range dir.Areas() {
			list = append(list, CodeBody{Code: c.Code, Parent: c.Parent, Name: c.Name})
		}
		return list
	})
	for _, set := range []struct{ path, label, name string }{
		{"/codes/return-reasons", "退单原因", "return_reason"},
		{"/codes/reject-reasons", "不予受理原因", "reject_reason"},
		{"/codes/unsatisfied-reasons", "不满意原因", "unsatisfied_reason"},
	} {
		a.codes(set.path, set.label, func(dir *org.Directory) (list []CodeBody) {
			for _, c := range dir.Codes(set.name) {
				list = append(list, CodeBody{Code: c.Code, Name: c.Name, Note: c.Note})
			}
			return list
		})
	}
}

// codes registers a public list of codes: forms outside need them.
func (a *api) codes(path, label string, list func(*org.Directory) []CodeBody) {
	route(a, Route{Method: "GET", Path: path, Summary: label, Reach: Everyone},
		func(context.Context, *struct{}) (*codesOut, error) {
			out := &codesOut{}
			out.Body.Items = list(a.City.Current())
			if out.Body.Items == nil {
				out.Body.Items = []CodeBody{}
			}
			return out, nil
		})
}
