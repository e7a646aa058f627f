package org_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"huiyin/internal/db"
	"huiyin/internal/db/dbtest"
	"huiyin/internal/errs"
	"huiyin/internal/org"
	"huiyin/internal/ticket"
	"huiyin/internal/worktime"
)

// setup fills a store with the defaults and a tiny city.
func setup(t *testing.T, d *db.DB) *org.Live {
	t.Helper()
	ctx := t.Context()
	err := d.Update(ctx, func(tx *db.Tx) error {
		if err := org.Defaults(ctx, tx); err != nil {
			return err
		}
		if err := org.InsertAreas(ctx, tx, []org.Area{{Code: "a", Name: "市", Level: 1}, {Code: "a1", Parent: "a", Name: "区", Level: 2}}); err != nil {
			return err
		}
		if err := org.InsertUnits(ctx, tx, []org.Unit{
			{ID: 1, Path: "/1/", Code: "center", Name: "市中心", Short: "中心", Level: org.CityLevel, Kind: org.Center, Area: "a", Active: true},
			{ID: 2, Parent: 1, Path: "/1/2/", Code: "urban", Name: "城管局", Short: "城管", Level: org.CityLevel, Kind: org.Department, Area: "a", Active: true},
		}); err != nil {
			return err
		}
		return org.InsertCategories(ctx, tx, []org.Category{
			{Code: "01", Path: "/01/", Name: "甲", Level: 1, Active: true},
			{Code: "0101", Parent: "01", Path: "/01/0101/", Name: "乙", Level: 2, Active: true},
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	live, err := org.NewLive(ctx, d)
	if err != nil {
		t.Fatal(err)
	}
	return live
}

func TestEmptyStore(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		live, err := org.NewLive(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		if dir := live.Current(); dir.CityCenter() != 0 || dir.Revision() != 0 || dir.Calendar() == nil {
			t.Errorf("%+v", dir)
		}
		if diff := cmp.Diff(org.DefaultPolicy(), live.Current().Policy()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestDefaultsAreStored(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		dir := setup(t, d).Current()
		if diff := cmp.Diff(org.DefaultLimits(), dir.LimitRules()); diff != "" {
			t.Error(diff)
		}
		if len(dir.AllCodes()) != len(org.DefaultCodes()) {
			t.Errorf("%d codes", len(dir.AllCodes()))
		}
		builtin, err := worktime.Builtin()
		if err != nil {
			t.Fatal(err)
		}
		if dir.Calendar().Version() != builtin.Version() {
			t.Error("the calendar changed on its way through the table")
		}
	})
}

func TestSet(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		live := setup(t, d)
		ctx := t.Context()
		set := func(what string, fn func(tx *db.Tx, dir *org.Directory) error) {
			t.Helper()
			before := live.Current()
			if err := live.Change(ctx, func(tx *db.Tx) error { return fn(tx, before) }); err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			if live.Current().Revision() <= before.Revision() {
				t.Errorf("%s did not move the revision", what)
			}
		}
		unit := org.Unit{Parent: 1, Code: "housing", Name: "住建局", Short: "住建", Level: org.CityLevel, Kind: org.Department, Active: true}
		set("unit", func(tx *db.Tx, dir *org.Directory) (err error) {
			unit, err = org.SetUnit(ctx, tx, dir, unit)
			return err
		})
		unit.Name = "住房局"
		set("unit again", func(tx *db.Tx, dir *org.Directory) (err error) { _, err = org.SetUnit(ctx, tx, dir, unit); return err })
		account := org.Account{Login: "wang", Name: "王某", Unit: 3, Roles: []ticket.Role{ticket.Approver, ticket.Handler}, Active: true}
		set("account", func(tx *db.Tx, dir *org.Directory) (err error) {
			account, err = org.SetAccount(ctx, tx, dir, account)
			return err
		})
		entry := org.Entry{Category: "0101", Area: "a1", Lead: 2, CoHandlers: []ticket.UnitID{3, 1}, LegalBasis: "某法", ValidFrom: "2026-01-01"}
		set("entry", func(tx *db.Tx, dir *org.Directory) (err error) {
			entry, err = org.SetEntry(ctx, tx, dir, entry)
			return err
		})
		limit := org.LimitRule{Step: ticket.StepHandle, Category: "01", Unit: 2, Limit: "3wd"}
		set("limit", func(tx *db.Tx, dir *org.Directory) (err error) {
			limit, err = org.SetLimit(ctx, tx, dir, limit)
			return err
		})
		rule := org.ReplyRule{Unit: 2, Mode: org.ReviewFirst}
		set("reply rule", func(tx *db.Tx, dir *org.Directory) (err error) {
			rule, err = org.SetReplyRule(ctx, tx, dir, rule)
			return err
		})
		for _, name := range []string{"乙二", "乙三"} {
			set("category", func(tx *db.Tx, dir *org.Directory) (err error) {
				_, err = org.SetCategory(ctx, tx, dir, org.Category{Code: "0101", Parent: "01", Name: name, Active: true})
				return err
			})
		}
		code := org.Code{Set: org.ReturnReasons, Code: "not_our_duty", Name: "不归我管", Order: 9}
		set("code", func(tx *db.Tx, _ *org.Directory) error { return org.SetCode(ctx, tx, code) })
		set("setting", func(tx *db.Tx, _ *org.Directory) error { return org.SetSetting(ctx, tx, "max_redo", "5") })
		year := worktime.Year{Holidays: map[string]string{"2027-01-01": "元旦"}, Workdays: map[string]string{"2026-12-27": "元旦"}}
		set("year", func(tx *db.Tx, _ *org.Directory) error { return org.SetYear(ctx, tx, 2027, year) })
		set("windows", func(tx *db.Tx, _ *org.Directory) error {
			return org.SetWindows(ctx, tx, []worktime.Window{{From: 540, To: 1020}})
		})

		dir := live.Current()
		same := func(got, want any) {
			t.Helper()
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		}
		u, _ := dir.UnitByCode("housing")
		same(u, org.Unit{ID: 3, Parent: 1, Path: "/1/3/", Code: "housing", Name: "住房局", Short: "住建", Level: org.CityLevel, Kind: org.Department, Active: true})
		a, _ := dir.AccountByLogin("wang")
		same(a, account)
		e, _ := dir.Propose("0101", "a1", "2026-05-01")
		same(e, entry)
		l, _ := dir.LimitRule(ticket.StepHandle, org.Facts{Category: "0101", Unit: 2}, "2026-05-01")
		same(l, limit)
		same(dir.ReplyMode(ticket.Help, "01", 2), org.ReviewFirst)
		c, _ := dir.Category("0101")
		same(c, org.Category{Code: "0101", Parent: "01", Path: "/01/0101/", Name: "乙三", Level: 2, Active: true})
		kept, _ := dir.Code(org.ReturnReasons, "not_our_duty")
		same(kept, code)
		same(dir.Policy().RedoRounds, 5)
		same(dir.Calendar().Day("2026-12-27").Working, true)
		same(dir.Calendar().Day("2027-01-01").Why, "元旦放假")
		for version, name := range map[int]string{1: "乙", 2: "乙二"} {
			var past string
			if err := d.QueryRow(ctx, `SELECT name FROM category_past WHERE code = $1 AND version = $2`, "0101", version).Scan(&past); err != nil {
				t.Fatal(err)
			}
			same(past, name)
		}
	})
}

func TestSetRefuses(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t, db.SQLite)
	live := setup(t, d)
	ctx, dir := t.Context(), live.Current()
	for what, fn := range map[string]func(ctx context.Context, tx *db.Tx) error{
		"unknown unit in a limit": func(ctx context.Context, tx *db.Tx) error {
			_, err := org.SetLimit(ctx, tx, dir, org.LimitRule{Step: ticket.StepSign, Unit: 99, Limit: "1wd"})
			return err
		},
		"a limit that cannot be read": func(ctx context.Context, tx *db.Tx) error {
			_, err := org.SetLimit(ctx, tx, dir, org.LimitRule{Step: ticket.StepSign, Limit: "tomorrow"})
			return err
		},
		"a validity that ends before it begins": func(ctx context.Context, tx *db.Tx) error {
			_, err := org.SetEntry(ctx, tx, dir, org.Entry{Category: "01", Lead: 2, ValidFrom: "2026-02-01", ValidTo: "2026-01-01"})
			return err
		},
		"a lead that helps itself": func(ctx context.Context, tx *db.Tx) error {
			_, err := org.SetEntry(ctx, tx, dir, org.Entry{Category: "01", Lead: 2, CoHandlers: []ticket.UnitID{2}})
			return err
		},
		"two administrators in one": func(ctx context.Context, tx *db.Tx) error {
			_, err := org.SetAccount(ctx, tx, dir, org.Account{Login: "x", Name: "某", Unit: 1, Roles: []ticket.Role{ticket.SystemAdmin, ticket.AuditAdmin}})
			return err
		},
		"a dispatcher at a department": func(ctx context.Context, tx *db.Tx) error {
			_, err := org.SetAccount(ctx, tx, dir, org.Account{Login: "x", Name: "某", Unit: 2, Roles: []ticket.Role{ticket.Dispatcher}})
			return err
		},
		"a role that no account may hold": func(ctx context.Context, tx *db.Tx) error {
			_, err := org.SetAccount(ctx, tx, dir, org.Account{Login: "x", Name: "某", Unit: 2, Roles: []ticket.Role{ticket.System}})
			return err
		},
		"a unit that moves": func(ctx context.Context, tx *db.Tx) error {
			u, _ := dir.Unit(2)
			u.Parent = 0
			_, err := org.SetUnit(ctx, tx, dir, u)
			return err
		},
		"a code with blanks": func(ctx context.Context, tx *db.Tx) error {
			return org.SetCode(ctx, tx, org.Code{Set: "s", Code: "a b", Name: "名"})
		},
		"an unknown setting": func(ctx context.Context, tx *db.Tx) error { return org.SetSetting(ctx, tx, "colour", "red") },
		"a day of another year": func(ctx context.Context, tx *db.Tx) error {
			return org.SetYear(ctx, tx, 2027, worktime.Year{Holidays: map[string]string{"2028-01-01": "元旦"}})
		},
		"windows that overlap": func(ctx context.Context, tx *db.Tx) error {
			return org.SetWindows(ctx, tx, []worktime.Window{{From: 540, To: 720}, {From: 700, To: 800}})
		},
	} {
		err := d.Update(ctx, func(tx *db.Tx) error { return fn(ctx, tx) })
		if !errs.Is(err, errs.Invalid) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := live.Refresh(ctx); err != nil || live.Current() != dir {
		t.Errorf("refused changes moved the city: %v", err)
	}
}

// Another process sees a change at its next Refresh, and reads nothing when
// there is none.
func TestRefresh(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		here := setup(t, d)
		there, err := org.NewLive(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		err = here.Change(t.Context(), func(tx *db.Tx) error { return org.SetSetting(t.Context(), tx, "yellow_card_wd", "3") })
		if err != nil {
			t.Fatal(err)
		}
		if there.Current().Policy().WarnDays != 1 {
			t.Error("seen before it was read")
		}
		if err := there.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		snapshot := there.Current()
		if snapshot.Policy().WarnDays != 3 {
			t.Error("not seen after Refresh")
		}
		if err := there.Refresh(t.Context()); err != nil || there.Current() != snapshot {
			t.Errorf("read again without need: %v", err)
		}
	})
}
