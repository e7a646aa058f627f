package org

import (
	"context"
	"fmt"

	"huiyin/internal/db"
	"huiyin/internal/ticket"
)

// exec runs a statement that writes.
func exec(ctx context.Context, tx *db.Tx, what, statement string, args ...any) error {
	if _, err := tx.Exec(ctx, statement, args...); err != nil {
		return fmt.Errorf("org: %s: %w", what, err)
	}
	return nil
}

// next reads the id after the highest.
func next[T ~int64](ctx context.Context, tx *db.Tx, what, statement string) (T, error) {
	var id T
	if err := tx.QueryRow(ctx, statement).Scan(&id); err != nil {
		return 0, fmt.Errorf("org: next id of %s: %w", what, err)
	}
	return id, nil
}

func nextUnit(ctx context.Context, tx *db.Tx) (ticket.UnitID, error) {
	return next[ticket.UnitID](ctx, tx, "unit", `SELECT COALESCE(MAX(id), 0) + 1 FROM unit`)
}

func nextAccount(ctx context.Context, tx *db.Tx) (ticket.AccountID, error) {
	return next[ticket.AccountID](ctx, tx, "account", `SELECT COALESCE(MAX(id), 0) + 1 FROM account`)
}

func nextEntry(ctx context.Context, tx *db.Tx) (int64, error) {
	return next[int64](ctx, tx, "catalogue", `SELECT COALESCE(MAX(id), 0) + 1 FROM catalogue`)
}

func nextLimit(ctx context.Context, tx *db.Tx) (int64, error) {
	return next[int64](ctx, tx, "limit", `SELECT COALESCE(MAX(id), 0) + 1 FROM limit_rule`)
}

func nextReply(ctx context.Context, tx *db.Tx) (int64, error) {
	return next[int64](ctx, tx, "reply rule", `SELECT COALESCE(MAX(id), 0) + 1 FROM reply_rule`)
}

func putUnit(ctx context.Context, tx *db.Tx, u Unit) error {
	return exec(ctx, tx, "put unit", `INSERT INTO unit (id, parent, path, code, name, short, level, kind, area, is_active)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (id) DO UPDATE SET code = excluded.code, name = excluded.name, short = excluded.short,
			level = excluded.level, kind = excluded.kind, area = excluded.area, is_active = excluded.is_active`,
		int64(u.ID), int64(u.Parent), u.Path, u.Code, u.Name, u.Short, string(u.Level), string(u.Kind), u.Area, flag(u.Active))
}

func putAccount(ctx context.Context, tx *db.Tx, a Account) error {
	err := exec(ctx, tx, "put account", `INSERT INTO account (id, login, name, unit, is_active) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (id) DO UPDATE SET login = excluded.login, name = excluded.name, unit = excluded.unit, is_active = excluded.is_active`,
		int64(a.ID), a.Login, a.Name, int64(a.Unit), flag(a.Active))
	if err != nil {
		return err
	}
	if err := exec(ctx, tx, "drop roles", `DELETE FROM account_role WHERE account = $1`, int64(a.ID)); err != nil {
		return err
	}
	rows := make([][]any, len(a.Roles))
	for i, r := range a.Roles {
		rows[i] = []any{int64(a.ID), string(r)}
	}
	return insert(ctx, tx, "account_role", "account role", rows)
}

// keepCategory copies the version that is about to be replaced, if any.
func keepCategory(ctx context.Context, tx *db.Tx, code string) error {
	return exec(ctx, tx, "keep category", `INSERT INTO category_past (code, version, name, is_active)
		SELECT code, version, name, is_active FROM category WHERE code = $1`, code)
}

func putCategory(ctx context.Context, tx *db.Tx, c Category) error {
	return exec(ctx, tx, "put category", `INSERT INTO category (code, version, parent, path, name, level, is_active)
		VALUES ($1, 1, $2, $3, $4, $5, $6)
		ON CONFLICT (code) DO UPDATE SET version = category.version + 1, name = excluded.name, is_active = excluded.is_active`,
		c.Code, c.Parent, c.Path, c.Name, int64(c.Level), flag(c.Active))
}

