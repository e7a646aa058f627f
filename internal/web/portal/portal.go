// Package portal is the public site: submit a matter, follow it with number and
// query code, see what was published and what the figures are. It works on a
// phone, in large text, in English, and without scripts.
//
// What may not enter: what staff see, decisions, SQL.
package portal

import (
	"embed"

	"huiyin/internal/blob"
	"huiyin/internal/web"
	"huiyin/internal/web/ui"
)

//go:embed *.html
var files embed.FS

type portal struct {
	*web.Site
	files *blob.Store
	pages ui.Pages

	counted web.Kept // pages of figures
}

// Mount adds the public pages to the site.
func Mount(site *web.Site, store *blob.Store) error {
	pages, err := site.Kit.Pages(files)
	if err != nil {
		return err
	}
	p := &portal{Site: site, files: store, pages: pages}
	p.get("/{$}", "首页", web.Everyone, p.home)
	p.get("/about", "办理流程和时限", web.NoTicket, p.about)
	p.get("/submit", "我要诉求", web.NoTicket, p.form)
	site.Handle(web.Route{Method: "POST", Path: "/submit", Title: "提交诉求", Reach: web.NoTicket, Body: web.MaxUpload}, p.submit)
	p.get("/track", "查进度", web.NoTicket, p.ask)
	site.Handle(web.Route{Method: "POST", Path: "/track", Title: "查进度", Reach: web.ByCode}, p.admit)
	p.get("/published", "诉求公开", web.Everyone, p.published)
	p.get("/figures", "数据公开", web.NoTicket, p.figures)
	p.get("/t/{number}", "诉求办理进度", web.Everyone, p.ticket)
	p.get("/t/{number}/receipt", "回执", web.ByCode, p.receipt)
	p.get("/t/{number}/files/{sha256}", "附件", web.ByCode, p.download)
	site.Handle(web.Route{Method: "POST", Path: "/t/{number}/{command}", Title: "诉求人操作", Reach: web.ByCode, Commands: true, Body: web.MaxUpload}, p.act)
	return nil
}

func (p *portal) get(path, title string, reach web.Reach, handle web.Handler) {
	p.Handle(web.Route{Method: "GET", Path: path, Title: title, Reach: reach}, handle)
}

var menu = []ui.Link{
	{Title: "首页", Href: "/"},
	{Title: "我要诉求", Href: "/submit"},
	{Title: "查进度", Href: "/track"},
	{Title: "诉求公开", Href: "/published"},
	{Title: "数据公开", Href: "/figures"},
}

// show answers with a page of the public site.
func (p *portal) show(c *web.Call, status int, name, title string, view any) error {
	return c.Show(status, p.pages, name, p.frame(c, title), view)
}

func (p *portal) frame(c *web.Call, title string) ui.Frame {
	frame := c.Frame("portal", title)
	links := make([]ui.Link, len(menu))
	for i, l := range menu {
		l.Here = l.Href == c.Request.URL.Path
		links[i] = l
	}
	frame.Menu = []ui.Group{{Links: links}}
	return frame
}
