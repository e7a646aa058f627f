package portal

import (
	"crypto/rand"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"

	"huiyin/internal/casework"
	"huiyin/internal/errs"
	"huiyin/internal/requester"
	"huiyin/internal/ticket"
	"huiyin/internal/web"
	"huiyin/internal/web/ui"
)

// kindTexts explain the four kinds by example.
var kindTexts = []ui.Option{
	{Value: string(ticket.Inquiry), Label: "咨询", Hint: "想了解政策、流程、所需材料，例如“居住证怎么办理”"},
	{Value: string(ticket.Help), Label: "求助", Hint: "遇到困难需要帮助，例如“小区停水两天了”"},
	{Value: string(ticket.Complaint), Label: "投诉", Hint: "反映问题、要求处理，例如“工地半夜施工扰民”"},
	{Value: string(ticket.Suggestion), Label: "建议", Hint: "对城市管理和服务的意见，例如“路口建议加装红绿灯”"},
}

// submitView is the form for a new matter.
type submitView struct {
	Form  ui.Form
	Areas []county
	Area  string // chosen county
	Town  string
}

type county struct {
	Code, Name string
	Towns      []town
}

type town struct{ Code, Name string }

func (p *portal) form(c *web.Call) error {
	return p.showForm(c, http.StatusOK, p.newForm(c), url.Values{})
}

func (p *portal) newForm(c *web.Call) ui.Form {
	whos := []ui.Option{{Value: string(requester.Individual), Label: "个人"}, {Value: string(requester.Enterprise), Label: "企业"}, {Value: string(requester.Anonymous), Label: "匿名", Hint: "无法联系您，也不回访"}}
	options := kindTexts
	if c.City.Policy().KindOn(ticket.Report) {
		options = append(options[:len(options):len(options)], ui.Option{Value: string(ticket.Report), Label: "举报", Hint: "反映违法违规行为，默认保密"})
	}
	return ui.Form{
		Action: "/submit", Submit: "提交诉求", Files: true, Hidden: map[string]string{"key": rand.Text()},
		Fields: []*ui.Field{
			{Name: "kind", Label: "您要做什么", Kind: ui.Choice, Options: options, Required: true},
			{Name: "title", Label: "标题", Kind: ui.Line, Required: true, Max: 50, Hint: "一句话说明，例如“某路某号门口路灯不亮”"},
			{Name: "body", Label: "详细内容", Kind: ui.Area, Required: true, Max: 5000, Hint: "请写清时间、地点、事情经过和您的要求"},
			{Name: "place", Label: "详细地点", Kind: ui.Line, Max: 100, Hint: "路名、小区、门牌号或附近的标志"},
			web.FilesField(),
			{Name: "who", Label: "诉求人", Kind: ui.Choice, Options: whos, Required: true, Value: string(requester.Individual)},
			{Name: "name", Label: "姓名", Kind: ui.Line, Max: 60, Auto: "name"},
			{Name: "company", Label: "企业名称", Kind: ui.Line, Max: 100, Auto: "organization", Hint: "企业诉求填写"},
			{Name: "phone", Label: "联系电话", Kind: ui.Phone, Max: 30, Auto: "tel", Hint: "承办单位会与您联系；电话和邮箱至少填一项"},
			{Name: "email", Label: "电子邮箱", Kind: ui.Email, Max: 200, Auto: "email", Hint: "填写后，进展会发邮件通知您"},
			{Name: "confidential", Label: "要求保密", Kind: ui.Check, Hint: "只有必须经办的人能看到，不予公开"},
			{Name: "publish", Label: "同意公开", Kind: ui.Check, Hint: "隐去个人信息并经审核后，诉求和答复可在网站公开，供他人参考"},
		},
	}
}

func (p *portal) showForm(c *web.Call, status int, f ui.Form, typed url.Values) error {
	v := submitView{Form: f, Area: typed.Get("county"), Town: typed.Get("town")}
	for _, a := range c.City.Areas() {
		switch a.Level {
		case 2:
			v.Areas = append(v.Areas, county{Code: a.Code, Name: a.Name})
		case 3:
			last := &v.Areas[len(v.Areas)-1]
			last.Towns = append(last.Towns, town{a.Code, a.Name})
		}
	}
	return p.show(c, status, "submit", "我要诉求", v)
}

// submit takes a new matter. The key of the form makes a second press, or a
// form sent again from the browser's history, the same ticket.
func (p *portal) submit(c *web.Call) error {
	typed, err := c.Typed()
	if err != nil {
		return err
	}
	form := p.newForm(c)
	form.Fill(typed)
	form.Hidden["key"] = typed.Get("key")
	m := matter(typed)
	uploads := c.Uploads()
	var receipt casework.Receipt
	err = check(m, uploads)
	if err == nil {
		receipt, err = p.Cases.Submit(c.Context(), ticket.TheRequester(), m, typed.Get("key"))
	}
	if wrong, ok := errs.As(err); ok && (wrong.Kind == errs.Invalid || wrong.Kind == errs.Conflict) {
		form.Refuse(wrong)
		return p.showForm(c, http.StatusUnprocessableEntity, form, typed)
	}
	if err != nil {
		return err
	}
	follow(c, receipt.Ticket.Number, receipt.Code)
	c.Tell("", web.AttachAll(c, p.files, receipt.Ticket.ID, uploads)...)
	return c.Go("/t/" + receipt.Ticket.Number + "/receipt")
}

// matter is what was typed, as the core takes it.
func matter(typed url.Values) casework.Matter {
	get := func(name string) string { return strings.TrimSpace(typed.Get(name)) }
	m := casework.Matter{
		Kind: ticket.Kind(get("kind")), Channel: ticket.Website, Urgency: ticket.Normal, Area: get("town"), Title: get("title"),
		Body: get("body"), Confidential: get("confidential") == "true", MayPublish: get("publish") == "true",
	}
	if m.Area == "" {
		m.Area = get("county")
	}
	if place := get("place"); place != "" {
		m.Body += "\n地点：" + place
	}
	switch who := requester.Kind(get("who")); who {
	case requester.Anonymous:
		m.Person = requester.Person{Kind: who}
	default:
		m.Person = requester.Person{Kind: who, Name: get("name"), Phone: get("phone"), Email: get("email"), Company: get("company")}
	}
	return m
}

// check says what the form asks for beyond the core.
func check(m casework.Matter, uploads []*multipart.FileHeader) error {
	e := &errs.Error{Kind: errs.Invalid, Code: "form", Message: "有内容需要更正"}
	wrong := func(name, message string) { e.Fields = append(e.Fields, errs.Field{Name: name, Message: message}) }
	if m.Kind == "" {
		wrong("kind", "请选择诉求类型")
	}
	if m.Title == "" {
		wrong("title", "请填写标题")
	}
	if m.Body == "" {
		wrong("body", "请填写详细内容")
	}
	p := m.Person
	if p.Kind != requester.Anonymous && p.Phone == "" && p.Email == "" {
		wrong("phone", "请填写联系电话或电子邮箱，或选择匿名")
	}
	if p.Kind == requester.Individual && p.Name == "" {
		wrong("name", "请填写姓名，或选择匿名")
	}
	if p.Kind == requester.Enterprise && p.Company == "" {
		wrong("company", "请填写企业名称")
	}
	if many, ok := errs.As(web.FewEnough(uploads)); ok {
		e.Fields = append(e.Fields, many.Fields...)
	}
	if len(e.Fields) == 0 {
		return nil
	}
	return e
}
