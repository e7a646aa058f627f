package org

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"huiyin/internal/db"
	"huiyin/internal/errs"
	"huiyin/internal/ticket"
	"huiyin/internal/worktime"
)

func policySheet() Sheet {
	return Sheet{
		Name: "policy", Title: "次数、天数与开关", keys: 1,
		columns: []column{{name: "key", title: "设置项", words: settingTitles()}, {name: "value", title: "值"}},
		rows: func(d *Directory) (rows [][]string) {
			settings := d.Policy().Settings()
			for _, key := range slices.Sorted(maps.Keys(settings)) {
				rows = append(rows, []string{key, settings[key]})
			}
			return rows
		},
		set: func(ctx context.Context, tx *db.Tx, _ *Directory, cells []string) error {
			return SetSetting(ctx, tx, cells[0], cells[1])
		},
	}
}

func windowSheet() Sheet {
	return Sheet{
		Name: "windows", Title: "每日办公时段", whole: true,
		columns: []column{{name: "from", title: "上班时间"}, {name: "to", title: "下班时间"}},
		rows: func(d *Directory) (rows [][]string) {
			for _, w := range d.Calendar().Windows() {
				rows = append(rows, []string{w.Start(), w.End()})
			}
			return rows
		},
		set: func(ctx context.Context, tx *db.Tx, _ *Directory, cells []string) error {
			var windows []worktime.Window
			for pair := range slices.Chunk(cells, 2) {
				w, err := worktime.ParseWindow(pair[0], pair[1])
				if err != nil {
					return err
				}
				windows = append(windows, w)
			}
			if len(windows) == 0 {
				return errs.InvalidField("from", "至少要有一个办公时段")
			}
			return SetWindows(ctx, tx, windows)
		},
	}
}

func limitSheet() Sheet {
	return Sheet{
		Name: "limits", Title: "办理时限", keys: 1,
		columns: []column{
			{name: "id", title: "编号"},
			{name: "step", title: "环节", words: labels(ticket.Steps)},
			{name: "kind", title: "诉求类型", words: labels(ticket.Kinds)},
			{name: "category", title: "事项分类代码"},
			{name: "urgency", title: "紧急程度", words: labels(ticket.Urgencies)},
			{name: "channel", title: "渠道", words: labels(ticket.Channels)},
			{name: "unit", title: "单位代码"},
			{name: "limit", title: "时限"},
			{name: "valid_from", title: "生效日期", read: readDay},
			{name: "valid_to", title: "失效日期", read: readDay},
		},
		rows: func(d *Directory) (rows [][]string) {
			for _, r := range d.LimitRules() {
				rows = append(rows, []string{
					number(r.ID), string(r.Step), string(r.Kind), r.Category, string(r.Urgency), string(r.Channel), d.codeOf(r.Unit),
					r.Limit, r.ValidFrom, r.ValidTo,
				})
			}
			return rows
		},
		set: func(ctx context.Context, tx *db.Tx, d *Directory, c []string) error {
			id, wrong := known(c[0], d.LimitRules(), func(r LimitRule) int64 { return r.ID })
			unit, err := d.unitCalled("unit", c[6])
			if err := first(wrong, err); err != nil {
				return err
			}
			_, err = SetLimit(ctx, tx, d, LimitRule{
				ID: id, Step: ticket.Step(c[1]), Kind: ticket.Kind(c[2]), Category: c[3], Urgency: ticket.Urgency(c[4]),
				Channel: ticket.Channel(c[5]), Unit: unit, Limit: c[7], ValidFrom: c[8], ValidTo: c[9],
			})
			return err
		},
	}
}

func replySheet() Sheet {
	return Sheet{
		Name: "replies", Title: "答复方式", Hint: "file 直接答复，review 先审核", keys: 1,
		columns: []column{
			{name: "id", title: "编号"},
			{name: "kind", title: "诉求类型", words: labels(ticket.Kinds)},
			{name: "category", title: "事项分类代码"},
			{name: "unit", title: "单位代码"},
			{name: "mode", title: "答复方式", words: labels(ReplyModes)},
		},
		rows: func(d *Directory) (rows [][]string) {
			for _, r := range d.ReplyRules() {
				rows = append(rows, []string{number(r.ID), string(r.Kind), r.Category, d.codeOf(r.Unit), string(r.Mode)})
			}
			return rows
		},
		set: func(ctx context.Context, tx *db.Tx, d *Directory, c []string) error {
			id, wrong := known(c[0], d.ReplyRules(), func(r ReplyRule) int64 { return r.ID })
			unit, err := d.unitCalled("unit", c[3])
			if err := first(wrong, err); err != nil {
				return err
			}
			_, err = SetReplyRule(ctx, tx, d, ReplyRule{ID: id, Kind: ticket.Kind(c[1]), Category: c[2], Unit: unit, Mode: ReplyMode(c[4])})
			return err
		},
	}
}

