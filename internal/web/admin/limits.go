package admin

import (
	"net/http"
	"strconv"
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

func simulatorForm(c *web.Call) ui.Form {
	return ui.Form{Action: "/admin/limits", Submit: "试算", Fields: []*ui.Field{
		{Name: "kind", Label: "诉求类型", Kind: ui.Select, Options: web.Kinds(c.City), Value: string(ticket.Complaint)},
		{Name: "urgency", Label: "紧急程度", Kind: ui.Select, Options: web.Urgencies, Value: string(ticket.Normal)},
		{Name: "channel", Label: "渠道", Kind: ui.Select, Options: web.Channels(c.City), Value: string(ticket.Website)},
		{Name: "date", Label: "起算日期", Kind: ui.Date},
		{Name: "time", Label: "起算时刻", Kind: ui.Line, Value: "09:00", Max: 5},
		{Name: "category", Label: "事项分类", Kind: ui.Pick, Source: web.CategorySource},
		{Name: "unit", Label: "承办单位", Kind: ui.Pick, Source: web.UnitSource},
	}}
}

func (a *admin) limits(c *web.Call) error {
	v := limitsView{Form: simulatorForm(c)}
	query := c.Request.URL.Query()
	v.Form.Fill(query)
	for _, f := range v.Form.Fields {
		c.NameChosen(f)
	}
	zone := c.City.Calendar().Location()
	if query.Get("kind") == "" {
		v.Form.Field("date").Value = c.Now.In(zone).Format(time.DateOnly)
		return a.ok(c, "limits", "办理时限", v)
	}
	var err error
	if v.At, err = time.ParseInLocation("2006-01-02 15:04", query.Get("date")+" "+query.Get("time"), zone); err != nil {
		v.Form.Field("time").Error = "请填写日期和 09:00 这样的时刻"
		return a.show(c, http.StatusUnprocessableEntity, "limits", "办理时限", v)
	}
	unit, _ := strconv.ParseInt(query.Get("unit"), 10, 64) // none: any unit
	facts := org.Facts{
		Kind: ticket.Kind(query.Get("kind")), Urgency: ticket.Urgency(query.Get("urgency")), Channel: ticket.Channel(query.Get("channel")),
		Category: query.Get("category"), Unit: ticket.UnitID(unit),
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
