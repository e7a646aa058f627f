package org

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"huiyin/internal/db"
	"huiyin/internal/ticket"
	"huiyin/internal/worktime"
)

// collect reads every row of a statement that takes no arguments.
func collect[T any](ctx context.Context, q db.Queryer, what, statement string, scan func(*sql.Rows) (T, error)) ([]T, error) {
	rows, err := q.Query(ctx, statement)
	if err != nil {
		return nil, fmt.Errorf("org: read %s: %w", what, err)
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("org: scan %s: %w", what, err)
		}
		all = append(all, one)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("org: read %s: %w", what, err)
	}
	return all, nil
}

func readRevision(ctx context.Context, q db.Queryer) (int64, error) {
	var revision int64
	err := q.QueryRow(ctx, `SELECT revision FROM directory WHERE id = 1`).Scan(&revision)
	if err != nil {
		return 0, fmt.Errorf("org: read revision: %w", err)
	}
	return revision, nil
}

func readUnits(ctx context.Context, q db.Queryer) ([]Unit, error) {
	return collect(ctx, q, "units", `SELECT id, parent, path, code, name, short, level, kind, area, is_active FROM unit`,
		func(rows *sql.Rows) (u Unit, err error) {
			var active int64
			err = rows.Scan(&u.ID, &u.Parent, &u.Path, &u.Code, &u.Name, &u.Short, &u.Level, &u.Kind, &u.Area, &active)
			u.Active = active != 0
			return u, err
		})
}

func readAccounts(ctx context.Context, q db.Queryer) ([]Account, error) {
	accounts, err := collect(ctx, q, "accounts", `SELECT id, login, name, unit, is_active FROM account`,
		func(rows *sql.Rows) (a Account, err error) {
			var active int64
			err = rows.Scan(&a.ID, &a.Login, &a.Name, &a.Unit, &active)
			a.Active = active != 0
			return a, err
		})
	if err != nil {
		return nil, err
	}
	type holding struct {
		account ticket.AccountID
		role    ticket.Role
	}
	holdings, err := collect(ctx, q, "roles", `SELECT account, role FROM account_role ORDER BY account, role`,
		func(rows *sql.Rows) (h holding, err error) { return h, rows.Scan(&h.account, &h.role) })
	roles := make(map[ticket.AccountID][]ticket.Role, len(accounts))
	for _, h := range holdings {
		roles[h.account] = append(roles[h.account], h.role)
	}
	for i := range accounts {
		accounts[i].Roles = roles[accounts[i].ID]
	}
	return accounts, err
}

func readCategories(ctx context.Context, q db.Queryer) ([]Category, error) {
	return collect(ctx, q, "categories", `SELECT code, parent, path, name, level, is_active FROM category`,
		func(rows *sql.Rows) (c Category, err error) {
			var active int64
			err = rows.Scan(&c.Code, &c.Parent, &c.Path, &c.Name, &c.Level, &active)
			c.Active = active != 0
			return c, err
		})
}

func readAreas(ctx context.Context, q db.Queryer) ([]Area, error) {
	return collect(ctx, q, "areas", `SELECT code, parent, name, level FROM area`,
		func(rows *sql.Rows) (a Area, err error) { return a, rows.Scan(&a.Code, &a.Parent, &a.Name, &a.Level) })
}

func readEntries(ctx context.Context, q db.Queryer) ([]Entry, error) {
	entries, err := collect(ctx, q, "catalogue", `SELECT id, category, area, lead_unit, legal_basis, valid_from, valid_to FROM catalogue`,
		func(rows *sql.Rows) (e Entry, err error) {
			return e, rows.Scan(&e.ID, &e.Category, &e.Area, &e.Lead, &e.LegalBasis, &e.ValidFrom, &e.ValidTo)
		})
	if err != nil {
		return nil, err
	}
	type helper struct {
		entry int64
		unit  ticket.UnitID
	}
	helpers, err := collect(ctx, q, "co-handlers", `SELECT entry, unit FROM catalogue_co ORDER BY entry, no`,
		func(rows *sql.Rows) (h helper, err error) { return h, rows.Scan(&h.entry, &h.unit) })
	units := make(map[int64][]ticket.UnitID)
	for _, h := range helpers {
		units[h.entry] = append(units[h.entry], h.unit)
	}
	for i := range entries {
		entries[i].CoHandlers = units[entries[i].ID]
	}
	return entries, err
}

