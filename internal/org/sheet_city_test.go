package org_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiyin/internal/db"
	"huiyin/internal/db/dbtest"
	"huiyin/internal/errs"
	"huiyin/internal/org"
)

// citySheets are those of a city, in the order in which one is built.
func citySheets() []string { return []string{"areas", "categories", "units", org.AccountSheet} }

// A whole city comes in by its sheets, with the rows in any order and in the
// words of people, and is the same city then.
func TestWholeCityBySheets(t *testing.T) {
	t.Parallel()
	want := whole(t, dbtest.Open(t, db.SQLite)).Current()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		if err := d.Update(t.Context(), func(tx *db.Tx) error { return org.Defaults(t.Context(), tx) }); err != nil {
			t.Fatal(err)
		}
		live, err := org.NewLive(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		random := rand.New(rand.NewPCG(1, 2))
		for _, name := range citySheets() {
			s := sheetCalled(t, name)
			var cells [][]string
			for _, c := range s.Rows(want) {
				cells = append(cells, s.Labels(c))
			}
			random.Shuffle(len(cells), func(i, j int) { cells[i], cells[j] = cells[j], cells[i] })
			edits, err := put(t, live, name, rowsOf(cells...))
			if err != nil || len(edits) != len(cells) {
				t.Fatalf("%s: %d of %d, %v", name, len(edits), len(cells), err)
			}
			if again, err := put(t, live, name, rowsOf(cells...)); err != nil || len(again) > 0 {
				t.Errorf("%s again: %d, %v", name, len(again), err)
			}
			got, was := s.Rows(live.Current()), s.Rows(want)
			slices.SortFunc(got, slices.Compare)
			slices.SortFunc(was, slices.Compare)
			if diff := cmp.Diff(was, got); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		}
		root, _ := live.Current().Unit(live.Current().CityCenter())
		if u, _ := want.Unit(want.CityCenter()); root.Code != u.Code {
			t.Errorf("the city center is %+v", root)
		}
		for _, u := range live.Current().Units() {
			above, _ := live.Current().Unit(u.Parent)
			if !strings.HasPrefix(u.Path, above.Path) || u.Path == above.Path {
				t.Fatalf("%+v below %+v", u, above)
			}
		}
	})
}

// BenchmarkCityBySheets puts 1,341 units and 2,879 accounts into an empty
// store, and takes them back.
func BenchmarkCityBySheets(b *testing.B) {
	want := whole(b, dbtest.Open(b, db.SQLite)).Current()
	d := dbtest.Open(b, db.SQLite)
	live, err := org.NewLive(b.Context(), d)
	if err != nil {
		b.Fatal(err)
	}
	back := errors.New("taken back")
	for b.Loop() {
		err := d.Update(b.Context(), func(tx *db.Tx) error {
			city := live.Current()
			for _, name := range citySheets() {
				s, _ := org.SheetByName(name)
				if _, err := s.Put(b.Context(), tx, city, rowsOf(s.Rows(want)...)); err != nil {
					return err
				}
				if city, err = org.Load(b.Context(), tx); err != nil {
					return err
				}
			}
			return back
		})
		if !errors.Is(err, back) {
			b.Fatal(err)
		}
	}
}

