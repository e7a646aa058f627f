package desk

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"huiyin/internal/casework"
	"huiyin/internal/ticket"
	"huiyin/internal/web"
	"huiyin/internal/web/ui"
)

// entry is a line of the menu: whose work it is, and which steps it counts.
type entry struct {
	ui.Link
	group string
	roles []ticket.Role
	steps []ticket.Step
}

var unitStaff = []ticket.Role{ticket.Handler, ticket.Approver}

// entries is the menu of all desks; each person sees the lines of their roles.
var entries = []entry{
	{ui.Link{Icon: "phone-plus", Title: "登记诉求", Href: "/desk/new"}, "受理", takers, nil},
	{ui.Link{Icon: "inbox", Title: "待受理", Href: "/desk/todo?step=accept"}, "受理", []ticket.Role{ticket.Agent, ticket.Dispatcher}, []ticket.Step{ticket.StepAccept}},
	{ui.Link{Icon: "arrows-split-2", Title: "待批转", Href: "/desk/todo?step=dispatch"}, "批转", []ticket.Role{ticket.Dispatcher}, []ticket.Step{ticket.StepDispatch}},
	{ui.Link{Icon: "users-group", Title: "会商", Href: "/desk/todo?step=consult"}, "批转", []ticket.Role{ticket.Dispatcher, ticket.CenterHead}, []ticket.Step{ticket.StepConsult}},
	{ui.Link{Icon: "checks", Title: "申请待审", Href: "/desk/todo?step=decide"}, "审核", []ticket.Role{ticket.Dispatcher, ticket.CenterHead, ticket.Reviewer, ticket.Approver}, []ticket.Step{ticket.StepDecide}},
	{ui.Link{Icon: "file-check", Title: "回复待审", Href: "/desk/todo?step=review"}, "审核", []ticket.Role{ticket.Reviewer}, []ticket.Step{ticket.StepReview}},
	{ui.Link{Icon: "scale", Title: "复核申请", Href: "/desk/todo?step=decide_review"}, "审核", []ticket.Role{ticket.Reviewer, ticket.CenterHead}, []ticket.Step{ticket.StepDecideReview}},
	{ui.Link{Icon: "signature", Title: "待签收", Href: "/desk/todo?step=sign"}, "办理", append(unitStaff, ticket.Dispatcher), []ticket.Step{ticket.StepSign}},
	{ui.Link{Icon: "phone-call", Title: "待联系", Href: "/desk/todo?step=contact"}, "办理", unitStaff, []ticket.Step{ticket.StepContact}},
	{ui.Link{Icon: "progress", Title: "待办理", Href: "/desk/todo?step=handle&step=redo&step=suspend"}, "办理", append(unitStaff, ticket.Dispatcher), []ticket.Step{ticket.StepHandle, ticket.StepRedo, ticket.StepSuspend}},
	{ui.Link{Icon: "alert-triangle", Title: "督办件", Href: "/desk/todo?step=supervise"}, "办理", unitStaff, []ticket.Step{ticket.StepSupervise}},
	{ui.Link{Icon: "headset", Title: "待回访", Href: "/desk/todo?step=follow_up"}, "回访", []ticket.Role{ticket.FollowUpAgent}, []ticket.Step{ticket.StepFollowUp}},
	{ui.Link{Icon: "clock-exclamation", Title: "已超时", Href: "/desk/tickets?late=1"}, "督办", []ticket.Role{ticket.Supervisor, ticket.CenterHead}, nil},
	{ui.Link{Icon: "clock-hour-4", Title: "即将到期", Href: "/desk/tickets?soon=1"}, "督办", []ticket.Role{ticket.Supervisor, ticket.CenterHead}, nil},
	{ui.Link{Icon: "list-check", Title: "全部待办", Href: "/desk/todo"}, "工单", staff, nil},
	{ui.Link{Icon: "search", Title: "工单查询", Href: "/desk/tickets"}, "工单", staff, nil},
	{ui.Link{Icon: "sitemap", Title: "单位", Href: "/admin/units"}, "设置", []ticket.Role{ticket.SystemAdmin}, nil},
	{ui.Link{Icon: "users", Title: "人员账号", Href: "/admin/accounts"}, "设置", []ticket.Role{ticket.SystemAdmin}, nil},
	{ui.Link{Icon: "category", Title: "派单目录", Href: "/admin/sheets/catalogue"}, "设置", []ticket.Role{ticket.SystemAdmin}, nil},
	{ui.Link{Icon: "hourglass", Title: "办理时限", Href: "/admin/limits"}, "设置", []ticket.Role{ticket.SystemAdmin}, nil},
	{ui.Link{Icon: "calendar", Title: "工作日历", Href: "/admin/calendar"}, "设置", []ticket.Role{ticket.SystemAdmin}, nil},
	{ui.Link{Icon: "adjustments", Title: "规则和代码", Href: "/admin/sheets"}, "设置", []ticket.Role{ticket.SystemAdmin}, nil},
	{ui.Link{Icon: "user-shield", Title: "登录和令牌", Href: "/admin/accounts"}, "安全", []ticket.Role{ticket.SecurityAdmin}, nil},
	{ui.Link{Icon: "list-search", Title: "审计日志", Href: "/admin/log"}, "审计", []ticket.Role{ticket.AuditAdmin}, nil},
}