func readLimits(ctx context.Context, q db.Queryer) ([]LimitRule, error) {
	return collect(ctx, q, "limits", `SELECT id, step, kind, category, urgency, channel, unit, duration, valid_from, valid_to FROM limit_rule`,
		func(rows *sql.Rows) (r LimitRule, err error) {
			return r, rows.Scan(&r.ID, &r.Step, &r.Kind, &r.Category, &r.Urgency, &r.Channel, &r.Unit, &r.Limit, &r.ValidFrom, &r.ValidTo)
		})
}

func readReplies(ctx context.Context, q db.Queryer) ([]ReplyRule, error) {
	return collect(ctx, q, "reply rules", `SELECT id, kind, category, unit, mode FROM reply_rule`,
		func(rows *sql.Rows) (r ReplyRule, err error) {
			return r, rows.Scan(&r.ID, &r.Kind, &r.Category, &r.Unit, &r.Mode)
		})
}

func readCodes(ctx context.Context, q db.Queryer) ([]Code, error) {
	return collect(ctx, q, "codes", `SELECT set_name, code, name, note, position, is_active FROM code`,
		func(rows *sql.Rows) (c Code, err error) {
			var active int64
			err = rows.Scan(&c.Set, &c.Code, &c.Name, &c.Note, &c.Order, &active)
			c.Active = active != 0
			return c, err
		})
}

func readSettings(ctx context.Context, q db.Queryer) (map[string]string, error) {
	type pair struct{ key, value string }
	pairs, err := collect(ctx, q, "settings", `SELECT key, value FROM setting`,
		func(rows *sql.Rows) (p pair, err error) { return p, rows.Scan(&p.key, &p.value) })
	settings := make(map[string]string, len(pairs))
	for _, p := range pairs {
		settings[p.key] = p.value
	}
	return settings, err
}

func readWindows(ctx context.Context, q db.Queryer) ([]worktime.Window, error) {
	return collect(ctx, q, "windows", `SELECT from_minute, to_minute FROM work_window ORDER BY from_minute`,
		func(rows *sql.Rows) (w worktime.Window, err error) { return w, rows.Scan(&w.From, &w.To) })
}

func readYears(ctx context.Context, q db.Queryer) (map[int]worktime.Year, error) {
	published, err := collect(ctx, q, "calendar years", `SELECT year FROM calendar_year`,
		func(rows *sql.Rows) (y int, err error) {
			err = rows.Scan(&y)
			return y, err
		})
	if err != nil {
		return nil, err
	}
	years := make(map[int]worktime.Year, len(published))
	for _, y := range published {
		years[y] = worktime.Year{Holidays: make(map[string]string), Workdays: make(map[string]string)}
	}
	type named struct {
		year      int
		day, name string
		working   int64
	}
	days, err := collect(ctx, q, "calendar days", `SELECT year, day, is_working, name FROM calendar_day`,
		func(rows *sql.Rows) (n named, err error) { return n, rows.Scan(&n.year, &n.day, &n.working, &n.name) })
	for _, n := range days {
		if n.working != 0 {
			years[n.year].Workdays[n.day] = n.name
		} else {
			years[n.year].Holidays[n.day] = n.name
		}
	}
	return years, err
}

// maxParameters is below what both engines take in one statement.
const maxParameters = 30_000

// insert writes rows in as few statements as the engines allow.
func insert(ctx context.Context, tx *db.Tx, table, columns string, rows [][]any) error {
	names := strings.Fields(columns)
	chunk := min(maxParameters/len(names), 1000)
	for len(rows) > 0 {
		n := min(chunk, len(rows))
		args := make([]any, 0, n*len(names))
		for _, row := range rows[:n] {
			args = append(args, row...)
		}
		if err := tx.Send(ctx, db.Insert(table, names, n), args...); err != nil {
			return fmt.Errorf("org: insert into %s: %w", table, err)
		}
		rows = rows[n:]
	}
	return nil
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
