package org

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"huiyin/internal/errs"
	"huiyin/internal/ticket"
	"huiyin/internal/worktime"
)

// problems collects what is wrong with a form.
type problems []errs.Field

func (p *problems) unless(ok bool, field, message string) {
	if !ok {
		*p = append(*p, errs.Field{Name: field, Message: message})
	}
}

// maxName bounds names of all sorts, in characters.
const maxName = 100

func (p *problems) name(field, text string) {
	n := utf8.RuneCountInString(text)
	p.unless(n > 0 && n <= maxName && strings.TrimSpace(text) == text, field, "须填写，不超过 100 个字，首尾不留空格")
}

// word is for codes and logins: lower-case letters, digits, - and _.
func (p *problems) word(field, text string) {
	foreign := func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '_')
	}
	p.unless(text != "" && len(text) <= 64 && strings.IndexFunc(text, foreign) < 0, field, "须由小写字母、数字、- 或 _ 组成，不超过 64 个字符")
}

func (p *problems) validity(from, to string) {
	for _, day := range []struct{ field, text string }{{"valid_from", from}, {"valid_to", to}} {
		if day.text != "" {
			_, err := time.Parse(time.DateOnly, day.text)
			p.unless(err == nil, day.field, "日期须写作 2026-01-31 的形式")
		}
	}
	p.unless(to == "" || from <= to, "valid_to", "失效日期不得早于生效日期")
}

func oneOf[T ~string](p *problems, field string, value T, known []T) {
	p.unless(value == "" || slices.Contains(known, value), field, "没有这一选项")
}

func (d *Directory) unitExists(p *problems, field string, id ticket.UnitID) {
	_, ok := d.Unit(id)
	p.unless(ok, field, "没有这个单位")
}

func (d *Directory) categoryExists(p *problems, code string) {
	_, ok := d.Category(code)
	p.unless(ok, "category", "没有这个事项分类")
}

func (d *Directory) areaExists(p *problems, code string) {
	_, ok := d.Area(code)
	p.unless(ok, "area", "没有这个区域")
}

func (d *Directory) checkUnit(u Unit) []errs.Field {
	var p problems
	p.word("code", u.Code)
	p.name("name", u.Name)
	p.name("short", u.Short)
	p.unless(slices.Contains(Levels, u.Level), "level", "没有这一层级")
	p.unless(slices.Contains(UnitKinds, u.Kind), "kind", "没有这一单位类别")
	if u.Area != "" {
		d.areaExists(&p, u.Area)
	}
	if other, taken := d.UnitByCode(u.Code); taken {
		p.unless(other.ID == u.ID, "code", "单位代码已被使用")
	}
	switch old, exists := d.Unit(u.ID); {
	case exists:
		p.unless(old.Parent == u.Parent, "parent", "单位的上级不能变更，否则以前的工单会换由别的单位看到；请另设新单位，再停用这一单位")
		p.unless(u.Active || u.ID != d.root, "active", "市中心不能停用")
	case u.ID != 0:
		p.unless(false, "id", "没有这个单位")
	case d.root == 0:
		p.unless(u.Parent == 0 && u.Kind == Center && u.Level == CityLevel, "parent", "首个单位须是市级智慧中心")
	default:
		d.unitExists(&p, "parent", u.Parent)
	}
	return p
}

// Roles that only make sense at a center, and only at the city center.
var (
	centerRoles = []ticket.Role{
		ticket.Agent, ticket.ShiftLeader, ticket.Dispatcher, ticket.Reviewer, ticket.FollowUpAgent, ticket.Supervisor,
		ticket.CenterHead, ticket.Assessor,
	}
	adminRoles = []ticket.Role{ticket.SystemAdmin, ticket.SecurityAdmin, ticket.AuditAdmin}
)

