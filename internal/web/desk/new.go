package desk

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"
	"time"

	"huiyin/internal/casework"
	"huiyin/internal/errs"
	"huiyin/internal/requester"
	"huiyin/internal/ticket"
	"huiyin/internal/web"
	"huiyin/internal/web/ui"
)

// intakeView is the form of an agent with what is known of who calls.
type intakeView struct {
	Form    ui.Form
	Earlier []line
	Similar []line
	Begun   []begun // forms of other calls that were not sent
}

// begun is a form that the person began and did not send.
type begun struct {
	Key, Title string
	At         time.Time
}

// intakePrefix is that of the keys of intake drafts; the form's own key follows.
const intakePrefix = "new."

// begunShown is how many unsent forms are offered.
const begunShown = 3

// intakeForm is an empty form. Its key makes it one ticket however often it is
// sent, and one draft while it is filled in: two calls never mix.
func (d *Desk) intakeForm(c *web.Call, key string) ui.Form {
	whos := []ui.Option{
		{Value: string(requester.Individual), Label: "个人"},
		{Value: string(requester.Enterprise), Label: "企业"},
		{Value: string(requester.Organisation), Label: "其他组织"},
		{Value: string(requester.Anonymous), Label: "匿名"},
	}
	return ui.Form{
		ID: "new", Action: "/desk/new", Submit: "登记", Draft: "/desk/drafts/" + intakePrefix + key, Hidden: map[string]string{"key": key},
		Fields: []*ui.Field{
			{Name: "phone", Label: "来电号码", Kind: ui.Phone, Max: 30, Hint: "输入后显示此人以前的诉求"},
			{Name: "name", Label: "姓名", Kind: ui.Line, Max: 60},
			{Name: "who", Label: "诉求人", Kind: ui.Choice, Options: whos, Value: string(requester.Individual), Required: true},
			{Name: "company", Label: "单位名称", Kind: ui.Line, Max: 100},
			{Name: "email", Label: "电子邮箱", Kind: ui.Email, Max: 200},
			{Name: "address", Label: "联系地址", Kind: ui.Line, Max: 200},
			{Name: "channel", Label: "渠道", Kind: ui.Select, Options: web.Channels(c.City), Value: string(ticket.Phone), Required: true},
			{Name: "kind", Label: "诉求类型", Kind: ui.Choice, Options: web.Kinds(c.City), Required: true},
			{Name: "title", Label: "标题", Kind: ui.Line, Max: 200, Required: true, Hint: "什么人、什么地方、什么事"},
			{Name: "when", Label: "时间", Kind: ui.Line, Max: 100, Hint: "什么时候发生、持续多久"},
			{Name: "area", Label: "县区和乡镇街道", Kind: ui.Select, Options: areaOptions(c)},
			{Name: "place", Label: "详细地点", Kind: ui.Line, Max: 100},
			{Name: "body", Label: "事情经过", Kind: ui.Area, Max: 15000, Required: true},
			{Name: "want", Label: "要求", Kind: ui.Line, Max: 500, Hint: "希望怎样解决"},
			{Name: "category", Label: "事项分类", Kind: ui.Pick, Source: web.CategorySource, Hint: "输入名称或拼音首字母"},
			{Name: "urgency", Label: "紧急程度", Kind: ui.Choice, Options: web.Urgencies, Value: string(ticket.Normal)},
			{Name: "confidential", Label: "要求保密", Kind: ui.Check},
			{Name: "publish", Label: "同意公开", Kind: ui.Check, Hint: "已征得诉求人同意"},
		},
	}
}

// intake shows a form under an address of its own, so that what was typed is
// there again when the page is loaded anew.
func (d *Desk) intake(c *web.Call) error {
	key := c.Query("form")
	if key == "" {
		return c.Go("/desk/new?form=" + newKey())
	}
	v := intakeView{Form: d.intakeForm(c, key)}
	typed, err := d.begun(c, intakePrefix+key)
	if err != nil {
		return err
	}
	v.Form.Fill(typed)
	if v.Begun, err = d.unsent(c, key); err != nil {
		return err
	}
	return d.showIntake(c, http.StatusOK, v)
}

// unsent lists the latest forms of other calls that were begun.
func (d *Desk) unsent(c *web.Call, but string) ([]begun, error) {
	all, err := d.Drafts.List(c.Context(), int64(c.Account.ID))
	if err != nil {
		return nil, err
	}
	var list []begun
	for _, draft := range all {
		key, ok := strings.CutPrefix(draft.Key, intakePrefix)
		if !ok || key == but || len(list) == begunShown {
			continue
		}
		typed, err := d.begun(c, draft.Key)
		if err != nil {
			return nil, err
		}
		list = append(list, begun{Key: key, Title: cmp.Or(strings.TrimSpace(typed.Get("title")), "未写标题"), At: draft.At})
	}
	return list, nil
}

func (d *Desk) showIntake(c *web.Call, status int, v intakeView) error {
	for _, f := range v.Form.Fields {
		c.NameChosen(f)
	}
	return d.show(c, status, "new", "登记诉求", v)
}

// spoken joins the five elements, who, where, when, what and what is wanted,
// to one text.
func spoken(get func(string) string) string {
	parts := []string{get("body")}
	for _, p := range []struct{ name, label string }{{"when", "时间"}, {"place", "地点"}, {"want", "要求"}} {
		if words := get(p.name); words != "" {
			parts = append(parts, p.label+"："+words)
		}
	}
	return strings.TrimSpace(strings.Join(parts, "\n"))
}

