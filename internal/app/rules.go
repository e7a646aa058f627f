package app

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"huiyin/internal/audit"
	"huiyin/internal/casework"
	"huiyin/internal/db"
	"huiyin/internal/errs"
	"huiyin/internal/org"
	"huiyin/internal/worktime"
)

// ForeseeYear says what PutYear would do to the deadlines that run.
func (a *App) ForeseeYear(ctx context.Context, year int, y worktime.Year) (casework.Settling, error) {
	return a.Cases.Foresee(ctx, a.City.Current().Calendar().WithYear(year, y))
}

// PutYear puts in or replaces the notice of a year, and settles the provisional
// deadlines that it decides. What was settled before stays as it is.
func (a *App) PutYear(ctx context.Context, year int, y worktime.Year) (casework.Settling, error) {
	act := audit.Act{Kind: audit.ActCity, Detail: "放假安排 " + strconv.Itoa(year)}
	err := a.Cases.Administer(ctx, act, func(tx *db.Tx) error { return org.SetYear(ctx, tx, year, y) })
	if err != nil {
		return casework.Settling{}, err
	}
	n, err := a.Cases.Settle(ctx)
	if err != nil {
		err = errs.Wrap(err, errs.Unavailable, "not_settled", "放假安排已写入，但有工单的时限未能重算；请再次导入，或由运行中的服务在一小时内重算")
	}
	return n, err
}

// errForeseen takes back what was only tried.
var errForeseen = errors.New("only tried")

// ForeseeSheet says what PutSheet would change.
func (a *App) ForeseeSheet(ctx context.Context, s org.Sheet, rows []org.Row) (edits []org.Edit, err error) {
	err = a.Store.Update(ctx, func(tx *db.Tx) (err error) {
		if edits, err = s.Put(ctx, tx, a.City.Current(), rows); err == nil {
			err = errForeseen
		}
		return err
	})
	if errors.Is(err, errForeseen) {
		err = nil
	}
	return edits, err
}

// PutSheet carries out what the rows of a sheet change. Deadlines that run
// stay as they are.
func (a *App) PutSheet(ctx context.Context, s org.Sheet, rows []org.Row) (edits []org.Edit, err error) {
	if edits, err = a.ForeseeSheet(ctx, s, rows); err != nil || len(edits) == 0 {
		return edits, err
	}
	act := audit.Act{Kind: audit.ActCity, Detail: fmt.Sprintf("%s：%d 行", s.Name, len(edits))}
	err = a.Cases.Administer(ctx, act, func(tx *db.Tx) (err error) {
		edits, err = s.Put(ctx, tx, a.City.Current(), rows)
		return err
	})
	return edits, err
}
