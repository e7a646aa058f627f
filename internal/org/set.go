package org

import (
	"context"
	"fmt"

	"huiyin/internal/db"
	"huiyin/internal/errs"
	"huiyin/internal/ticket"
	"huiyin/internal/worktime"
)

// The Set functions are an administrator's: each checks one thing against the
// snapshot that the administrator sees, writes it, and moves the revision, in
// the transaction it is given. An id of zero asks for a new one. What they
// refuse is Invalid.

// Bump moves the revision. It comes first in a change: on PostgreSQL its row
// lock makes changes wait for one another, so that new ids are not given
// twice.
func Bump(ctx context.Context, tx *db.Tx) error {
	if _, err := tx.Exec(ctx, `UPDATE directory SET revision = revision + 1 WHERE id = 1`); err != nil {
		return fmt.Errorf("org: bump: %w", err)
	}
	return nil
}

// change is the frame of every Set function: check, bump, write.
func change(ctx context.Context, tx *db.Tx, wrong []errs.Field, write func() error) error {
	if err := invalid(wrong); err != nil {
		return err
	}
	if err := Bump(ctx, tx); err != nil {
		return err
	}
	return write()
}

// invalid is an error with fields, if there are any.
func invalid(wrong []errs.Field) error {
	if len(wrong) == 0 {
		return nil
	}
	return &errs.Error{Kind: errs.Invalid, Code: "invalid_directory", Message: wrong[0].Message, Fields: wrong}
}

// SetUnit writes one unit and returns it with its id and path. A unit that
// exists keeps its parent: moving a part of the tree would change who sees
// which old ticket.
func SetUnit(ctx context.Context, tx *db.Tx, d *Directory, u Unit) (Unit, error) {
	err := change(ctx, tx, d.checkUnit(u), func() (err error) {
		if u.ID == 0 {
			if u.ID, err = nextUnit(ctx, tx); err != nil {
				return err
			}
		}
		above, _ := d.Unit(u.Parent)
		u.Path = childPath(above.Path, u.ID)
		return putUnit(ctx, tx, u)
	})
	return u, err
}

// childPath is the path of a unit under one with the path above, which is
// empty for the root.
func childPath(above string, id ticket.UnitID) string {
	if above == "" {
		above = "/"
	}
	return fmt.Sprintf("%s%d/", above, id)
}

// SetAccount writes one account and its roles.
func SetAccount(ctx context.Context, tx *db.Tx, d *Directory, a Account) (Account, error) {
	err := change(ctx, tx, d.checkAccount(a), func() (err error) {
		if a.ID == 0 {
			if a.ID, err = nextAccount(ctx, tx); err != nil {
				return err
			}
		}
		return putAccount(ctx, tx, a)
	})
	return a, err
}

// SetCategory writes one category. The name that it had is kept as a past
// version; a category that exists keeps its parent.
func SetCategory(ctx context.Context, tx *db.Tx, d *Directory, c Category) (Category, error) {
	above, _ := d.Category(c.Parent)
	c.Level, c.Path = above.Level+1, categoryPath(above.Path, c.Code)
	err := change(ctx, tx, d.checkCategory(c), func() error {
		if err := keepCategory(ctx, tx, c.Code); err != nil {
			return err
		}
		return putCategory(ctx, tx, c)
	})
	return c, err
}

// categoryPath is the path of a category under one with the path above, which
// is empty for the top.
func categoryPath(above, code string) string {
	if above == "" {
		above = "/"
	}
	return above + code + "/"
}

// SetEntry writes one line of the dispatch catalogue.
func SetEntry(ctx context.Context, tx *db.Tx, d *Directory, e Entry) (Entry, error) {
	err := change(ctx, tx, d.checkEntry(e), func() (err error) {
		if e.ID == 0 {
			if e.ID, err = nextEntry(ctx, tx); err != nil {
				return err
			}
		}
		return putEntry(ctx, tx, e)
	})
	return e, err
}

// SetLimit writes one limit.
func SetLimit(ctx context.Context, tx *db.Tx, d *Directory, r LimitRule) (LimitRule, error) {
	err := change(ctx, tx, d.checkLimit(r), func() (err error) {
		if r.ID == 0 {
			if r.ID, err = nextLimit(ctx, tx); err != nil {
				return err
			}
		}
		return putLimit(ctx, tx, r)
	})
	return r, err
}

// SetReplyRule writes one rule on how replies go out.
func SetReplyRule(ctx context.Context, tx *db.Tx, d *Directory, r ReplyRule) (ReplyRule, error) {
	err := change(ctx, tx, d.checkReply(r), func() (err error) {
		if r.ID == 0 {
			if r.ID, err = nextReply(ctx, tx); err != nil {
				return err
			}
		}
		return putReply(ctx, tx, r)
	})
	return r, err
}

// SetCode writes one entry of a code table.
func SetCode(ctx context.Context, tx *db.Tx, c Code) error {
	return change(ctx, tx, checkCode(c), func() error { return putCode(ctx, tx, c) })
}

// SetSetting writes one setting of the Policy, by its key.
func SetSetting(ctx context.Context, tx *db.Tx, key, value string) error {
	var scratch Policy
	if err := scratch.set(key, value); err != nil {
		return err
	}
	return change(ctx, tx, nil, func() error { return putSetting(ctx, tx, key, value) })
}

// SetYear puts in or replaces the notice of one year.
func SetYear(ctx context.Context, tx *db.Tx, year int, y worktime.Year) error {
	if err := y.Check(year); err != nil {
		return err
	}
	return change(ctx, tx, nil, func() error {
		if err := dropYear(ctx, tx, year); err != nil {
			return err
		}
		return insertYears(ctx, tx, map[int]worktime.Year{year: y})
	})
}

// SetWindows replaces the hours of business.
func SetWindows(ctx context.Context, tx *db.Tx, windows []worktime.Window) error {
	if _, err := calendarOf(windows, nil); err != nil {
		return err
	}
	return change(ctx, tx, nil, func() error {
		if err := dropWindows(ctx, tx); err != nil {
			return err
		}
		return insertWindows(ctx, tx, windows)
	})
}
