package desk

import (
	"fmt"
	"slices"
	"strconv"

	"huiyin/internal/casework"
	"huiyin/internal/errs"
	"huiyin/internal/ticket"
	"huiyin/internal/web"
	"huiyin/internal/web/ui"
)

// panel makes the form of an action, with what is known filled in.
func (d *Desk) panel(c *web.Call, v *casework.View, name ticket.Name, r *refusal) (*panel, error) {
	act, ok := web.ActByName(name)
	if !ok {
		return nil, errs.New(errs.NotFound, "no_command", "没有这个操作")
	}
	p := &panel{Label: act.Label, Grave: act.Grave, Form: act.Form(c.City)}
	p.Form.ID = "do"
	d.address(c, v, name, p)
	if err := d.prefill(c, v, name, p); err != nil {
		return nil, err
	}
	if err := d.goOn(c, v, &act, r, p); err != nil {
		return nil, err
	}
	if r != nil && r.colleague != "" {
		p.Notes = append([]string{r.colleague}, p.Notes...)
	}
	if r.refused() {
		p.Form.Fill(r.typed)
		p.Form.Refuse(r.why)
		p.Form.Changed = r.since
		if len(r.since) > 0 && r.why.Code == "stale_version" {
			p.Form.Problem = ""
		}
	}
	for _, f := range p.Form.Fields {
		c.NameChosen(f)
	}
	return p, nil
}

// draftOf is where the form of a command is kept while it is filled in; nowhere
// if nobody writes more than a line into it.
func draftOf(act *web.Act, number string) string {
	if !slices.ContainsFunc(act.Fields, func(ask web.Ask) bool { return ask.Kind == ui.Area }) {
		return ""
	}
	return number + "." + string(act.Name)
}

// goOn puts in what the person had begun to write, unless it comes back just
// now, and says what has happened since they did.
func (d *Desk) goOn(c *web.Call, v *casework.View, act *web.Act, r *refusal, p *panel) error {
	number := v.Ticket.Number
	key := draftOf(act, number)
	if key == "" {
		return nil
	}
	p.Form.Draft = "/desk/drafts/" + key
	if r.refused() {
		return nil
	}
	typed, err := d.begun(c, key)
	if err != nil || len(typed) == 0 {
		return err
	}
	p.Form.Fill(typed)
	if version, err := strconv.Atoi(typed.Get("version")); err == nil && version < v.Ticket.Seq {
		p.Form.Changed = since(c, v, version)
	}
	p.Fresh = "/desk/tickets/" + number + "?do=" + string(act.Name) + "&fresh=1#panel"
	return nil
}

// address says where the form goes, for which version of the ticket, and about
// which assignment.
func (d *Desk) address(c *web.Call, v *casework.View, name ticket.Name, p *panel) {
	p.Form.Action = "/desk/tickets/" + v.Ticket.Number + "/do/" + string(name)
	p.Form.Hidden = map[string]string{"key": newKey(), "version": strconv.Itoa(v.Ticket.Seq)}
	d.aboutWhich(c, v, name, p)
}

// aboutWhich asks which assignment is meant when there are several.
func (d *Desk) aboutWhich(c *web.Call, v *casework.View, name ticket.Name, p *panel) {
	rule := ticket.RuleOf(name)
	if len(rule.On) == 0 && p.Form.Field("assignment") == nil {
		return
	}
	var options []ui.Option
	for i := range v.Ticket.Assignments {
		a := &v.Ticket.Assignments[i]
		if concerns(&v.Ticket, a, rule, c.Actor.Unit) {
			options = append(options, ui.Option{Value: strconv.Itoa(a.No), Label: c.Unit(a.Unit) + "（" + part(a) + "，" + a.State.Label() + "）"})
		}
	}
	if f := p.Form.Field("assignment"); f != nil {
		f.Options = options
		return
	}
	switch len(options) {
	case 0:
	case 1:
		p.Form.Hidden["assignment"] = options[0].Value
	default:
		p.Form.Fields = append([]*ui.Field{{Name: "assignment", Label: "承办任务", Kind: ui.Choice, Options: options, Required: true}}, p.Form.Fields...)
	}
}

func concerns(t *ticket.Ticket, a *ticket.Assignment, rule *ticket.Rule, unit ticket.UnitID) bool {
	if len(rule.On) > 0 && !slices.Contains(rule.On, a.State) {
		return false
	}
	if rule.Request != "" && (a.Request == nil || a.Request.For != rule.Request) {
		return false
	}
	switch rule.Place {
	case ticket.AtUnit:
		return a.Unit == unit
	case ticket.AtSuperior:
		above := t.Center
		if parent := t.Assignment(a.Parent); parent != nil {
			above = parent.Unit
		}
		return above == unit
	}
	return a.State.Live()
}

func part(a *ticket.Assignment) string {
	if a.Lead {
		return "主办"
	}
	return "协办"
}

// heldUp are the commands that wait while a request of the unit is decided.
var heldUp = []ticket.Name{"draft", "delegate", "request_return", "request_extension", "request_suspension"}