func putArea(ctx context.Context, tx *db.Tx, a Area) error {
	return exec(ctx, tx, "put area", `INSERT INTO area (code, parent, name, level) VALUES ($1, $2, $3, $4)
		ON CONFLICT (code) DO UPDATE SET name = excluded.name`,
		a.Code, a.Parent, a.Name, int64(a.Level))
}

func putEntry(ctx context.Context, tx *db.Tx, e Entry) error {
	err := exec(ctx, tx, "put entry", `INSERT INTO catalogue (id, category, area, lead_unit, legal_basis, valid_from, valid_to)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (id) DO UPDATE SET category = excluded.category, area = excluded.area, lead_unit = excluded.lead_unit,
			legal_basis = excluded.legal_basis, valid_from = excluded.valid_from, valid_to = excluded.valid_to`,
		e.ID, e.Category, e.Area, int64(e.Lead), e.LegalBasis, e.ValidFrom, e.ValidTo)
	if err != nil {
		return err
	}
	if err := exec(ctx, tx, "drop co-handlers", `DELETE FROM catalogue_co WHERE entry = $1`, e.ID); err != nil {
		return err
	}
	rows := make([][]any, len(e.CoHandlers))
	for no, unit := range e.CoHandlers {
		rows[no] = []any{e.ID, int64(no), int64(unit)}
	}
	return insert(ctx, tx, "catalogue_co", "entry no unit", rows)
}

func putLimit(ctx context.Context, tx *db.Tx, r LimitRule) error {
	return exec(ctx, tx, "put limit", `INSERT INTO limit_rule (id, step, kind, category, urgency, channel, unit, duration, valid_from, valid_to)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (id) DO UPDATE SET step = excluded.step, kind = excluded.kind, category = excluded.category,
			urgency = excluded.urgency, channel = excluded.channel, unit = excluded.unit, duration = excluded.duration,
			valid_from = excluded.valid_from, valid_to = excluded.valid_to`,
		r.ID, string(r.Step), string(r.Kind), r.Category, string(r.Urgency), string(r.Channel), int64(r.Unit), r.Limit, r.ValidFrom, r.ValidTo)
}

func putReply(ctx context.Context, tx *db.Tx, r ReplyRule) error {
	return exec(ctx, tx, "put reply rule", `INSERT INTO reply_rule (id, kind, category, unit, mode) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, category = excluded.category, unit = excluded.unit, mode = excluded.mode`,
		r.ID, string(r.Kind), r.Category, int64(r.Unit), string(r.Mode))
}

func putCode(ctx context.Context, tx *db.Tx, c Code) error {
	return exec(ctx, tx, "put code", `INSERT INTO code (set_name, code, name, note, position, is_active) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (set_name, code) DO UPDATE SET name = excluded.name, note = excluded.note,
			position = excluded.position, is_active = excluded.is_active`,
		c.Set, c.Code, c.Name, c.Note, int64(c.Order), flag(c.Active))
}

func putSetting(ctx context.Context, tx *db.Tx, key, value string) error {
	return exec(ctx, tx, "put setting", `INSERT INTO setting (key, value) VALUES ($1, $2)
		ON CONFLICT (key) DO UPDATE SET value = excluded.value`, key, value)
}

func dropYear(ctx context.Context, tx *db.Tx, year int) error {
	if err := exec(ctx, tx, "drop days", `DELETE FROM calendar_day WHERE year = $1`, year); err != nil {
		return err
	}
	return exec(ctx, tx, "drop year", `DELETE FROM calendar_year WHERE year = $1`, year)
}

func dropWindows(ctx context.Context, tx *db.Tx) error {
	return exec(ctx, tx, "drop windows", `DELETE FROM work_window`)
}