func codeSheet() Sheet {
	return Sheet{
		Name: "codes", Title: "代码表", keys: 2,
		columns: []column{
			{name: "set", title: "代码表", words: CodeSetTitles},
			{name: "code", title: "代码"},
			{name: "name", title: "名称"},
			{name: "note", title: "说明"},
			{name: "order", title: "顺序"},
			activeColumn(),
		},
		rows: func(d *Directory) (rows [][]string) {
			for _, c := range d.AllCodes() {
				rows = append(rows, []string{c.Set, c.Code, c.Name, c.Note, strconv.Itoa(c.Order), strconv.FormatBool(c.Active)})
			}
			return rows
		},
		set: func(ctx context.Context, tx *db.Tx, _ *Directory, c []string) error {
			order, err := strconv.Atoi(c[4])
			if err != nil {
				return errs.InvalidField("order", "须填写整数")
			}
			active, err := flagOf(c[5])
			if err != nil {
				return err
			}
			return SetCode(ctx, tx, Code{Set: c[0], Code: c[1], Name: c[2], Note: c[3], Order: order, Active: active})
		},
	}
}

func catalogueSheet() Sheet {
	return Sheet{
		Name: "catalogue", Title: "派单目录", Hint: "多个协办单位以分号分隔", keys: 1,
		columns: []column{
			{name: "id", title: "编号"},
			{name: "category", title: "事项分类代码"},
			{name: "area", title: "区域代码"},
			{name: "lead", title: "主办单位代码"},
			{name: "co_handlers", title: "协办单位代码", read: readList},
			{name: "legal_basis", title: "法律依据"},
			{name: "valid_from", title: "生效日期", read: readDay},
			{name: "valid_to", title: "失效日期", read: readDay},
		},
		rows: func(d *Directory) (rows [][]string) {
			for _, e := range d.Entries() {
				helpers := make([]string, len(e.CoHandlers))
				for i, unit := range e.CoHandlers {
					helpers[i] = d.codeOf(unit)
				}
				rows = append(rows, []string{
					number(e.ID), e.Category, e.Area, d.codeOf(e.Lead), strings.Join(helpers, ";"), e.LegalBasis, e.ValidFrom, e.ValidTo,
				})
			}
			return rows
		},
		set: func(ctx context.Context, tx *db.Tx, d *Directory, c []string) error {
			id, wrong := known(c[0], d.Entries(), func(e Entry) int64 { return e.ID })
			lead, err := d.unitCalled("lead", c[3])
			if err := first(wrong, err); err != nil {
				return err
			}
			e := Entry{ID: id, Category: c[1], Area: c[2], Lead: lead, LegalBasis: c[5], ValidFrom: c[6], ValidTo: c[7]}
			for _, code := range listOf(c[4]) {
				unit, err := d.unitCalled("co_handlers", code)
				if err != nil {
					return err
				}
				e.CoHandlers = append(e.CoHandlers, unit)
			}
			_, err = SetEntry(ctx, tx, d, e)
			return err
		},
	}
}

func number(id int64) string { return strconv.FormatInt(id, 10) }

// known reads the number of a row that is there; nothing is a new row.
func known[T any](text string, rows []T, id func(T) int64) (int64, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || !slices.ContainsFunc(rows, func(r T) bool { return id(r) == n }) {
		return 0, errs.InvalidField("id", "没有这一编号的行；新增的行不填编号")
	}
	return n, nil
}

// first returns the first error.
func first(list ...error) error {
	for _, err := range list {
		if err != nil {
			return err
		}
	}
	return nil
}

// codeOf names a unit; nothing for no unit.
func (d *Directory) codeOf(id ticket.UnitID) string {
	u, _ := d.Unit(id)
	return u.Code
}

// unitCalled is the reverse of codeOf.
func (d *Directory) unitCalled(field, code string) (ticket.UnitID, error) {
	u, ok := d.UnitByCode(code)
	if code != "" && !ok {
		return 0, errs.InvalidField(field, "没有代码为 "+code+" 的单位")
	}
	return u.ID, nil
}