// Frame is the shell around a desk's page.
func (d *Desk) Frame(c *web.Call, title string) (ui.Frame, error) {
	frame := c.Frame("desk", title)
	menu, err := d.groups(c, frame.Path)
	frame.Menu, frame.Seek = menu, slices.ContainsFunc(staff, c.Actor.Holds)
	return frame, err
}

func (d *Desk) groups(c *web.Call, here string) ([]ui.Group, error) {
	todo, _, _, err := d.Cases.Todo(c.Context(), c.Actor)
	if err != nil {
		return nil, err
	}
	var groups []ui.Group
	for _, e := range entries {
		if !slices.ContainsFunc(e.roles, c.Actor.Holds) || e.group == "办理" && c.Actor.Unit == c.City.CityCenter() {
			continue // nothing is dispatched to the city center itself
		}
		link := e.Link
		link.Here = same(here, link.Href)
		if n := count(todo, e.steps); n > 0 {
			link.Count = atMost(n)
		}
		if last := len(groups) - 1; last >= 0 && groups[last].Title == e.group {
			groups[last].Links = append(groups[last].Links, link)
			continue
		}
		groups = append(groups, ui.Group{Title: e.group, Links: []ui.Link{link}})
	}
	return groups, nil
}

func count(todo map[ticket.Step]int64, steps []ticket.Step) (n int64) {
	for _, s := range steps {
		n += todo[s]
	}
	return n
}

// atMost writes a count that is looked at no further than a thousand.
func atMost(n int64) string {
	if n >= casework.TodoBound {
		return "999+"
	}
	return strconv.FormatInt(n, 10)
}

// same reports whether an address is the one of a menu line, whatever else
// narrows it.
func same(here, href string) bool {
	here = ui.Where(here, "cursor", "")
	path, _, _ := strings.Cut(here, "?")
	return here == href || path == href && !strings.Contains(href, "todo") && !strings.Contains(href, "/tickets")
}

// own lists the steps that are the person's work; none for somebody who has
// none of their own, and sees all of the unit's.
func own(c *web.Call) []ticket.Step {
	var steps []ticket.Step
	for _, e := range entries {
		if slices.ContainsFunc(e.roles, c.Actor.Holds) {
			steps = append(steps, e.steps...)
		}
	}
	return steps
}

// menu answers with the menu alone, when what there is to do has changed.
func (d *Desk) menu(c *web.Call) error {
	frame := c.Frame("desk", "")
	frame.Path = web.Local(c.Query("here"))
	menu, err := d.groups(c, frame.Path)
	if err != nil {
		return err
	}
	frame.Menu = menu
	return c.ShowPart(http.StatusOK, d.pages, "home", "menu", frame)
}

// homeView is the start page of a desk: how much there is to do, and the most
// urgent of it.
type homeView struct {
	listView
	Name       string
	Staff      bool
	Late, Soon string
	Links      []ui.Link
}

// foremost is how many of the things to do stand on the start page.
const foremost = 10

func (d *Desk) home(c *web.Call) error {
	frame, err := d.Frame(c, "工作台")
	if err != nil {
		return err
	}
	v := homeView{Name: c.Account.Name, Staff: slices.ContainsFunc(staff, c.Actor.Holds), listView: listView{Todo: true, Here: "/desk/todo"}}
	for _, g := range frame.Menu {
		v.Links = append(v.Links, g.Links...)
	}
	if !v.Staff {
		return c.Show(http.StatusOK, d.pages, "home", frame, v)
	}
	_, late, soon, err := d.Cases.Todo(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	v.Late, v.Soon = atMost(late), atMost(soon)
	page, err := d.Cases.List(c.Context(), c.Actor, casework.Filter{Todo: true, Steps: own(c), Limit: foremost})
	if err != nil {
		return err
	}
	v.Lines = d.lines(c, page.Items)
	return c.Show(http.StatusOK, d.pages, "home", frame, v)
}
