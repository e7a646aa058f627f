package casework

import (
	"context"
	"fmt"
	"strings"

	"huiyin/internal/audit"
	"huiyin/internal/errs"
	"huiyin/internal/requester"
	"huiyin/internal/ticket"
)

// maxRepeats is how many earlier tickets of a requester are shown.
const maxRepeats = 20

// Repeats returns the latest tickets of whoever shares a phone, an e-mail
// address, an identity document or a credit code with p, as far as the actor
// may see them: what an agent looks at before a second ticket is made of the
// same matter. The look-up is logged.
func (s *Service) Repeats(ctx context.Context, actor ticket.Actor, p requester.Person) ([]Item, error) {
	if !actor.Holds(ticket.Agent) && !actor.Holds(ticket.Dispatcher) {
		return nil, errs.New(errs.Denied, "role", "您的岗位不能按诉求人查找工单")
	}
	by := given(p)
	if len(by) == 0 {
		return nil, errs.InvalidField("phone", "请填写联系电话、电子邮箱、证件号码或统一社会信用代码")
	}
	people, err := s.people.Find(ctx, s.db, p)
	if err != nil {
		return nil, err
	}
	found := strings.Trim(fmt.Sprint(people), "[]") // whom, by number
	if err := s.account(ctx, s.act(actor, audit.ActFind, 0, strings.Join(by, ",")+": "+found)); err != nil || len(people) == 0 {
		return nil, err
	}
	b := s.scoped(actor, Filter{})
	b.driven, b.order = true, "t.id + 0 DESC" // by the index on the requester
	b.where = append(b.where, "t.requester IN ("+joinIDs(people)+")")
	return selectItems(ctx, s.db, b.text(maxRepeats), b.args)
}

// given names what a person can be found by.
func given(p requester.Person) []string {
	var fields []string
	for _, f := range []struct {
		field requester.Field
		value string
	}{
		{requester.Phone, p.Phone}, {requester.Email, p.Email}, {requester.IDNumber, p.IDNumber}, {requester.CreditCode, p.CreditCode},
	} {
		if strings.TrimSpace(f.value) != "" {
			fields = append(fields, string(f.field))
		}
	}
	return fields
}