func TestCitySheets(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		live := setup(t, d)
		edits, err := put(t, live, "units", rowsOf(
			[]string{"team", "squad", "一中队", "", "县级", "部门", "a1", ""}, // before what it belongs below
			[]string{"squad", "urban", "城管大队", "大队", "county", "Department", "", "是"},
		))
		if !errs.Is(err, errs.Invalid) {
			t.Fatalf("no short name, a kind in capitals: %v %v", edits, err)
		}
		edits, err = put(t, live, "units", rowsOf(
			[]string{"team", "squad", "一中队", "中队", "县级", "部门", "a1", ""},
			[]string{"squad", "urban", "城管大队", "大队", "county", "department", "", "是"},
			[]string{"urban", "center", "城市管理局", "城管", "市级", "部门", "a", "TRUE"},
			[]string{"center", "", "市中心", "中心", "市级", "智慧中心", "a", "1"}, // as it is
		))
		if err != nil || len(edits) != 3 {
			t.Fatalf("%v %v", edits, err)
		}
		team, _ := live.Current().UnitByCode("team")
		squad, _ := live.Current().UnitByCode("squad")
		if team.Parent != squad.ID || squad.Parent != 2 || !live.Current().IsUnder(team.ID, 2) || !team.Active {
			t.Errorf("%+v below %+v", team, squad)
		}
		if _, err = put(t, live, "accounts", rowsOf(
			[]string{"li", "李某", "team", "经办人；分管领导", "启用"},
			[]string{"wang", "王某", "center", "dispatcher reviewer", "停用"},
		)); err != nil {
			t.Fatal(err)
		}
		got := sheetCalled(t, "accounts").Rows(live.Current())
		want := [][]string{{"li", "李某", "team", "approver;handler", "true"}, {"wang", "王某", "center", "dispatcher;reviewer", "false"}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if edits, err = put(t, live, "accounts", rowsOf([]string{"li", "李某", "team", "审核员", "是"})); !errs.Is(err, errs.Invalid) {
			t.Errorf("a reviewer outside of a center: %v %v", edits, err)
		}
		if edits, err = put(t, live, "accounts", rowsOf([]string{"li", "李四", "urban", "handler，approver", "是"})); err != nil || len(edits) != 1 {
			t.Errorf("%v %v", edits, err)
		}
		if _, err = put(t, live, "categories", rowsOf([]string{"010201", "0102", "丁", ""}, []string{"0102", "01", "丙", "否"}, []string{"0101", "01", "乙二", ""})); err != nil {
			t.Fatal(err)
		}
		if c, _ := live.Current().Category("010201"); c.Level != 3 || c.Path != "/01/0102/010201/" || !c.Active {
			t.Errorf("%+v", c)
		}
		if edits, err := put(t, live, "areas", rowsOf([]string{"a12", "a1", "镇"}, []string{"a1", "a", "甲区"})); err != nil || len(edits) != 2 {
			t.Errorf("%v %v", edits, err)
		}
		if a, _ := live.Current().Area("a12"); a.Level != 3 {
			t.Errorf("%+v", a)
		}
	})
}

// All rows that are wrong are told at once, by their lines; none is written.
func TestCitySheetsRefuse(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		live := setup(t, d)
		if _, err := put(t, live, "accounts", rowsOf([]string{"li", "李某", "urban", "handler", ""})); err != nil {
			t.Fatal(err)
		}
		before := live.Current()
		for _, c := range []struct {
			sheet string
			rows  [][]string
			wrong []string
		}{
			{"units", [][]string{
				{"child", "moved", "子", "子", "city", "department", "", ""}, // right, but for what it is below
				{"urban", "", "城管局", "城管", "city", "department", "a", ""},
				{"moved", "nobody", "甲", "甲", "city", "department", "", "也许"},
				{"", "center", "乙", "乙", "city", "department", "", ""},
				{"orphan", "", "丙", "丙", "city", "department", "", ""},
				{"x", "y", "丁", "丁", "city", "department", "", ""},
				{"y", "x", "戊", "戊", "city", "department", "", ""},
				{"Big", "center", "己", "己", "top", "circus", "zz", ""},
				{"center", "", "市中心", "中心", "city", "center", "a", "停用"},
			}, []string{
				"第 3 行 parent", "第 4 行 active", "第 4 行 parent", "第 5 行 code", "第 6 行 parent", "第 7 行 parent", "第 9 行 code", "第 9 行 level",
				"第 9 行 kind", "第 9 行 area", "第 10 行 active",
			}},
			{"accounts", [][]string{
				{"a", "某", "nobody", "handler", ""},
				{"b", "某", "urban", "boss", ""},
				{"c", "某", "urban", "", ""},
				{"d", "某", "center", "system_admin;dispatcher", ""},
				{"e", "", "urban", "handler", "?"},
				{"f", "某", "urban", "handler", ""},
				{"f", "某", "urban", "approver", ""},
			}, []string{"第 2 行 unit", "第 3 行 roles", "第 4 行 roles", "第 5 行 roles", "第 6 行 name", "第 6 行 active", "第 8 行"}},
			{"categories", [][]string{{"0101", "", "乙", ""}, {"02", "9", "己", ""}, {"03", "", "", ""}}, []string{"第 2 行 parent", "第 3 行 parent", "第 4 行 name"}},
			{"areas", [][]string{{"a1", "", "区"}, {"b1", "b", "区"}}, []string{"第 2 行 parent", "第 3 行 parent"}},
		} {
			_, err := put(t, live, c.sheet, rowsOf(c.rows...))
			e, ok := errors.AsType[*errs.Error](err)
			if !ok {
				t.Fatalf("%s: %v", c.sheet, err)
			}
			var got []string
			for _, f := range e.Fields {
				got = append(got, f.Name)
			}
			if diff := cmp.Diff(c.wrong, got); diff != "" {
				t.Errorf("%s: %s\n%+v", c.sheet, diff, e.Fields)
			}
		}
		if err := live.Reload(t.Context()); err != nil || live.Current().Revision() != before.Revision() {
			t.Errorf("something was written: %v", err)
		}
	})
}

