package app

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"huiyin/internal/audit"
	"huiyin/internal/casework"
	"huiyin/internal/db"
	"huiyin/internal/errs"
	"huiyin/internal/org"
	"huiyin/internal/text"
	"huiyin/internal/ticket"
	"huiyin/internal/worktime"
)

// ForeseeYear says what PutYear would do to the deadlines that run.
func (a *App) ForeseeYear(ctx context.Context, year int, y worktime.Year) (casework.Settling, error) {
	return a.Cases.Foresee(ctx, a.City.Current().Calendar().WithYear(year, y))
}

// PutYear puts in or replaces the notice of a year, and settles the provisional
// deadlines that it decides; the system administrator may. What was settled
// before stays as it is.
func (a *App) PutYear(ctx context.Context, by ticket.Actor, year int, y worktime.Year) (casework.Settling, error) {
	if err := may(by, ticket.SystemAdmin); err != nil {
		return casework.Settling{}, err
	}
	act := ofCity(by, "放假安排 "+strconv.Itoa(year))
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

// PutSheet carries out what the rows of a sheet change; the system
// administrator may. Deadlines that run stay as they are; accounts that are
// disabled are signed out. Errors: Invalid with a field for each row that is
// wrong, Denied.
func (a *App) PutSheet(ctx context.Context, by ticket.Actor, s org.Sheet, rows []org.Row) (edits []org.Edit, err error) {
	if err := may(by, ticket.SystemAdmin); err != nil {
		return nil, err
	}
	if edits, err = a.ForeseeSheet(ctx, s, rows); err != nil || len(edits) == 0 {
		return edits, err
	}
	act := ofCity(by, changesOf(s, edits))
	err = a.Cases.Administer(ctx, act, func(tx *db.Tx) error {
		city := a.City.Current()
		if edits, err = s.Put(ctx, tx, city, rows); err != nil || s.Name != org.AccountSheet {
			return err
		}
		return a.disabled(ctx, tx, city, by, edits)
	})
	return edits, err
}

// PutMap replaces the borders of areas by those of a GeoJSON file and returns
// how many there are; only a system administrator may. Errors: Invalid, Denied.
func (a *App) PutMap(ctx context.Context, by ticket.Actor, geojson []byte) (int, error) {
	if err := may(by, ticket.SystemAdmin); err != nil {
		return 0, err
	}
	outlines, err := org.ReadOutlines(geojson, a.City.Current().Areas())
	if err != nil {
		return 0, err
	}
	act := ofCity(by, fmt.Sprintf("outlines：%d 行", len(outlines)))
	return len(outlines), a.Cases.Administer(ctx, act, func(tx *db.Tx) error { return org.SetOutlines(ctx, tx, outlines) })
}

// ofCity is an act on the city's data, of an administrator or of the operator.
func ofCity(by ticket.Actor, detail string) audit.Act {
	if by.Account == 0 {
		detail = "命令行：" + detail
	}
	return audit.Act{Account: int64(by.Account), Unit: int64(by.Unit), Kind: audit.ActCity, Detail: detail}
}

// namedRows is how many rows the access log names one by one.
const namedRows = 20

func changesOf(s org.Sheet, edits []org.Edit) string {
	said := fmt.Sprintf("%s：%d 行", s.Name, len(edits))
	if s.Keys() == 0 {
		return said
	}
	var keys []string
	for _, e := range edits[:min(len(edits), namedRows)] {
		keys = append(keys, text.Limit(strings.Join(e.After[:s.Keys()], "/"), 64))
	}
	if len(edits) > namedRows {
		keys = append(keys, "…")
	}
	return said + "（" + strings.Join(keys, "、") + "）"
}

// disabled signs out the accounts that an import disables. As one by one, no
// administrator changes his own duties.
func (a *App) disabled(ctx context.Context, tx *db.Tx, before *org.Directory, by ticket.Actor, edits []org.Edit) error {
	for _, e := range edits {
		old, _ := before.AccountByLogin(e.After[0])
		switch {
		case old.ID == 0:
		case old.ID == by.Account:
			return errs.New(errs.Denied, "own_account", "不能变更自己的账号，请由另一位系统管理员办理")
		case old.Active && e.After[len(e.After)-1] == "false":
			if err := a.Sessions.EndAll(ctx, tx, int64(old.ID), a.Clock()); err != nil {
				return err
			}
		}
	}
	return nil
}
