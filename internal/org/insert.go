package org

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"huiyin/internal/db"
	"huiyin/internal/worktime"
)

// The Insert functions fill the tables of a new city in bulk. They do not
// check what they are given beyond what the tables do, and they do not move
// the revision: call Bump once in the same transaction.

// InsertUnits adds units.
func InsertUnits(ctx context.Context, tx *db.Tx, units []Unit) error {
	rows := make([][]any, len(units))
	for i, u := range units {
		rows[i] = []any{int64(u.ID), int64(u.Parent), u.Path, u.Code, u.Name, u.Short, string(u.Level), string(u.Kind), u.Area, flag(u.Active)}
	}
	return insert(ctx, tx, "unit", "id parent path code name short level kind area is_active", rows)
}

// InsertAccounts adds accounts and their roles.
func InsertAccounts(ctx context.Context, tx *db.Tx, accounts []Account) error {
	rows := make([][]any, len(accounts))
	var roles [][]any
	for i, a := range accounts {
		rows[i] = []any{int64(a.ID), a.Login, a.Name, int64(a.Unit), flag(a.Active)}
		for _, r := range a.Roles {
			roles = append(roles, []any{int64(a.ID), string(r)})
		}
	}
	if err := insert(ctx, tx, "account", "id login name unit is_active", rows); err != nil {
		return err
	}
	return insert(ctx, tx, "account_role", "account role", roles)
}

// InsertCategories adds categories, as their first version.
func InsertCategories(ctx context.Context, tx *db.Tx, categories []Category) error {
	rows := make([][]any, len(categories))
	for i, c := range categories {
		rows[i] = []any{c.Code, int64(1), c.Parent, c.Path, c.Name, int64(c.Level), flag(c.Active)}
	}
	return insert(ctx, tx, "category", "code version parent path name level is_active", rows)
}

// InsertAreas adds areas.
func InsertAreas(ctx context.Context, tx *db.Tx, areas []Area) error {
	rows := make([][]any, len(areas))
	for i, a := range areas {
		rows[i] = []any{a.Code, a.Parent, a.Name, int64(a.Level)}
	}
	return insert(ctx, tx, "area", "code parent name level", rows)
}

// InsertEntries adds lines of the dispatch catalogue.
func InsertEntries(ctx context.Context, tx *db.Tx, entries []Entry) error {
	rows := make([][]any, len(entries))
	var helpers [][]any
	for i, e := range entries {
		rows[i] = []any{e.ID, e.Category, e.Area, int64(e.Lead), e.LegalBasis, e.ValidFrom, e.ValidTo}
		for no, unit := range e.CoHandlers {
			helpers = append(helpers, []any{e.ID, int64(no), int64(unit)})
		}
	}
	if err := insert(ctx, tx, "catalogue", "id category area lead_unit legal_basis valid_from valid_to", rows); err != nil {
		return err
	}
	return insert(ctx, tx, "catalogue_co", "entry no unit", helpers)
}

func insertLimits(ctx context.Context, tx *db.Tx, rules []LimitRule) error {
	rows := make([][]any, len(rules))
	for i, r := range rules {
		rows[i] = []any{
			r.ID, string(r.Step), string(r.Kind), r.Category, string(r.Urgency), string(r.Channel),
			int64(r.Unit), r.Limit, r.ValidFrom, r.ValidTo,
		}
	}
	return insert(ctx, tx, "limit_rule", "id step kind category urgency channel unit duration valid_from valid_to", rows)
}

func insertCodes(ctx context.Context, tx *db.Tx, codes []Code) error {
	rows := make([][]any, len(codes))
	for i, c := range codes {
		rows[i] = []any{c.Set, c.Code, c.Name, c.Note, int64(c.Order), flag(c.Active)}
	}
	return insert(ctx, tx, "code", "set_name code name note position is_active", rows)
}

func insertSettings(ctx context.Context, tx *db.Tx, settings map[string]string) error {
	var rows [][]any
	for _, key := range slices.Sorted(maps.Keys(settings)) {
		rows = append(rows, []any{key, settings[key]})
	}
	return insert(ctx, tx, "setting", "key value", rows)
}

func insertWindows(ctx context.Context, tx *db.Tx, windows []worktime.Window) error {
	rows := make([][]any, len(windows))
	for i, w := range windows {
		rows[i] = []any{int64(w.From), int64(w.To)}
	}
	return insert(ctx, tx, "work_window", "from_minute to_minute", rows)
}

func insertYears(ctx context.Context, tx *db.Tx, years map[int]worktime.Year) error {
	var heads, days [][]any
	for _, year := range slices.Sorted(maps.Keys(years)) {
		heads = append(heads, []any{int64(year)})
		for day, name := range years[year].Holidays {
			days = append(days, []any{int64(year), day, flag(false), name})
		}
		for day, name := range years[year].Workdays {
			days = append(days, []any{int64(year), day, flag(true), name})
		}
	}
	slices.SortFunc(days, func(a, b []any) int { return cmp.Compare(a[1].(string), b[1].(string)) })
	if err := insert(ctx, tx, "calendar_year", "year", heads); err != nil {
		return err
	}
	return insert(ctx, tx, "calendar_day", "year day is_working name", days)
}
