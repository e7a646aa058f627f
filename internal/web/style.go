package web

import (
	"net/http"

	"huiyin/internal/errs"
	"huiyin/internal/ticket"
	"huiyin/internal/web/ui"
)

// styleView holds one of each component.
type styleView struct {
	Colours   []string
	States    []ui.State
	Clocks    []*ui.Clock
	Form      ui.Form
	Steps     []ui.Step
	Timeline  []styleEvent
	Tabs      []ui.Link
	First     string
	Next      string
	Problem   problemView
	StatLinks []ui.Link
}

type styleEvent struct {
	At              ticket.Instant
	What, Who, Tone string
	Details, Quotes []string
}

// guide registers the page that shows every component.
func (s *Site) guide() {
	s.Handle(Route{Method: "GET", Path: "/style", Title: "界面样式", Reach: NoTicket, Chinese: true}, func(c *Call) error {
		return c.Show(http.StatusOK, s.own, "style", c.Frame("portal", "界面样式"), c.samples())
	})
}

func (c *Call) samples() styleView {
	now := ticket.At(c.Now)
	const hour = 60 * 60 * 1000
	v := styleView{
		Colours: []string{"blue", "green", "amber", "red", ""},
		Tabs:    []ui.Link{{Title: "待签收", Href: "#tabs", Count: "4", Here: true}, {Title: "待办理", Href: "#tabs", Count: "12"}, {Title: "已答复", Href: "#tabs"}},
		First:   "#pager", Next: "#pager",
		Problem:   problemView{Title: "内容已有变化", Message: "他人已先处理，请核对后再试"},
		StatLinks: []ui.Link{{Title: "收到诉求", Count: "1,719"}, {Title: "已超时", Count: "3", Late: true}},
	}
	for _, state := range ticket.States {
		v.States = append(v.States, ui.NewState(state))
	}
	for _, due := range []ticket.Instant{now + 90*24*hour, now + hour, now - 30*hour} {
		v.Clocks = append(v.Clocks, c.Clock(due))
	}
	v.Form = ui.Form{Action: "#form", Submit: "提交", Fields: []*ui.Field{
		{Name: "s-line", Label: "一行文字", Kind: ui.Line, Hint: "说明写在填写之前", Required: true},
		{Name: "s-wrong", Label: "填错的一项", Kind: ui.Line, Value: "12345"},
		{Name: "s-area", Label: "多行文字", Kind: ui.Area},
		{Name: "s-choice", Label: "单选", Kind: ui.Choice, Options: grades, Value: string(ticket.Satisfied)},
		{Name: "s-select", Label: "下拉选择", Kind: ui.Select, Options: Kinds(c.City)},
		{Name: "s-check", Label: "勾选", Kind: ui.Check, Hint: "勾选的含义"},
		{Name: "s-date", Label: "日期", Kind: ui.Date},
		{Name: "s-pick", Label: "选择单位", Kind: ui.Pick, Source: UnitSource, Chosen: []ui.Option{{Value: "1", Label: "市城市管理局"}}},
		{Name: "s-file", Label: "附件", Kind: ui.File},
	}}
	v.Form.Refuse(&errs.Error{Message: "有内容需要更正", Fields: []errs.Field{{Name: "s-wrong", Message: "请填写 11 位手机号码"}}})
	for i, state := range []ticket.LoopStep{
		{No: 2, Label: "中心受理", Started: now - 5*hour, Done: now - 4*hour, Due: now - 3*hour, Limit: "60wm"},
		{No: 3, Label: "中心批转", Started: now - 4*hour, Due: now - hour, Limit: "30m", Late: true},
		{No: 4, Label: "单位办理", Started: now - hour, Due: now + 90*hour, Limit: "5wd"},
		{No: 5, Label: "单位回复"},
	} {
		v.Steps = append(v.Steps, ui.NewStep(state, []string{"智慧中心", "智慧中心", "市城市管理局", ""}[i], nil))
	}
	v.Timeline = []styleEvent{
		{At: now - 2*hour, What: "批转", Who: "智慧中心 某某（批转员）", Tone: "mark", Details: []string{"主办：市城市管理局"}},
		{At: now - hour, What: "时限提示", Who: "系统", Tone: "red", Quotes: []string{"引用的原话。"}},
	}
	return v
}
