package web

import (
	"huiyin/internal/org"
	"huiyin/internal/ticket"
	"huiyin/internal/web/ui"
)

// The words of forms.
var (
	yesNo    = []ui.Option{{Value: "true", Label: "是"}, {Value: "false", Label: "否"}}
	agree    = []ui.Option{{Value: "true", Label: "同意"}, {Value: "false", Label: "不同意"}}
	grades   = []ui.Option{{Value: string(ticket.Satisfied), Label: "满意"}, {Value: string(ticket.Basically), Label: "基本满意"}, {Value: string(ticket.Unsatisfied), Label: "不满意"}}
	claims   = []ui.Option{{Value: "solved", Label: "已解决"}, {Value: "partly", Label: "部分解决"}, {Value: "unsolved", Label: "未解决"}}
	ways     = []ui.Option{{Value: "phone", Label: "电话"}, {Value: "visit", Label: "上门或面谈"}, {Value: "message", Label: "短信或留言"}}
	unitHint = "输入名称、代码或拼音首字母"
)

// Urgencies are the choices of 紧急程度.
var Urgencies = options(ticket.Urgencies, func(ticket.Urgency) bool { return true }, ticket.Urgency.Label)

func area(name string, limit int) Ask {
	return Ask{Field: ui.Field{Name: name, Kind: ui.Area, Max: limit}}
}

func line(name string, limit int) Ask {
	return Ask{Field: ui.Field{Name: name, Kind: ui.Line, Max: limit}}
}

func choice(name string, options []ui.Option) Ask {
	return Ask{Field: ui.Field{Name: name, Kind: ui.Choice, Options: options}}
}

func check(name string) Ask { return Ask{Field: ui.Field{Name: name, Kind: ui.Check}} }

func codes(name, set string) Ask {
	from := func(city *org.Directory) []ui.Option { return CodeOptions(city, set) }
	return Ask{Field: ui.Field{Name: name, Kind: ui.Select}, From: from}
}

func pick(name, source string) Ask {
	return Ask{Field: ui.Field{Name: name, Kind: ui.Pick, Source: source, Hint: unitHint}}
}

func picks(name, source string) Ask {
	return Ask{Field: ui.Field{Name: name, Kind: ui.Picks, Source: source, Hint: unitHint}}
}

func (a Ask) must() Ask {
	a.Required = true
	return a
}

func (a Ask) say(label, hint string) Ask {
	a.Label, a.Hint = label, hint
	return a
}

// Where pickers look.
const (
	UnitSource     = "/desk/units"
	BelowSource    = "/desk/units?below=1"
	CategorySource = "/desk/categories"
)

// facts are what a center says a ticket is about.
func facts() []Ask {
	return []Ask{
		{Field: ui.Field{Name: "kind", Kind: ui.Choice, Label: "诉求类型"}, From: Kinds},
		{Field: ui.Field{Name: "category", Kind: ui.Pick, Source: CategorySource, Label: "事项分类", Hint: "输入名称或拼音首字母"}},
		{Field: ui.Field{Name: "area", Kind: ui.Select, Label: "事发地"}},
		choice("urgency", Urgencies).say("紧急程度", ""),
	}
}

const (
	short = 2000
	long  = 20000
)

