// Package admin is where the three administrators work: the system
// administrator on the city's data, the security administrator on accounts, the
// audit administrator on the log. None of them sees a ticket here.
//
// What may not enter: tickets, decisions, SQL.
package admin

import (
	"context"
	"embed"
	"io"
	"net/http"
	"time"

	"huiyin/internal/auth"
	"huiyin/internal/casework"
	"huiyin/internal/org"
	"huiyin/internal/ticket"
	"huiyin/internal/web"
	"huiyin/internal/web/ui"
	"huiyin/internal/worktime"
)

//go:embed *.html
var files embed.FS

// Rules changes the city's data, and says before what that would change.
type Rules interface {
	ForeseeSheet(ctx context.Context, s org.Sheet, rows []org.Row) ([]org.Edit, error)
	PutSheet(ctx context.Context, by ticket.Actor, s org.Sheet, rows []org.Row) ([]org.Edit, error)
	ForeseeYear(ctx context.Context, year int, y worktime.Year) (casework.Settling, error)
	PutYear(ctx context.Context, by ticket.Actor, year int, y worktime.Year) (casework.Settling, error)
}

// Accounts changes who may come in, and as what.
type Accounts interface {
	PutAccount(ctx context.Context, by ticket.Actor, account org.Account) (org.Account, error)
	SetPassword(ctx context.Context, by ticket.Actor, login string) (auth.Secret, error)
	ResetFactor(ctx context.Context, by ticket.Actor, login string) error
	SessionsOf(ctx context.Context, login string) ([]auth.Session, error)
	EndSessions(ctx context.Context, by ticket.Actor, login string) (int, error)
	TokensOf(ctx context.Context, login string) ([]auth.Token, error)
	IssueToken(ctx context.Context, by ticket.Actor, login, label string, life time.Duration) (auth.Secret, error)
	RevokeToken(ctx context.Context, by ticket.Actor, login string, id int64) error
}

// Files reads and writes spreadsheets.
type Files interface {
	Rows(r io.Reader, name string, columns, titles []string) ([]org.Row, error)
	WriteSheet(w io.Writer, titles []string, rows [][]string) error
}

// Config is what administration works with beside the site.
type Config struct {
	Rules    Rules
	Accounts Accounts
	Files    Files
	Frame    func(c *web.Call, title string) (ui.Frame, error) // the shell of the desks
}

type admin struct {
	*web.Site
	Config
	pages ui.Pages
}

// The three, each on their own.
var (
	system   = []ticket.Role{ticket.SystemAdmin}
	security = []ticket.Role{ticket.SecurityAdmin}
	auditor  = []ticket.Role{ticket.AuditAdmin}
	either   = []ticket.Role{ticket.SystemAdmin, ticket.SecurityAdmin}
)

// saved is said when a form was taken.
const saved = "已保存"

// maxSheet is the size of an uploaded or confirmed sheet, in bytes.
const maxSheet = 8 << 20

// Mount adds administration to the site.
func Mount(site *web.Site, c Config) error {
	pages, err := site.Kit.Pages(files)
	if err != nil {
		return err
	}
	a := &admin{Site: site, Config: c, pages: pages}
	a.route("GET", "/admin/units", "单位", system, a.units)
	a.route("GET", "/admin/sheets", "规则和代码", system, a.sheets)
	a.route("GET", "/admin/sheets/{sheet}", "表格", system, a.sheet)
	a.route("GET", "/admin/sheets/{sheet}/download", "下载表格", system, a.download)
	a.route("POST", "/admin/sheets/{sheet}/row", "修改一行", system, a.saveRow)
	site.Handle(web.Route{Method: "POST", Path: "/admin/sheets/{sheet}/check", Title: "检查导入", Roles: system, Reach: web.NoTicket, Body: maxSheet}, a.check)
	site.Handle(web.Route{Method: "POST", Path: "/admin/sheets/{sheet}/import", Title: "确认导入", Roles: system, Reach: web.NoTicket, Body: maxSheet}, a.confirm)
	a.route("GET", "/admin/limits", "办理时限", system, a.limits)
	a.route("GET", "/admin/calendar", "工作日历", system, a.calendar)
	a.route("POST", "/admin/calendar/read", "识别放假通知", system, a.readNotice)
	a.route("POST", "/admin/calendar/save", "确认放假安排", system, a.saveNotice)
	a.route("GET", "/admin/accounts", "账号", either, a.accounts)
	a.route("GET", "/admin/accounts/{login}", "账号", either, a.account)
	a.route("POST", "/admin/accounts/{login}", "修改账号", system, a.saveAccount)
	a.route("POST", "/admin/accounts/{login}/{act}", "账号操作", security, a.accountAct)
	a.route("GET", "/admin/log", "审计日志", auditor, a.log)
	return nil
}

func (a *admin) route(method, path, title string, roles []ticket.Role, handle web.Handler) {
	a.Handle(web.Route{Method: method, Path: path, Title: title, Roles: roles, Reach: web.NoTicket}, handle)
}

func (a *admin) show(c *web.Call, status int, name, title string, view any) error {
	frame, err := a.Frame(c, title)
	if err != nil {
		return err
	}
	return c.Show(status, a.pages, name, frame, view)
}

func (a *admin) ok(c *web.Call, name, title string, view any) error {
	return a.show(c, http.StatusOK, name, title, view)
}
