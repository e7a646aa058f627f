package demo

import (
	"context"
	"slices"

	"huiyin/internal/db"
	"huiyin/internal/errs"
	"huiyin/internal/org"
)

// Options of Fill.
type Options struct {
	ValidFrom string // first day of the dispatch catalogue, 2006-01-02; empty: it has always held
}

// Fill writes the demo city and the defaults of the house into an empty,
// migrated store, all of it or nothing. A store that holds the demo city
// already is left as it is; one that holds another city is a Conflict. It sets
// no passwords.
func Fill(ctx context.Context, d *db.DB, o Options) error {
	city, err := New()
	if err != nil {
		return err
	}
	for i := range city.Entries {
		city.Entries[i].ValidFrom = o.ValidFrom
	}
	return d.Update(ctx, func(tx *db.Tx) error {
		there, err := org.Load(ctx, tx)
		switch {
		case err != nil:
			return err
		case city.within(there):
			return nil
		case len(there.Units()) > 0 || len(there.Categories()) > 0 || len(there.LimitRules()) > 0:
			return errs.New(errs.Conflict, "store_in_use", "数据库中已有其他城市的数据，不能写入演示城市")
		}
		return city.write(ctx, tx)
	})
}

// within reports whether a store holds this city, by the codes of its units.
func (c *City) within(d *org.Directory) bool {
	return !slices.ContainsFunc(c.Units, func(u org.Unit) bool {
		have, ok := d.UnitByCode(u.Code)
		return !ok || have.ID != u.ID
	})
}

func (c *City) write(ctx context.Context, tx *db.Tx) error {
	for _, write := range []func() error{
		func() error { return org.Defaults(ctx, tx) },
		func() error { return org.InsertAreas(ctx, tx, c.Areas) },
		func() error { return org.SetOutlines(ctx, tx, c.Outlines) },
		func() error { return org.InsertUnits(ctx, tx, c.Units) },
		func() error { return org.InsertAccounts(ctx, tx, c.Accounts) },
		func() error { return org.InsertCategories(ctx, tx, c.Categories) },
		func() error { return org.InsertEntries(ctx, tx, c.Entries) },
	} {
		if err := write(); err != nil {
			return err
		}
	}
	return nil
}
