// Package desk is where staff work: what there is to do, lists, the page of a
// ticket with everything about it, the intake form, and each person's own
// sign-ins.
//
// What may not enter: what the public sees, settings, decisions, SQL.
package desk

import (
	"embed"
	"net/http"
	"slices"

	"huiyin/internal/blob"
	"huiyin/internal/draft"
	"huiyin/internal/ticket"
	"huiyin/internal/web"
	"huiyin/internal/web/ui"
)

//go:embed *.html
var files embed.FS

// Config is what desks work with beside the site.
type Config struct {
	Files  *blob.Store
	Drafts *draft.Store
}

// Desk is the desks of one site.
type Desk struct {
	*web.Site
	Config
	pages ui.Pages
}

// staff may look at tickets within their sight.
var staff = []ticket.Role{
	ticket.Agent, ticket.ShiftLeader, ticket.Dispatcher, ticket.Handler, ticket.Approver, ticket.Reviewer,
	ticket.FollowUpAgent, ticket.Supervisor, ticket.CenterHead, ticket.Assessor, ticket.Analyst,
}

// workers may see who the requester is, one detail at a time.
var workers = []ticket.Role{
	ticket.Agent, ticket.Dispatcher, ticket.Handler, ticket.Approver, ticket.Reviewer, ticket.FollowUpAgent,
	ticket.Supervisor, ticket.CenterHead,
}

// staffOf are the staff who may give a command.
func staffOf(command ticket.Name) []ticket.Role {
	return slices.DeleteFunc(slices.Clone(ticket.RuleOf(command).By), func(r ticket.Role) bool { return r == ticket.Requester })
}

// takers write down what people say.
var takers = []ticket.Role{ticket.Agent}

// New adds the desks to the site.
func New(site *web.Site, c Config) (*Desk, error) {
	pages, err := site.Kit.Pages(files)
	if err != nil {
		return nil, err
	}
	d := &Desk{Site: site, Config: c, pages: pages}
	site.SignIn()
	d.route("GET", "/desk", "工作台", ticket.Roles, web.NoTicket, d.home)
	d.route("GET", "/desk/menu", "菜单", ticket.Roles, web.NoTicket, d.menu)
	d.route("GET", "/desk/todo", "待办", staff, web.OwnTicket, d.todo)
	d.route("GET", "/desk/tickets", "工单查询", staff, web.OwnTicket, d.list)
	d.route("GET", "/desk/tickets/{number}", "工单", staff, web.OwnTicket, d.ticket)
	site.Handle(web.Route{Method: "POST", Path: "/desk/tickets/{number}/do/{command}", Title: "办理", Roles: staff, Reach: web.OwnTicket, Commands: true}, d.act)
	d.route("POST", "/desk/tickets/{number}/reveal", "查看诉求人信息", workers, web.OwnTicket, d.reveal)
	d.route("GET", "/desk/tickets/{number}/files/{sha256}", "附件", staff, web.OwnTicket, d.file)
	site.Handle(web.Route{Method: "POST", Path: "/desk/tickets/{number}/files", Title: "上传附件", Roles: staffOf("add_material"), Reach: web.OwnTicket, Body: web.MaxUpload}, d.upload)
	d.route("GET", "/desk/tickets/{number}/clocks/{clock}", "时限说明", staff, web.OwnTicket, d.explain)
	d.route("GET", "/desk/tickets/{number}/log", "查看记录", staff, web.OwnTicket, d.log)
	d.route("GET", "/desk/new", "登记诉求", takers, web.NoTicket, d.intake)
	d.route("POST", "/desk/new", "登记诉求", takers, web.NoTicket, d.take)
	d.route("POST", "/desk/new/earlier", "同一诉求人的工单", takers, web.OwnTicket, d.earlier)
	d.route("POST", "/desk/new/similar", "相似的工单", takers, web.OwnTicket, d.similar)
	d.route("POST", "/desk/drafts/{key}", "保存草稿", staff, web.NoTicket, d.keep)
	d.route("POST", "/desk/drafts/{key}/drop", "放弃草稿", staff, web.NoTicket, d.drop)
	d.route("GET", "/desk/units", "查找单位", ticket.Roles, web.NoTicket, d.units)
	d.route("GET", "/desk/categories", "查找事项分类", ticket.Roles, web.NoTicket, d.categories)
	d.route("GET", "/desk/events", "工单变化", ticket.Roles, web.OwnTicket, d.events)
	d.route("GET", "/desk/me", "我的账号", ticket.Roles, web.NoTicket, d.me)
	site.Handle(web.Route{Method: "POST", Path: "/desk/me/password", Title: "修改密码", Roles: ticket.Roles, Reach: web.NoTicket, Secret: true}, d.changePassword)
	return d, nil
}

func (d *Desk) route(method, path, title string, roles []ticket.Role, reach web.Reach, handle web.Handler) {
	d.Handle(web.Route{Method: method, Path: path, Title: title, Roles: roles, Reach: reach}, handle)
}

// show answers with a page of a desk.
func (d *Desk) show(c *web.Call, status int, name, title string, view any) error {
	frame, err := d.Frame(c, title)
	if err != nil {
		return err
	}
	return c.Show(status, d.pages, name, frame, view)
}

func (d *Desk) ok(c *web.Call, name, title string, view any) error {
	return d.show(c, http.StatusOK, name, title, view)
}
