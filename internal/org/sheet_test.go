package org_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"huiyin/internal/db"
	"huiyin/internal/db/dbtest"
	"huiyin/internal/errs"
	"huiyin/internal/org"
	"huiyin/internal/ticket"
)

// rowsOf numbers rows as a file does whose first line is the header.
func rowsOf(cells ...[]string) []org.Row {
	rows := make([]org.Row, len(cells))
	for i, c := range cells {
		rows[i] = org.Row{Line: i + 2, Cells: c}
	}
	return rows
}

func sheetCalled(t *testing.T, name string) org.Sheet {
	t.Helper()
	s, ok := org.SheetByName(name)
	if !ok {
		t.Fatal(name)
	}
	return s
}

// put carries out a sheet and returns what it changed.
func put(t *testing.T, live *org.Live, name string, rows []org.Row) (edits []org.Edit, err error) {
	t.Helper()
	err = live.Change(t.Context(), func(tx *db.Tx) (err error) {
		edits, err = sheetCalled(t, name).Put(t.Context(), tx, live.Current(), rows)
		return err
	})
	return edits, err
}

// What a sheet shows can be put back, and changes nothing.
func TestSheetsRoundTrip(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		live := setup(t, d)
		if _, err := put(t, live, "catalogue", rowsOf([]string{"", "0101", "a1", "urban", "center", "某法", "2026-01-01", ""})); err != nil {
			t.Fatal(err)
		}
		if _, err := put(t, live, "replies", rowsOf([]string{"", "complaint", "", "urban", "review"})); err != nil {
			t.Fatal(err)
		}
		if _, err := put(t, live, "accounts", rowsOf([]string{"li", "李某", "urban", "handler", "true"})); err != nil {
			t.Fatal(err)
		}
		revision := live.Current().Revision()
		for _, s := range org.Sheets() {
			cells := s.Rows(live.Current())
			if len(cells) == 0 || slices.ContainsFunc(cells, func(c []string) bool { return len(c) != len(s.Columns) }) {
				t.Errorf("%s: %v", s.Name, cells)
			}
			edits, err := put(t, live, s.Name, rowsOf(cells...))
			if err != nil || len(edits) > 0 {
				t.Errorf("%s: %v, %v", s.Name, edits, err)
			}
		}
		if got := live.Current().Revision(); got != revision {
			t.Errorf("the revision moved from %d to %d", revision, got)
		}
	})
}

func TestSheets(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		live := setup(t, d)
		first := sheetCalled(t, "limits").Rows(live.Current())[0]
		changed := slices.Clone(first)
		changed[7] = "90wm"
		fresh := []string{"", "handle", "complaint", "01", "", "", "urban", "3wd", "2026-01-01", ""}
		edits, err := put(t, live, "limits", rowsOf(changed, fresh, sheetCalled(t, "limits").Rows(live.Current())[1]))
		if diff := cmp.Diff([]org.Edit{{Before: first, After: changed}, {After: fresh}}, edits); err != nil || diff != "" {
			t.Errorf("%v\n%s", err, diff)
		}
		facts := org.Facts{Kind: ticket.Complaint, Category: "0101", Unit: 2}
		for step, want := range map[ticket.Step]string{ticket.StepAccept: "90wm", ticket.StepHandle: "3wd"} {
			if got, _ := live.Current().Limit(step, facts, "2026-05-01"); got != want {
				t.Errorf("%s: %s, want %s", step, got, want)
			}
		}
		if again, err := put(t, live, "limits", rowsOf(fresh)); err != nil || len(again) != 0 {
			t.Errorf("a new row put in again: %v, %v", again, err)
		}
		for name, rows := range map[string][]org.Row{
			"policy":  rowsOf([]string{"max_redo", "5"}),
			"windows": rowsOf([]string{"9:00", "12:00"}, []string{"13:00", "24:00"}),
			"codes":   rowsOf([]string{org.ReturnReasons, "not_our_duty", "不归我管", "", "9", "TRUE"}),
		} {
			if edits, err := put(t, live, name, rows); err != nil || len(edits) != 1 {
				t.Errorf("%s: %v, %v", name, edits, err)
			}
		}
		dir := live.Current()
		if got := sheetCalled(t, "windows").Rows(dir); !cmp.Equal(got, [][]string{{"09:00", "12:00"}, {"13:00", "24:00"}}) {
			t.Errorf("windows %v", got)
		}
		if c, _ := dir.Code(org.ReturnReasons, "not_our_duty"); dir.Policy().RedoRounds != 5 || c.Name != "不归我管" || !c.Active {
			t.Errorf("%d, %+v", dir.Policy().RedoRounds, c)
		}
	})
}

// One row that is wrong, and nothing is written.
func TestSheetsRefuse(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		live := setup(t, d)
		before := live.Current()
		for _, c := range []struct {
			sheet string
			cells []string
			says  string
		}{
			{"policy", []string{"max_redo", "many"}, "第 2 行 max_redo"},
			{"policy", []string{"", "1"}, "第 2 行"},
			{"limits", []string{"999", "handle", "", "", "", "", "", "3wd", "", ""}, "第 2 行 id"},
			{"limits", []string{"x", "handle", "", "", "", "", "", "3wd", "", ""}, "第 2 行 id"},
			{"limits", []string{"", "handle", "", "", "", "", "nobody", "3wd", "", ""}, "第 2 行 unit"},
			{"limits", []string{"", "handle", "", "", "", "", "", "soon", "", ""}, "第 2 行 limit"},
			{"replies", []string{"", "", "", "", "later"}, "第 2 行 mode"},
			{"catalogue", []string{"", "0101", "", "", "", "", "", ""}, "第 2 行 lead"},
			{"catalogue", []string{"", "0101", "", "urban", "center;nobody", "", "", ""}, "第 2 行 co_handlers"},
			{"codes", []string{org.ReturnReasons, "x", "名", "", "first", "true"}, "第 2 行 order"},
			{"codes", []string{org.ReturnReasons, "x", "名", "", "1", "maybe"}, "第 2 行 active"},
			{"windows", []string{"8", "12:00"}, "from"},
			{"windows", []string{"12:00", "08:30"}, "表格办公时段须在"},
		} {
			good := sheetCalled(t, c.sheet).Rows(before)
			rows := rowsOf(c.cells)
			if c.sheet != "windows" && len(good) > 0 {
				change := slices.Clone(good[0])
				rows = append(rows, org.Row{Line: 3, Cells: change})
			}
			_, err := put(t, live, c.sheet, rows)
			e, ok := errors.AsType[*errs.Error](err)
			if !ok || !errs.Is(err, errs.Invalid) || !slices.ContainsFunc(e.Fields, func(f errs.Field) bool { return strings.HasPrefix(f.Name+f.Message, c.says) }) {
				t.Errorf("%s %v: %v %+v", c.sheet, c.cells, err, e)
			}
		}
		twice := sheetCalled(t, "limits").Rows(before)[0]
		if _, err := put(t, live, "limits", rowsOf(twice, twice)); !errs.Is(err, errs.Invalid) {
			t.Errorf("the same row twice: %v", err)
		}
		if err := live.Reload(t.Context()); err != nil || live.Current().Revision() != before.Revision() {
			t.Errorf("something was written: revision %d, then %d, %v", before.Revision(), live.Current().Revision(), err)
		}
	})
}
