package intake

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"huiyin/internal/db"
	"huiyin/internal/db/dbtest"
	"huiyin/internal/org"
	"huiyin/internal/ticket"
	"huiyin/internal/worktime"
)

// The small city of the tests: a center, three departments, two counties with
// a center, a department and a township each.
const (
	cityCenter ticket.UnitID = iota + 1
	housing
	roads
	noise
	county1
	county2
	county1Env
	county2Env
	county1Town
)

func city(t testing.TB) *org.Directory {
	t.Helper()
	return fillCity(t, dbtest.Open(t, db.SQLite))
}

func fillCity(t testing.TB, d *db.DB) *org.Directory {
	t.Helper()
	err := d.Update(t.Context(), func(tx *db.Tx) error { return insertCity(t.Context(), tx) })
	if err != nil {
		t.Fatal(err)
	}
	dir, err := org.Load(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func insertCity(ctx context.Context, tx *db.Tx) error {
	var units []org.Unit
	unit := func(id, parent ticket.UnitID, level org.Level, kind org.UnitKind, area, name string) {
		path := fmt.Sprintf("/%d/", id)
		if i := slices.IndexFunc(units, func(u org.Unit) bool { return u.ID == parent }); i >= 0 {
			path = units[i].Path + fmt.Sprintf("%d/", id)
		}
		units = append(units, org.Unit{ID: id, Parent: parent, Path: path, Code: fmt.Sprintf("u%d", id), Name: name, Short: name, Level: level, Kind: kind, Area: area, Active: true})
	}
	unit(cityCenter, 0, org.CityLevel, org.Center, "", "市智慧中心")
	unit(housing, cityCenter, org.CityLevel, org.Department, "", "市住建局")
	unit(roads, cityCenter, org.CityLevel, org.Department, "", "市交通局")
	unit(noise, cityCenter, org.CityLevel, org.Department, "", "市环保局")
	unit(county1, cityCenter, org.CountyLevel, org.Center, "350102", "甲区智慧中心")
	unit(county2, cityCenter, org.CountyLevel, org.Center, "350103", "乙区智慧中心")
	unit(county1Env, county1, org.CountyLevel, org.Department, "350102", "甲区环保局")
	unit(county2Env, county2, org.CountyLevel, org.Department, "350103", "乙区环保局")
	unit(county1Town, county1, org.TownshipLevel, org.Township, "350102001", "甲区一街道")
	if err := org.InsertUnits(ctx, tx, units); err != nil {
		return err
	}
	var accounts []org.Account
	account := func(unit ticket.UnitID, roles ...ticket.Role) {
		id := ticket.AccountID(len(accounts) + 1)
		accounts = append(accounts, org.Account{ID: id, Login: fmt.Sprintf("a%d", id), Name: "某人", Unit: unit, Roles: roles, Active: true})
	}
	account(cityCenter, ticket.Agent)
	account(cityCenter, ticket.Agent)
	account(cityCenter, ticket.Dispatcher)
	account(cityCenter, ticket.Reviewer)
	account(cityCenter, ticket.FollowUpAgent)
	account(cityCenter, ticket.Supervisor, ticket.CenterHead)
	for _, u := range units[1:] {
		account(u.ID, ticket.Handler)
		account(u.ID, ticket.Approver)
	}
	if err := org.InsertAccounts(ctx, tx, accounts); err != nil {
		return err
	}
	err := org.InsertCategories(ctx, tx, []org.Category{
		{Code: "1", Path: "/1/", Name: "生态环境", Level: 1, Active: true},
		{Code: "11", Parent: "1", Path: "/1/11/", Name: "噪声污染", Level: 2, Active: true},
		{Code: "12", Parent: "1", Path: "/1/12/", Name: "大气污染", Level: 2, Active: true},
		{Code: "2", Path: "/2/", Name: "交通出行", Level: 1, Active: true},
		{Code: "21", Parent: "2", Path: "/2/21/", Name: "公共汽车", Level: 2, Active: true},
		{Code: "3", Path: "/3/", Name: "住房物业", Level: 1, Active: true},
		{Code: "31", Parent: "3", Path: "/3/31/", Name: "物业服务", Level: 2, Active: true},
		{Code: "9", Path: "/9/", Name: "其他", Level: 1, Active: true},
	})
	if err != nil {
		return err
	}
	err = org.InsertAreas(ctx, tx, []org.Area{
		{Code: "3501", Name: "某市", Level: 1},
		{Code: "350102", Parent: "3501", Name: "甲区", Level: 2},
		{Code: "350103", Parent: "3501", Name: "乙区", Level: 2},
		{Code: "350102001", Parent: "350102", Name: "一街道", Level: 3},
	})
	if err != nil {
		return err
	}
	err = org.InsertEntries(ctx, tx, []org.Entry{
		{ID: 1, Category: "1", Lead: noise, CoHandlers: []ticket.UnitID{housing}},
		{ID: 2, Category: "1", Area: "350102", Lead: county1Env},
		{ID: 3, Category: "1", Area: "350103", Lead: county2Env},
		{ID: 4, Category: "2", Lead: roads, CoHandlers: []ticket.UnitID{noise}},
		{ID: 5, Category: "31", Lead: housing},
	})
	if err != nil {
		return err
	}
	return org.Defaults(ctx, tx)
}

// rules is the city as the core sees it.
type rules struct{ *org.Directory }

func (r rules) Limit(t *ticket.Ticket, step ticket.Step, unit ticket.UnitID) string {
	limit, _ := r.Directory.Limit(step, org.Facts{Kind: t.Kind, Category: t.Category, Urgency: t.Urgency, Channel: t.Channel, Unit: unit}, "")
	return limit
}

func (r rules) ReviewFirst(t *ticket.Ticket, lead ticket.UnitID) bool {
	return r.ReplyMode(t.Kind, t.Category, lead) == org.ReviewFirst
}

func (r rules) Active(id ticket.UnitID) bool {
	u, ok := r.Unit(id)
	return ok && u.Active
}

func (r rules) Below(unit, above ticket.UnitID) bool { return unit != above && r.IsUnder(unit, above) }

func (r rules) Known(set, code string) bool {
	switch set {
	case "kind":
		return r.Policy().KindOn(ticket.Kind(code))
	case "channel":
		return r.Policy().ChannelOn(ticket.Channel(code))
	case "category":
		_, ok := r.Category(code)
		return ok
	case "area":
		_, ok := r.Area(code)
		return ok
	}
	_, ok := r.Code(set, code)
	return ok
}

// full is the whole calendar, as casework gives it to the core.
type full struct {
	days
	how worktime.Counting
}

func (f full) Due(from ticket.Instant, limit string) (ticket.Instant, bool) {
	l, err := worktime.ParseLimit(limit)
	if err != nil {
		panic(fmt.Sprintf("limit %q: %v", limit, err))
	}
	due, provisional := f.Calendar.Due(from.Time(), l, f.how)
	return ticket.At(due), provisional
}

func (f full) Shift(due, paused, resumed ticket.Instant, limit string) (ticket.Instant, bool) {
	l, _ := worktime.ParseLimit(limit)
	at, provisional := f.Calendar.Shift(due.Time(), paused.Time(), resumed.Time(), l.Unit, f.how)
	return ticket.At(at), provisional
}

func (f full) Day(at ticket.Instant) string {
	return at.Time().In(f.Location()).Format(time.DateOnly)
}

func env(dir *org.Directory, actor ticket.Actor, now time.Time) ticket.Env {
	return ticket.Env{
		Now: ticket.At(now), Actor: actor, Salt: []byte("salt"), Policy: dir.Policy().Ticket(),
		Calendar: full{days{dir.Calendar()}, dir.Policy().Counting()}, City: rules{dir},
	}
}