func (d *Directory) checkAccount(a Account) []errs.Field {
	var p problems
	p.word("login", a.Login)
	p.name("name", a.Name)
	d.unitExists(&p, "unit", a.Unit)
	if other, taken := d.AccountByLogin(a.Login); taken {
		p.unless(other.ID == a.ID, "login", "登录名已被使用")
	}
	if a.ID != 0 {
		_, ok := d.Account(a.ID)
		p.unless(ok, "id", "没有这个账号")
	}
	p.unless(len(a.Roles) > 0, "roles", "至少要有一个角色")
	u, _ := d.Unit(a.Unit)
	admin := 0
	for i, r := range a.Roles {
		p.unless(slices.Contains(ticket.Roles, r), "roles", "没有这个角色")
		p.unless(!slices.Contains(a.Roles[:i], r), "roles", "角色重复")
		p.unless(u.Kind == Center || !slices.Contains(centerRoles, r), "roles", "该角色只能设在智慧中心")
		if slices.Contains(adminRoles, r) {
			admin++
			p.unless(u.ID == d.root, "roles", "管理员只能设在市中心")
		}
	}
	// Rules of the house §2: the three administrators are separate accounts.
	p.unless(admin == 0 || len(a.Roles) == 1, "roles", "系统、安全、审计管理员须各自单独设账号，不得兼任其他角色")
	return p
}

func (d *Directory) checkCategory(c Category) []errs.Field {
	var p problems
	p.word("code", c.Code)
	p.name("name", c.Name)
	if old, exists := d.Category(c.Code); exists {
		p.unless(old.Parent == c.Parent, "parent", "分类的上级不能变更，否则以前的工单会归入别的分类；请另设新分类，再停用这一分类")
	} else if c.Parent != "" {
		_, ok := d.Category(c.Parent)
		p.unless(ok, "parent", "没有这个上级分类")
	}
	return p
}

func (d *Directory) checkArea(a Area) []errs.Field {
	var p problems
	p.word("code", a.Code)
	p.name("name", a.Name)
	if old, exists := d.Area(a.Code); exists {
		p.unless(old.Parent == a.Parent, "parent", "区域的上级不能变更，否则以前的工单会归入别的区域")
	} else if a.Parent != "" {
		_, ok := d.Area(a.Parent)
		p.unless(ok, "parent", "没有这个上级区域")
	}
	return p
}

func (d *Directory) checkEntry(e Entry) []errs.Field {
	var p problems
	d.categoryExists(&p, e.Category)
	if e.Area != "" {
		d.areaExists(&p, e.Area)
	}
	d.unitExists(&p, "lead", e.Lead)
	for i, unit := range e.CoHandlers {
		d.unitExists(&p, "co_handlers", unit)
		p.unless(unit != e.Lead && !slices.Contains(e.CoHandlers[:i], unit), "co_handlers", "协办单位不得与主办单位相同，也不得重复")
	}
	p.unless(utf8.RuneCountInString(e.LegalBasis) <= 1000, "legal_basis", "法律依据不超过 1000 个字")
	p.validity(e.ValidFrom, e.ValidTo)
	return p
}

func (d *Directory) checkLimit(r LimitRule) []errs.Field {
	var p problems
	p.unless(slices.Contains(ticket.Steps, r.Step), "step", "没有这一环节")
	oneOf(&p, "kind", r.Kind, ticket.Kinds)
	oneOf(&p, "urgency", r.Urgency, ticket.Urgencies)
	oneOf(&p, "channel", r.Channel, ticket.Channels)
	if r.Category != "" {
		d.categoryExists(&p, r.Category)
	}
	if r.Unit != 0 {
		d.unitExists(&p, "unit", r.Unit)
	}
	if _, err := worktime.ParseLimit(r.Limit); err != nil {
		p.unless(false, "limit", "时限须写作整数加单位，例如 5wd（工作日）、60wm（工作分钟）、24h（小时）")
	}
	p.validity(r.ValidFrom, r.ValidTo)
	return p
}

func (d *Directory) checkReply(r ReplyRule) []errs.Field {
	var p problems
	oneOf(&p, "kind", r.Kind, ticket.Kinds)
	if r.Category != "" {
		d.categoryExists(&p, r.Category)
	}
	if r.Unit != 0 {
		d.unitExists(&p, "unit", r.Unit)
	}
	p.unless(r.Mode == FileAtOnce || r.Mode == ReviewFirst, "mode", "没有这一回复方式")
	return p
}

func checkCode(c Code) []errs.Field {
	var p problems
	p.unless(slices.Contains(CodeSets, c.Set), "set", "没有这一代码表；有："+strings.Join(CodeSets, "、"))
	p.word("code", c.Code)
	p.name("name", c.Name)
	p.unless(utf8.RuneCountInString(c.Note) <= 1000, "note", "说明不超过 1000 个字")
	return p
}
