package casework_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"huiyin/internal/casework"
	"huiyin/internal/crypt"
	"huiyin/internal/db"
	"huiyin/internal/org"
	"huiyin/internal/requester"
	"huiyin/internal/search"
	"huiyin/internal/ticket"
)

// The units of the small city.
const (
	center ticket.UnitID = iota + 1
	county
	countyDept
	township
	deptA
	deptB
)

var unitsBelow = []ticket.UnitID{county, countyDept, township, deptA, deptB}

// town is a store with a small city and a clock that the test moves.
type town struct {
	*casework.Service
	db   *db.DB
	live *org.Live
	mu   sync.Mutex
	now  time.Time
}

func (w *town) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *town) wait(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func setup(t testing.TB, d *db.DB) *town {
	t.Helper()
	ctx := t.Context()
	err := d.Update(ctx, func(tx *db.Tx) error {
		if err := org.Defaults(ctx, tx); err != nil {
			return err
		}
		if err := org.InsertAreas(ctx, tx, []org.Area{
			{Code: "3501", Name: "示范市", Level: 1},
			{Code: "350102", Parent: "3501", Name: "甲区", Level: 2},
			{Code: "350102001", Parent: "350102", Name: "东街街道", Level: 3},
			{Code: "350103", Parent: "3501", Name: "乙区", Level: 2},
			{Code: "350103001", Parent: "350103", Name: "西街街道", Level: 3},
		}); err != nil {
			return err
		}
		if err := org.InsertUnits(ctx, tx, smallCity()); err != nil {
			return err
		}
		if err := org.InsertCategories(ctx, tx, []org.Category{{Code: "c1", Path: "/c1/", Name: "市政", Level: 1, Active: true}, {Code: "c1-1", Parent: "c1", Path: "/c1/c1-1/", Name: "路灯", Level: 2, Active: true}}); err != nil {
			return err
		}
		return org.InsertAccounts(ctx, tx, staff())
	})
	if err != nil {
		t.Fatal(err)
	}
	live, err := org.NewLive(ctx, d)
	if err != nil {
		t.Fatal(err)
	}
	w := &town{db: d, live: live, now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.FixedZone("", 8*3600))}
	w.Service = casework.New(casework.Config{DB: d, City: live, Keys: crypt.Ephemeral(), Index: search.New(d.Engine()), Clock: w.clock})
	return w
}

func smallCity() []org.Unit {
	unit := func(id, parent ticket.UnitID, path, name string, level org.Level, kind org.UnitKind) org.Unit {
		return org.Unit{ID: id, Parent: parent, Path: path, Code: fmt.Sprint("u", id), Name: name, Short: name, Level: level, Kind: kind, Active: true}
	}
	units := []org.Unit{
		unit(center, 0, "/1/", "市智慧中心", org.CityLevel, org.Center),
		unit(county, center, "/1/2/", "甲区智慧中心", org.CountyLevel, org.Center),
		unit(countyDept, county, "/1/2/3/", "甲区城管局", org.CountyLevel, org.Department),
		unit(township, county, "/1/2/4/", "甲区东街街道", org.TownshipLevel, org.Township),
		unit(deptA, center, "/1/5/", "市城管局", org.CityLevel, org.Department),
		unit(deptB, center, "/1/6/", "市交通局", org.CityLevel, org.Department),
	}
	units[county-1].Area = "350102"
	return units
}

// staff is one account a unit with all that a unit does, and one at the center
// with all that a center does.
func staff() []org.Account {
	accounts := []org.Account{{
		ID: 1, Login: "center", Name: "中心", Unit: center, Active: true,
		Roles: []ticket.Role{ticket.Agent, ticket.Dispatcher, ticket.Reviewer, ticket.FollowUpAgent, ticket.Supervisor, ticket.CenterHead},
	}}
	for _, u := range unitsBelow {
		accounts = append(accounts, org.Account{
			ID: ticket.AccountID(u), Login: fmt.Sprint("unit", u), Name: "单位", Unit: u, Active: true,
			Roles: []ticket.Role{ticket.Handler, ticket.Approver, ticket.Dispatcher},
		})
	}
	return accounts
}

func actor(unit ticket.UnitID) ticket.Actor {
	if unit == 0 {
		return ticket.TheRequester()
	}
	return staff()[unit-1].Actor()
}

func matter(title string) casework.Matter {
	return casework.Matter{
		Kind: ticket.Help, Channel: ticket.Phone, Category: "c1-1", Area: "350102", Title: title, Body: title + "，请尽快处理。", MayPublish: true,
		Person: requester.Person{Kind: requester.Individual, Name: "欧阳小明", Phone: "13800001234"},
	}
}

func (w *town) submit(t testing.TB, title string) ticket.Ticket {
	t.Helper()
	r, err := w.Submit(t.Context(), actor(center), matter(title), "")
	if err != nil {
		t.Fatal(err)
	}
	return r.Ticket
}

func (w *town) do(t testing.TB, unit ticket.UnitID, id int64, cmd ticket.Command) ticket.Ticket {
	t.Helper()
	tk, err := w.Do(t.Context(), actor(unit), id, cmd, casework.Options{})
	if err != nil {
		t.Fatalf("%s: %v", cmd.Name(), err)
	}
	return tk
}

// toReplied drives a ticket through the loop up to its reply by deptA.
// rule changes a setting of the city.
func (w *town) rule(t testing.TB, key, value string) {
	t.Helper()
	if err := w.db.Update(t.Context(), func(tx *db.Tx) error { return org.SetSetting(t.Context(), tx, key, value) }); err != nil {
		t.Fatal(err)
	}
	if err := w.live.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (w *town) toReplied(t testing.TB, id int64) {
	t.Helper()
	w.do(t, center, id, ticket.Accept{})
	w.do(t, center, id, ticket.Dispatch{Lead: deptA})
	w.do(t, deptA, id, ticket.Sign{})
	w.do(t, deptA, id, ticket.Draft{Text: "已修好。", Solved: "solved"})
	w.do(t, deptA, id, ticket.SignOff{})
}
