package org

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"

	"huiyin/internal/db"
	"huiyin/internal/errs"
	"huiyin/internal/ticket"
)

// The sheets of the city itself have thousands of rows, which may speak of one
// another: each row is checked against a copy of the snapshot that holds the
// rows before it, and all are written at the end.

// copied returns a snapshot that rows can be added to. Only what the checks of
// these sheets ask for is its own.
func (d *Directory) copied() *Directory {
	own := *d
	own.units, own.unitAt, own.unitCode = slices.Clone(d.units), maps.Clone(d.unitAt), maps.Clone(d.unitCode)
	own.accounts, own.accountAt, own.login = slices.Clone(d.accounts), maps.Clone(d.accountAt), maps.Clone(d.login)
	own.categories, own.categoryAt = slices.Clone(d.categories), maps.Clone(d.categoryAt)
	own.areas, own.areaAt = slices.Clone(d.areas), maps.Clone(d.areaAt)
	return &own
}

// hold puts one thing into a list and its index.
func hold[T any, K comparable](list *[]T, at map[K]int, key K, one T) {
	i, there := at[key]
	if !there {
		at[key] = len(*list)
		*list = append(*list, one)
		return
	}
	(*list)[i] = one
}

// pile is what a writer has taken so far.
type pile[T any] struct{ fresh, changed []T }

func (p *pile[T]) add(one T, fresh bool) {
	if fresh {
		p.fresh = append(p.fresh, one)
	} else {
		p.changed = append(p.changed, one)
	}
}

// write writes the pile, and moves the revision if there is anything in it.
func (p *pile[T]) write(ctx context.Context, tx *db.Tx, insert func(context.Context, *db.Tx, []T) error, put func(context.Context, *db.Tx, T) error) error {
	if len(p.fresh)+len(p.changed) == 0 {
		return nil
	}
	if err := Bump(ctx, tx); err != nil {
		return err
	}
	for _, one := range p.changed {
		if err := put(ctx, tx, one); err != nil {
			return err
		}
	}
	return insert(ctx, tx, p.fresh)
}

// reserve gives the next id. The first time it asks the table, behind the lock
// that Bump takes.
func reserve[T ~int64](ctx context.Context, tx *db.Tx, last *T, next func(context.Context, *db.Tx) (T, error)) (id T, err error) {
	if *last != 0 {
		*last++
		return *last, nil
	}
	if err := Bump(ctx, tx); err != nil {
		return 0, err
	}
	*last, err = next(ctx, tx)
	return *last, err
}

// together joins what a check found with what could not be read at all; of a
// field that could not be read nothing else is said.
func together(wrong []errs.Field, unread ...error) []errs.Field {
	for _, err := range unread {
		e, ok := errors.AsType[*errs.Error](err)
		if !ok {
			continue
		}
		for _, f := range e.Fields {
			wrong = slices.DeleteFunc(wrong, func(w errs.Field) bool { return w.Name == f.Name })
		}
		wrong = append(wrong, e.Fields...)
	}
	return wrong
}

func unitSheet() Sheet {
	return Sheet{
		Name: "units", Title: "单位", keys: 1, parent: 1,
		columns: []column{
			{name: "code", title: "单位代码"},
			{name: "parent", title: "上级单位代码"},
			{name: "name", title: "单位名称"},
			{name: "short", title: "简称"},
			{name: "level", title: "层级", words: labels(Levels)},
			{name: "kind", title: "单位类别", words: labels(UnitKinds)},
			{name: "area", title: "区域代码"},
			activeColumn(),
		},
		rows: func(d *Directory) (rows [][]string) {
			for _, u := range d.Units() {
				rows = append(rows, []string{
					u.Code, d.codeOf(u.Parent), u.Name, u.Short, string(u.Level), string(u.Kind), u.Area, strconv.FormatBool(u.Active),
				})
			}
			return rows
		},
		write: func(d *Directory) writer { return &unitWriter{city: d.copied()} },
	}
}

type unitWriter struct {
	pile[Unit]
	city *Directory
	last ticket.UnitID
}

func (w *unitWriter) put(ctx context.Context, tx *db.Tx, c []string) (err error) {
	active, noFlag := flagOf(c[7])
	parent, noParent := w.city.unitCalled("parent", c[1])
	u := Unit{Parent: parent, Code: c[0], Name: c[2], Short: c[3], Level: Level(c[4]), Kind: UnitKind(c[5]), Area: c[6], Active: active}
	old, exists := w.city.UnitByCode(u.Code)
	u.ID, u.Path = old.ID, old.Path
	wrong := together(w.city.checkUnit(u), noFlag, noParent)
	if !exists {
		if u.ID, err = reserve(ctx, tx, &w.last, nextUnit); err != nil {
			return err
		}
		above, _ := w.city.Unit(parent)
		u.Path = childPath(above.Path, u.ID)
	}
	w.hold(u)
	w.add(u, !exists)
	return invalid(wrong)
}

// hold shows a unit to the rows behind it, also one that is wrong: those below
// it may be right.
func (w *unitWriter) hold(u Unit) {
	if u.Code == "" {
		return
	}
	hold(&w.city.units, w.city.unitAt, u.ID, u)
	w.city.unitCode[u.Code] = u.ID
	if w.city.root == 0 && u.Parent == 0 {
		w.city.root = u.ID
	}
}