// acts are the commands that people give, as forms; in the order in which a
// ticket page offers them.
var acts = []Act{
	act[ticket.Accept](facts()...),
	act[ticket.Dispatch](
		pick("lead", UnitSource).must(), picks("co_handlers", UnitSource), choice("urgency", Urgencies), area("note", short),
		Ask{Field: ui.Field{Name: "entry", Kind: ui.Hidden}},
	),
	act[ticket.Arbitrate](
		pick("lead", UnitSource).must(), picks("co_handlers", UnitSource),
		check("fallback").say("指定为兜底单位", "职责不清时由其先行办理，不得再退"), area("note", short).must(),
	),
	act[ticket.DecideReturn](choice("approve", agree).must(), area("note", short).say("意见", "不同意时必须说明理由")),
	act[ticket.DecideExtension](choice("approve", agree).must(), area("note", short).say("意见", "不同意时必须说明理由")),
	act[ticket.DecideSuspension](choice("approve", agree).must(), area("note", short).say("意见", "不同意时必须说明理由")),
	act[ticket.Sign](),
	act[ticket.Contact](choice("way", ways).must(), choice("reached", yesNo).must(), area("note", short)),
	act[ticket.SignOff](),
	act[ticket.SendBackDraft](area("note", short).must()),
	act[ticket.Endorse](),
	act[ticket.Decline](area("note", short)),
	act[ticket.Draft](
		area("text", long).must(), area("public", long).say("可公开的答复", "与给诉求人的答复分开填写，不得含个人信息；不公开可留空"),
		choice("solved", claims).must(), area("override", short).say("不等协办单位的理由", "协办单位都已答复时不填"),
	),
	act[ticket.Approve](),
	act[ticket.SendBack](area("note", short).must()),
	act[ticket.FollowUp](
		choice("reached", yesNo).must(), choice("contacted", yesNo), choice("solved", yesNo), choice("grade", grades).say("满意程度", "接通的必填"),
		check("unit_cause").say("不满意是承办单位的原因", "勾选后将按规定重办；不勾选即办结，须在回访记录中写明原因"), area("remark", short),
	),
	act[ticket.DecideReview](choice("approve", agree).must(), area("note", short).say("意见", "不同意时必须说明理由")),
	act[ticket.AnswerOrder](area("answer", short).must()),
	act[ticket.Delegate](pick("lead", BelowSource).must(), picks("co_handlers", BelowSource), area("note", short)),
	act[ticket.TakeBack](area("reason", short).must()),
	act[ticket.SendBackPart](area("note", short).must()),
	act[ticket.Resume](area("note", short)),
	act[ticket.RequestReturn](
		codes("code", org.ReturnReasons).must().say("退单原因", ""), area("reason", short).must(), area("basis", short).must(),
		pick("suggested", UnitSource),
	),
	act[ticket.RequestExtension](
		Ask{Field: ui.Field{Name: "days", Kind: ui.Whole, Max: 99, Required: true}}, area("reason", short).must(),
	),
	act[ticket.RequestSuspension](
		Ask{Field: ui.Field{Name: "until", Kind: ui.Date, Label: "复查日期", Required: true}}, area("reason", short).must(), area("interim", short).must(),
	),
	act[ticket.Answer](append(facts(), area("text", long).must(), area("public", long).say("可公开的答复", "不公开可留空"))...),
	act[ticket.AskInfo](area("question", short).must()),
	act[ticket.Supply](area("text", long).must()),
	act[ticket.AddMaterial](area("text", long).must()),
	act[ticket.Consult](area("note", short).must()),
	act[ticket.Merge](line("master", 20).must().say("主单编号", "")),
	act[ticket.Unmerge](area("note", short)),
	act[ticket.Recall](area("note", short)),
	act[ticket.Classify](facts()...),
	act[ticket.Urge](area("note", short)),
	act[ticket.Supervise](
		Ask{Field: ui.Field{Name: "assignment", Kind: ui.Select, Label: "承办单位", Hint: "不选为主办单位"}}, area("reason", short).must(),
	),
	act[ticket.Rate](
		choice("result", grades).must(), choice("process", grades).must(),
		codes("code", org.UnsatisfiedReasons).say("不满意的原因", "任一项选“不满意”时必选"), area("remark", short),
	),
	act[ticket.RequestReview](area("reason", short).must()).grave("每件诉求只能申请一次复核。"),
	act[ticket.Publish](line("title", 200).must(), area("body", long).must(), area("reply", long).must()),
	act[ticket.Unpublish](area("note", short)),
	act[ticket.SetConfidential](choice("confidential", yesNo).must(), area("note", short)),
	act[ticket.Reject](
		codes("code", org.RejectReasons).must().say("不予受理的情形", "选定后告知诉求人相应的渠道"), area("note", short),
	).grave("不予受理后本件即告结束，诉求人会看到情形和应当通过的渠道。"),
	act[ticket.Withdraw](area("note", short)).grave("撤单后本件即告结束，不能恢复。"),
}