func intakeMatter(typed url.Values) casework.Matter {
	get := func(name string) string { return strings.TrimSpace(typed.Get(name)) }
	m := casework.Matter{
		Kind: ticket.Kind(get("kind")), Channel: ticket.Channel(get("channel")), Urgency: ticket.Urgency(get("urgency")),
		Category: get("category"), Area: get("area"), Title: get("title"), Body: spoken(get),
		Confidential: get("confidential") == "true", MayPublish: get("publish") == "true",
		Person: requester.Person{Kind: requester.Kind(get("who"))},
	}
	if m.Person.Kind != requester.Anonymous {
		m.Person.Name, m.Person.Phone, m.Person.Email = get("name"), get("phone"), get("email")
		m.Person.Address, m.Person.Company = get("address"), get("company")
	}
	return m
}

// take makes a ticket of the form.
func (d *Desk) take(c *web.Call) error {
	typed, err := c.Typed()
	if err != nil {
		return err
	}
	r, err := d.Cases.Submit(c.Context(), c.Actor, intakeMatter(typed), typed.Get("key"))
	if wrong, ok := errs.As(err); ok && (wrong.Kind == errs.Invalid || wrong.Kind == errs.Conflict) {
		v := intakeView{Form: d.intakeForm(c, typed.Get("key"))}
		v.Form.Fill(typed)
		v.Form.Refuse(wrong)
		return d.showIntake(c, http.StatusUnprocessableEntity, v)
	}
	if err != nil {
		return err
	}
	d.tidy(c, d.Drafts.Drop(c.Context(), int64(c.Account.ID), intakePrefix+typed.Get("key")))
	c.Tell("诉求已登记。请告知来电人：编号 " + r.Ticket.Number + "，查询码 " + r.Code)
	return c.Go("/desk/tickets/" + r.Ticket.Number)
}

// earlier shows the tickets of whoever has the number that was typed.
func (d *Desk) earlier(c *web.Call) error {
	typed, err := c.Typed()
	if err != nil {
		return err
	}
	var items []casework.Item
	if phone := strings.TrimSpace(typed.Get("phone")); len(phone) >= 7 {
		items, err = d.Cases.Repeats(c.Context(), c.Actor, requester.Person{Phone: phone})
	}
	if err != nil && !errs.Is(err, errs.Invalid) { // half a number is none yet
		return err
	}
	return c.ShowPart(http.StatusOK, d.pages, "new", "earlier", intakeView{Earlier: d.lines(c, items)})
}

// similar shows open tickets on the same matter, before a second one is made.
func (d *Desk) similar(c *web.Call) error {
	typed, err := c.Typed()
	if err != nil {
		return err
	}
	var items []casework.Item
	if m := intakeMatter(typed); len([]rune(m.Title)) >= 4 {
		if items, err = d.Cases.Similar(c.Context(), c.Actor, casework.Subject{Title: m.Title, Body: m.Body, Category: m.Category, Area: m.Area}); err != nil {
			return err
		}
	}
	return c.ShowPart(http.StatusOK, d.pages, "new", "similar", intakeView{Similar: d.lines(c, items)})
}

// begun is what the person has typed into a form and not sent; nothing if they
// begin anew.
func (d *Desk) begun(c *web.Call, key string) (url.Values, error) {
	if c.Query("fresh") != "" {
		return nil, nil
	}
	typed, err := d.Drafts.Get(c.Context(), int64(c.Account.ID), key)
	if errs.Is(err, errs.NotFound) {
		err = nil
	}
	return typed, err
}

// keep saves what was typed and not sent.
func (d *Desk) keep(c *web.Call) error {
	typed, err := c.Typed()
	if err != nil {
		return err
	}
	typed.Del("key")
	if err := d.Drafts.Put(c.Context(), int64(c.Account.ID), c.Path("key"), typed); err != nil {
		return err
	}
	c.Writer.WriteHeader(http.StatusNoContent)
	return nil
}

// drop forgets a form that nobody will send.
func (d *Desk) drop(c *web.Call) error {
	if err := d.Drafts.Drop(c.Context(), int64(c.Account.ID), c.Path("key")); err != nil {
		return err
	}
	return c.Go("/desk/new")
}

// tidy is for what is left to do after the work: if it fails, the work is done
// all the same, and must not seem to have failed.
func (d *Desk) tidy(c *web.Call, err error) {
	if err != nil {
		d.Log.ErrorContext(c.Context(), "traces of finished work stay behind", "path", c.Request.URL.Path, "error", err)
	}
}

// upload adds files to a ticket for its requester.
func (d *Desk) upload(c *web.Call) error {
	if _, err := c.Typed(); err != nil {
		return err
	}
	number := c.Path("number")
	id, err := d.Cases.Lookup(c.Context(), c.Actor, number)
	if err != nil {
		return err
	}
	files, done := c.Uploads(), ""
	if err := web.FewEnough(files); err != nil {
		return err
	}
	refused := web.AttachAll(c, d.Files, id, files)
	if len(refused) < len(files) {
		done = "附件已上传"
	}
	c.Tell(done, refused...)
	return c.Go("/desk/tickets/" + number)
}