func (w *unitWriter) done(ctx context.Context, tx *db.Tx) error {
	return w.write(ctx, tx, InsertUnits, putUnit)
}

func roleWords() map[string]string { return labels(ticket.Roles) }

// AccountSheet names the sheet of accounts: its first column is the login, its
// last says whether the account is active.
const AccountSheet = "accounts"

func accountSheet() Sheet {
	return Sheet{
		Name: AccountSheet, Title: "账号", Hint: "多个岗位以分号分隔", keys: 1,
		columns: []column{
			{name: "login", title: "登录名"},
			{name: "name", title: "姓名"},
			{name: "unit", title: "单位代码"},
			{name: "roles", title: "岗位", read: readRoles, words: roleWords()},
			activeColumn(),
		},
		rows: func(d *Directory) (rows [][]string) {
			for _, a := range d.Accounts() {
				rows = append(rows, []string{a.Login, a.Name, d.codeOf(a.Unit), readList(joined(a.Roles)), strconv.FormatBool(a.Active)})
			}
			return rows
		},
		write: func(d *Directory) writer { return &accountWriter{city: d.copied()} },
	}
}

type accountWriter struct {
	pile[Account]
	city *Directory
	last ticket.AccountID
}

func (w *accountWriter) put(ctx context.Context, tx *db.Tx, c []string) (err error) {
	active, noFlag := flagOf(c[4])
	unit, noUnit := w.city.unitCalled("unit", c[2])
	a := Account{Login: c[0], Name: c[1], Unit: unit, Active: active}
	for _, role := range listOf(c[3]) {
		a.Roles = append(a.Roles, ticket.Role(role))
	}
	old, exists := w.city.AccountByLogin(a.Login)
	a.ID = old.ID
	if wrong := together(w.city.checkAccount(a), noFlag, noUnit); len(wrong) > 0 {
		return invalid(wrong)
	}
	if !exists {
		if a.ID, err = reserve(ctx, tx, &w.last, nextAccount); err != nil {
			return err
		}
	}
	w.add(a, !exists)
	return nil
}

func (w *accountWriter) done(ctx context.Context, tx *db.Tx) error {
	return w.write(ctx, tx, InsertAccounts, putAccount)
}

func categorySheet() Sheet {
	return Sheet{
		Name: "categories", Title: "事项分类", keys: 1, parent: 1,
		columns: []column{
			{name: "code", title: "分类代码"},
			{name: "parent", title: "上级分类代码"},
			{name: "name", title: "分类名称"},
			activeColumn(),
		},
		rows: func(d *Directory) (rows [][]string) {
			for _, c := range d.Categories() {
				rows = append(rows, []string{c.Code, c.Parent, c.Name, strconv.FormatBool(c.Active)})
			}
			return rows
		},
		write: func(d *Directory) writer { return &categoryWriter{city: d.copied()} },
	}
}

type categoryWriter struct {
	pile[Category]
	city *Directory
}

func (w *categoryWriter) put(_ context.Context, _ *db.Tx, cells []string) error {
	active, noFlag := flagOf(cells[3])
	above, _ := w.city.Category(cells[1])
	c := Category{
		Code: cells[0], Parent: cells[1], Name: cells[2], Active: active,
		Level: above.Level + 1, Path: categoryPath(above.Path, cells[0]),
	}
	wrong := together(w.city.checkCategory(c), noFlag)
	_, exists := w.city.Category(c.Code)
	hold(&w.city.categories, w.city.categoryAt, c.Code, c)
	w.add(c, !exists)
	return invalid(wrong)
}

func (w *categoryWriter) done(ctx context.Context, tx *db.Tx) error {
	return w.write(ctx, tx, InsertCategories, func(ctx context.Context, tx *db.Tx, c Category) error {
		if err := keepCategory(ctx, tx, c.Code); err != nil {
			return err
		}
		return putCategory(ctx, tx, c)
	})
}

func areaSheet() Sheet {
	return Sheet{
		Name: "areas", Title: "区域", keys: 1, parent: 1,
		columns: []column{{name: "code", title: "区域代码"}, {name: "parent", title: "上级区域代码"}, {name: "name", title: "区域名称"}},
		rows: func(d *Directory) (rows [][]string) {
			for _, a := range d.Areas() {
				rows = append(rows, []string{a.Code, a.Parent, a.Name})
			}
			return rows
		},
		write: func(d *Directory) writer { return &areaWriter{city: d.copied()} },
	}
}

type areaWriter struct {
	pile[Area]
	city *Directory
}

func (w *areaWriter) put(_ context.Context, _ *db.Tx, cells []string) error {
	above, _ := w.city.Area(cells[1])
	a := Area{Code: cells[0], Parent: cells[1], Name: cells[2], Level: above.Level + 1}
	wrong := w.city.checkArea(a)
	_, exists := w.city.Area(a.Code)
	hold(&w.city.areas, w.city.areaAt, a.Code, a)
	w.add(a, !exists)
	return invalid(wrong)
}

func (w *areaWriter) done(ctx context.Context, tx *db.Tx) error {
	return w.write(ctx, tx, InsertAreas, putArea)
}
