package desk

import (
	"net/http"
	"slices"
	"strconv"

	"huiyin/internal/casework"
	"huiyin/internal/org"
	"huiyin/internal/ticket"
	"huiyin/internal/web"
	"huiyin/internal/web/ui"
)

// line is one ticket of a list.
type line struct {
	casework.Item
	State    ui.State
	Clock    *ui.Clock
	LeadName string
	Category string
	AreaName string
	ToDo     string // what is to be done
	Claimed  string // who has it open
}

func (d *Desk) lines(c *web.Call, items []casework.Item) []line {
	lines := make([]line, len(items))
	for i, item := range items {
		category, _ := c.City.Category(item.Category)
		area, _ := c.City.Area(item.Area)
		lines[i] = line{
			Item: item, State: ui.NewState(item.State), Clock: c.Clock(item.Due), LeadName: c.Unit(item.Lead),
			Category: category.Name, AreaName: area.Name, ToDo: toDo(item),
		}
		if by, ok := c.City.Account(item.ClaimedBy); ok && by.ID != c.Account.ID {
			lines[i].Claimed = by.Name
		}
	}
	return lines
}

var pendings = map[ticket.RequestFor]string{ticket.ForReturn: "退单申请", ticket.ForExtension: "延期申请", ticket.ForSuspension: "挂账申请"}

// toDo says what a line of a to-do list is about.
func toDo(i casework.Item) string {
	switch {
	case i.Step == "":
		return ""
	case i.Step == ticket.StepDecide:
		return "审核" + pendings[i.Pending]
	case i.Part == ticket.AUnitReview:
		return "审签回复"
	case i.Pending != "" && !i.Endorsed:
		return "审签" + pendings[i.Pending]
	}
	return i.Step.Label()
}

// listView is a list with its filters.
type listView struct {
	Title       string
	Todo        bool
	Tabs        []ui.Link
	Lines       []line
	First, Next string

	Filter                     casework.Filter
	States, Kinds, Channels    []ui.Option
	Urgencies                  []ui.Option
	Areas                      []org.Area
	State, Kind, Channel, Urge string
	Narrowed                   bool
	Here                       string
}

// todo lists what the person's unit has to do, the most urgent first.
func (d *Desk) todo(c *web.Call) error {
	f := casework.Filter{Todo: true, Cursor: c.Query("cursor"), Limit: pageSize}
	for _, s := range c.Request.URL.Query()["step"] {
		f.Steps = append(f.Steps, ticket.Step(s))
	}
	v := listView{Title: "全部待办", Todo: true, Filter: f}
	for _, e := range entries {
		if len(f.Steps) > 0 && slices.Equal(e.steps, f.Steps) {
			v.Title = e.Title
		}
	}
	return d.showList(c, f, v)
}

const pageSize = 30

// list finds tickets within the person's sight.
func (d *Desk) list(c *web.Call) error {
	f := casework.Filter{
		Kind: ticket.Kind(c.Query("kind")), Channel: ticket.Channel(c.Query("channel")), Urgency: ticket.Urgency(c.Query("urgency")),
		Category: c.Query("category"), Area: c.Query("area"), From: c.Query("from"), To: c.Query("to"), Late: c.Query("late") != "",
		Soon: c.Query("soon") != "", Query: c.Query("q"), Cursor: c.Query("cursor"), Limit: pageSize,
	}
	if lead, err := strconv.ParseInt(c.Query("lead"), 10, 64); err == nil {
		f.Lead = ticket.UnitID(lead)
	}
	if s := c.Query("state"); s != "" {
		f.States = []ticket.State{ticket.State(s)}
	}
	if isNumber(f.Query) {
		if _, err := d.Cases.Lookup(c.Context(), c.Actor, f.Query); err == nil {
			return c.Go("/desk/tickets/" + f.Query)
		}
	}
	v := listView{Title: "工单查询", Filter: f}
	switch {
	case f.Late:
		v.Title = "已超时"
	case f.Soon:
		v.Title = "即将到期"
	}
	return d.showList(c, f, v)
}

// isNumber reports whether words are a ticket's number.
func isNumber(words string) bool {
	_, err := strconv.ParseInt(words, 10, 64)
	return err == nil && len(words) >= 12
}

func (d *Desk) showList(c *web.Call, f casework.Filter, v listView) error {
	page, err := d.Cases.List(c.Context(), c.Actor, f)
	if err != nil {
		return err
	}
	v.Lines, v.Here = d.lines(c, page.Items), c.Request.URL.RequestURI()
	if f.Cursor != "" {
		v.First = ui.Where(v.Here, "cursor", "")
	}
	if page.Next != "" {
		v.Next = ui.Where(v.Here, "cursor", page.Next)
	}
	v.options(c)
	if c.Part() {
		return c.ShowPart(http.StatusOK, d.pages, "list", "lines", v)
	}
	return d.ok(c, "list", v.Title, v)
}

func (v *listView) options(c *web.Call) {
	for _, s := range ticket.States {
		v.States = append(v.States, ui.Option{Value: string(s), Label: s.Label()})
	}
	v.Kinds, v.Channels, v.Urgencies = web.Kinds(c.City), web.Channels(c.City), web.Urgencies
	for _, a := range c.City.Areas() {
		if a.Level == 2 {
			v.Areas = append(v.Areas, a)
		}
	}
	v.State, v.Kind, v.Channel, v.Urge = c.Query("state"), string(v.Filter.Kind), string(v.Filter.Channel), string(v.Filter.Urgency)
	f := v.Filter
	v.Narrowed = f.Kind != "" || f.Channel != "" || f.Urgency != "" || f.Area != "" || f.From != "" || f.To != "" || len(f.States) > 0 || f.Query != ""
}