// prefill puts in what is known, and says what helps to decide.
func (d *Desk) prefill(c *web.Call, v *casework.View, name ticket.Name, p *panel) error {
	if slices.Contains(heldUp, name) && slices.ContainsFunc(v.Ticket.Assignments, func(a ticket.Assignment) bool { return a.Unit == c.Actor.Unit && a.Request != nil }) {
		p.Notes = append(p.Notes, "本单位有申请正在审核，审核有结果后才能提交。")
	}
	switch name {
	case "accept", "answer", "classify":
		d.facts(c, v, p)
	case "dispatch":
		d.proposal(c, v, p)
	case "draft", "sign_off", "send_back_draft":
		d.replyOf(c, v, name, p)
	case "decide_return", "decide_extension", "decide_suspension", "endorse", "decline":
		p.Notes = requests(c, v)
	case "merge":
		return d.masters(c, v, p)
	case "publish":
		title, body, reply, err := d.Cases.PublishProposal(c.Context(), c.Actor, v.Ticket.Number)
		if err != nil {
			return err
		}
		set(p, "title", title)
		set(p, "body", body)
		set(p, "reply", reply)
		p.Notes = []string{"姓名、电话、证件号码、车牌、门牌号已自动隐去，请逐字核对后再公开。"}
		if reply == "" {
			p.Notes = append(p.Notes, "承办单位没有填写可公开的答复，给诉求人的答复不宜直接公开，请另行撰写。")
		}
		if !v.Ticket.MayPublish {
			p.Notes = []string{"诉求人没有同意公开。"}
		}
	case "set_confidential":
		set(p, "confidential", strconv.FormatBool(!v.Ticket.Confidential))
	}
	return nil
}

func set(p *panel, name, value string) {
	if f := p.Form.Field(name); f != nil {
		f.Value = value
	}
}

func (d *Desk) facts(c *web.Call, v *casework.View, p *panel) {
	t := &v.Ticket
	set(p, "kind", string(t.Kind))
	set(p, "category", t.Category)
	set(p, "area", t.Area)
	set(p, "urgency", string(t.Urgency))
	if f := p.Form.Field("area"); f != nil {
		f.Options = areaOptions(c)
	}
}

func areaOptions(c *web.Call) []ui.Option {
	var options []ui.Option
	county := ""
	for _, a := range c.City.Areas() {
		switch a.Level {
		case 2:
			county = a.Name
			options = append(options, ui.Option{Value: a.Code, Label: a.Name})
		case 3:
			options = append(options, ui.Option{Value: a.Code, Label: county + " " + a.Name})
		}
	}
	return options
}

// proposal puts in whom the catalogue names, with the legal basis.
func (d *Desk) proposal(c *web.Call, v *casework.View, p *panel) {
	t := &v.Ticket
	set(p, "urgency", string(t.Urgency))
	e, ok := c.City.Propose(t.Category, t.Area, c.City.Calendar().DayOf(c.Now).Date)
	if !ok {
		p.Notes = []string{"派单目录中没有对应的条目，请按职责选择承办单位。"}
		return
	}
	set(p, "lead", id(e.Lead))
	set(p, "entry", strconv.FormatInt(e.ID, 10))
	if f := p.Form.Field("co_handlers"); f != nil {
		for _, unit := range e.CoHandlers {
			f.Values = append(f.Values, id(unit))
		}
	}
	p.Notes = []string{"派单目录建议：" + c.Unit(e.Lead)}
	if e.LegalBasis != "" {
		p.Notes = append(p.Notes, "依据："+e.LegalBasis)
	}
}

func id(unit ticket.UnitID) string { return strconv.FormatInt(int64(unit), 10) }

// replyOf shows the draft on its way, to go on with or to sign off.
func (d *Desk) replyOf(c *web.Call, v *casework.View, name ticket.Name, p *panel) {
	if n := len(v.Ticket.Members); n > 0 {
		p.Notes = append(p.Notes, fmt.Sprintf("另有 %d 件诉求并入本件，答复会同时发给各诉求人，请勿写个人信息。", n))
	}
	if !slices.ContainsFunc(v.Ticket.Assignments, func(a ticket.Assignment) bool { return !a.Lead && a.State.Live() }) {
		p.Form.Drop("override") // there is nobody to wait for
	}
	for i := range v.Ticket.Assignments {
		a := &v.Ticket.Assignments[i]
		if a.Draft == nil || a.Unit != c.Actor.Unit || !a.State.Live() {
			continue
		}
		if name == "draft" {
			set(p, "text", v.Text(a.Draft.Text))
			set(p, "public", v.Text(a.Draft.Public))
			set(p, "solved", a.Draft.Solved)
			return
		}
		p.Notes = append(p.Notes, "拟答复："+v.Text(a.Draft.Text))
		if public := v.Text(a.Draft.Public); public != "" {
			p.Notes = append(p.Notes, "可公开的答复："+public)
		}
		if a.Draft.Solved != "" {
			p.Notes = append(p.Notes, "本单位认为："+claimNames[a.Draft.Solved])
		}
	}
}

var claimNames = map[string]string{"solved": "已解决", "partly": "部分解决", "unsolved": "未解决"}

// requests says what units ask for.
func requests(c *web.Call, v *casework.View) []string {
	var notes []string
	for i := range v.Ticket.Assignments {
		a := &v.Ticket.Assignments[i]
		if a.Request != nil {
			notes = append(notes, c.Unit(a.Unit)+"："+requestText(c, v, a.Request))
		}
	}
	return notes
}

// masters lists open tickets on the same matter.
func (d *Desk) masters(c *web.Call, v *casework.View, p *panel) error {
	items, err := d.Cases.Similar(c.Context(), c.Actor, casework.Subject{
		Title: v.Text(v.Ticket.Title), Body: v.Text(v.Ticket.Body), Category: v.Ticket.Category, Area: v.Ticket.Area, Except: v.Ticket.Number,
	})
	set(p, "master", c.Query("master"))
	p.Choices = d.lines(c, items)
	return err
}
