package org

import (
	"fmt"
	"testing"

	"huiyin/internal/ticket"
)

// small is a city with two counties:
//
//	1 center ─┬─ 2 county center A1 ─┬─ 4 department
//	          │                      └─ 5 township A11
//	          ├─ 3 county center A2 ─── 6 department
//	          └─ 7 department of the city
func small() contents {
	unit := func(id, parent ticket.UnitID, path string, kind UnitKind, level Level, area string) Unit {
		name := fmt.Sprint("单位", id)
		return Unit{
			ID: id, Parent: parent, Path: path, Code: fmt.Sprint("u", id), Name: name, Short: name,
			Kind: kind, Level: level, Area: area, Active: true,
		}
	}
	account := func(id ticket.AccountID, login string, at ticket.UnitID, roles ...ticket.Role) Account {
		return Account{ID: id, Login: login, Name: "某人", Unit: at, Roles: roles, Active: true}
	}
	category := func(code, parent, path string, level int) Category {
		return Category{Code: code, Parent: parent, Path: path, Name: "类" + code, Level: level, Active: true}
	}
	return contents{
		Units: []Unit{
			unit(3, 1, "/1/3/", Center, CountyLevel, "a2"),
			unit(1, 0, "/1/", Center, CityLevel, "a"),
			unit(2, 1, "/1/2/", Center, CountyLevel, "a1"),
			unit(4, 2, "/1/2/4/", Department, CountyLevel, "a1"),
			unit(5, 2, "/1/2/5/", Township, TownshipLevel, "a11"),
			unit(6, 3, "/1/3/6/", Department, CountyLevel, "a2"),
			unit(7, 1, "/1/7/", Department, CityLevel, "a"),
		},
		Accounts: []Account{
			account(1, "agent", 1, ticket.Agent),
			account(2, "sysadmin", 1, ticket.SystemAdmin),
			account(3, "a1-dispatcher", 2, ticket.Dispatcher),
			account(4, "handler", 4, ticket.Handler),
		},
		Categories: []Category{
			category("x", "", "/x/", 1), category("xy", "x", "/x/xy/", 2), category("xyz", "xy", "/x/xy/xyz/", 3),
			category("w", "", "/w/", 1),
		},
		Areas: []Area{
			{Code: "a", Name: "市", Level: 1},
			{Code: "a1", Parent: "a", Name: "甲区", Level: 2},
			{Code: "a11", Parent: "a1", Name: "子镇", Level: 3},
			{Code: "a2", Parent: "a", Name: "乙区", Level: 2},
		},
	}
}

func must(t testing.TB, c contents) *Directory {
	t.Helper()
	d, err := build(c)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
