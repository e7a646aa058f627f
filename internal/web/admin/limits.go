package admin

import (
	"time"

	"huiyin/internal/org"
	"huiyin/internal/ticket"
	"huiyin/internal/web"
	"huiyin/internal/web/ui"
)

// limitsView is the table of limits with a simulator.
type limitsView struct {
	Form  ui.Form
	Steps []simulated
	At    time.Time
}

type simulated struct {
	Label, Limit, Rule string
	org.Simulated
}

func options[T ~string](list []T, label func(T) string) []ui.Option {
	out := make([]ui.Option, len(list))
	for i, one := range list {
		out[i] = ui.Option{Value: string(one), Label: label(one)}
	}
	return out
}

func simulatorForm() ui.Form {
	return ui.Form{Action: "/admin/limits", Submit: "试算", Fields: []*ui.Field{
		{Name: "kind", Label: "诉求类型", Kind: ui.Select, Options: options(ticket.Kinds, ticket.Kind.Label), Value: string(ticket.Complaint)},
		{Name: "urgency", Label: "紧急程度", Kind: ui.Select, Options: options(ticket.Urgencies, ticket.Urgency.Label), Value: string(ticket.Normal)},
		{Name: "channel", Label: "渠道", Kind: ui.Select, Options: options(ticket.Channels, ticket.Channel.Label), Value: string(ticket.Website)},
		{Name: "category", Label: "事项分类代码", Kind: ui.Line},
		{Name: "unit", Label: "承办单位代码", Kind: ui.Line},
		{Name: "date", Label: "起算日期", Kind: ui.Date},
		{Name: "time", Label: "起算时刻", Kind: ui.Line, Value: "09:00"},
	}}
}

func (a *admin) limits(c *web.Call) error {
	v := limitsView{Form: simulatorForm()}
	query := c.Request.URL.Query()
	v.Form.Fill(query)
	days := c.City.Calendar()
	v.At = c.Now.In(days.Location())
	if at, err := time.ParseInLocation("2006-01-02 15:04", query.Get("date")+" "+query.Get("time"), days.Location()); err == nil {
		v.At = at
	}
	v.Form.Field("date").Value = v.At.Format(time.DateOnly)
	if query.Get("kind") == "" {
		return a.ok(c, "limits", "办理时限", v)
	}
	unit, _ := c.City.UnitByCode(query.Get("unit"))
	facts := org.Facts{
		Kind: ticket.Kind(query.Get("kind")), Urgency: ticket.Urgency(query.Get("urgency")), Channel: ticket.Channel(query.Get("channel")),
		Category: query.Get("category"), Unit: unit.ID,
	}
	for _, s := range c.City.Simulate(facts, v.At) {
		v.Steps = append(v.Steps, simulated{Label: s.Step.Label(), Limit: ui.Limit(s.Rule.Limit, nil), Rule: ruleText(c, s.Rule), Simulated: s})
	}
	return a.ok(c, "limits", "办理时限", v)
}

// ruleText says what a rule is for.
func ruleText(c *web.Call, r org.LimitRule) string {
	text := ""
	add := func(words string) {
		if words != "" {
			if text != "" {
				text += "，"
			}
			text += words
		}
	}
	add(r.Kind.Label())
	if r.Urgency != "" {
		add(r.Urgency.Label())
	}
	add(r.Channel.Label())
	if category, ok := c.City.Category(r.Category); ok {
		add(category.Name)
	}
	add(c.Unit(r.Unit))
	if text == "" {
		return "通用"
	}
	return text
}