func TestSheetDays(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		live := setup(t, d)
		fresh := func(from, to string) []org.Row {
			return rowsOf([]string{"", "办理", "投诉", "01", "特急", "网站", "urban", "3wd", from, to})
		}
		if _, err := put(t, live, "limits", fresh("2026/1/1", "46387")); err != nil {
			t.Fatal(err)
		}
		rows := sheetCalled(t, "limits").Rows(live.Current())
		if got := strings.Join(rows[len(rows)-1][1:], ","); got != "handle,complaint,01,critical,website,urban,3wd,2026-01-01,2026-12-31" {
			t.Error(got)
		}
		if edits, err := put(t, live, "limits", fresh("2026年1月1日", "2026-12-31")); err != nil || len(edits) > 0 {
			t.Errorf("the same again: %v %v", edits, err)
		}
		if _, err := put(t, live, "limits", fresh("2026-13-01", "")); !errs.Is(err, errs.Invalid) {
			t.Errorf("month 13: %v", err)
		}
	})
}

// Columns and titles belong together, and no title names two columns.
func TestSheetTitles(t *testing.T) {
	t.Parallel()
	for _, s := range org.Sheets() {
		if len(s.Titles) != len(s.Columns) || s.Keys() > len(s.Columns) {
			t.Errorf("%s: %v, %v", s.Name, s.Columns, s.Titles)
		}
		for i, title := range s.Titles {
			if title == "" || slices.Contains(s.Titles[:i], title) || slices.Contains(s.Columns, title) {
				t.Errorf("%s: title %q", s.Name, title)
			}
		}
	}
}

func TestSimulate(t *testing.T) {
	t.Parallel()
	live := setup(t, dbtest.Open(t, db.SQLite))
	dir := live.Current()
	at := time.Date(2026, 2, 13, 10, 0, 0, 0, dir.Calendar().Location())
	facts := org.Facts{Kind: "complaint", Category: "0101", Urgency: "normal", Channel: "website", Unit: 2}
	find := func(list []org.Simulated, step string) org.Simulated {
		i := slices.IndexFunc(list, func(s org.Simulated) bool { return string(s.Step) == step })
		if i < 0 {
			t.Fatalf("no %s in %+v", step, list)
		}
		return list[i]
	}
	plain := dir.Simulate(facts, at)
	for _, s := range plain {
		rule, _ := dir.LimitRule(s.Step, facts, "2026-02-13")
		if s.Rule != rule || s.Limit.String() == "" || !s.Deadline.Due.After(at) || len(s.Deadline.Days) == 0 {
			t.Errorf("%+v, want %+v", s, rule)
		}
	}
	// The 14th is worked, then nine days of the festival.
	try := org.LimitRule{Step: "handle", Unit: 2, Limit: "2wd"}
	with := find(dir.Simulate(facts, at, try), "handle")
	if with.Rule != try || with.Deadline.Due.Format("01-02 15:04") != "02-24 17:30" || len(with.Deadline.Days) != 12 || with.Deadline.Provisional {
		t.Errorf("%+v", with)
	}
	edited := find(plain, "handle").Rule
	edited.Limit = "1h"
	if got := find(dir.Simulate(facts, at, edited), "handle"); got.Rule != edited || got.Deadline.Due.Sub(at) != time.Hour {
		t.Errorf("%+v", got)
	}
	edited.Limit = "soon"
	if diff := cmp.Diff(plain, dir.Simulate(facts, at, edited)); diff != "" || !errs.Is(dir.CheckLimit(edited), errs.Invalid) {
		t.Errorf("a rule that is wrong was tried: %s", diff)
	}
	if diff := cmp.Diff(plain, dir.Simulate(facts, at)); diff != "" {
		t.Errorf("trying changed the city: %s", diff)
	}
}

// Every setting is explained, and nothing else is.
func TestPolicySettings(t *testing.T) {
	t.Parallel()
	settings := org.DefaultPolicy().Settings()
	for _, s := range org.PolicySettings() {
		if _, ok := settings[s.Key]; !ok || s.Title == "" || s.Meaning == "" {
			t.Errorf("%+v", s)
		}
		delete(settings, s.Key)
	}
	if len(settings) > 0 {
		t.Errorf("not explained: %v", settings)
	}
}
