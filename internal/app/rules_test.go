package app

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"huiyin/internal/errs"
	"huiyin/internal/org"
	"huiyin/internal/ticket"
	"huiyin/internal/worktime"
)

func sheetRows(cells ...[]string) []org.Row {
	rows := make([]org.Row, len(cells))
	for i, c := range cells {
		rows[i] = org.Row{Line: i + 2, Cells: c}
	}
	return rows
}

// Only the system administrator changes the city; the log says who did and
// which rows.
func TestPutSheet(t *testing.T) {
	t.Parallel()
	houses(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		units, _ := org.SheetByName("units")
		center, _ := h.City.Current().Unit(1)
		rows := sheetRows(
			[]string{"team", "squad", "中队", "中队", "city", "department", "", ""},
			[]string{"squad", center.Code, "大队", "大队", "city", "department", "", ""},
		)
		for _, login := range []string{"agent", "security", "audit"} {
			_, err := h.PutSheet(ctx, h.actor(login), units, rows)
			refused(t, login, err, errs.Denied, "not_administrator")
			_, err = h.PutYear(ctx, h.actor(login), 2040, worktime.Year{})
			refused(t, login, err, errs.Denied, "not_administrator")
		}
		revision := h.City.Current().Revision()
		foreseen, err := h.ForeseeSheet(ctx, units, rows)
		if err != nil || len(foreseen) != 2 || h.City.Current().Revision() != revision {
			t.Fatalf("%v, %v", foreseen, err)
		}
		edits, err := h.PutSheet(ctx, h.actor("system"), units, rows)
		if diff := cmp.Diff(foreseen, edits); err != nil || diff != "" {
			t.Errorf("%v %s", err, diff)
		}
		if _, err := h.PutYear(ctx, h.actor("system"), 2040, worktime.Year{Holidays: map[string]string{"2040-01-01": "元旦"}}); err != nil {
			t.Error(err)
		}
		want := []string{"city: units：2 行（squad、team）", "city: 放假安排 2040"}
		if diff := cmp.Diff(want, h.acts(t, "system")); diff != "" {
			t.Error(diff)
		}
		if edits, err := h.PutSheet(ctx, ticket.Actor{}, units, rows); err != nil || len(edits) > 0 {
			t.Errorf("again: %v, %v", edits, err)
		}
	})
}

// An import of accounts is bound as one account at a time is.
func TestPutAccountsAsSheet(t *testing.T) {
	t.Parallel()
	houses(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		sheet, _ := org.SheetByName(org.AccountSheet)
		center, _ := h.City.Current().Unit(1)
		_, session := h.enrol(t, "agent")
		h.lives(t, h.App, "agent", session)
		_, err := h.PutSheet(ctx, h.actor("system"), sheet, sheetRows(
			[]string{"fresh", "新人", center.Code, "坐席", ""},
			[]string{"system", "system", center.Code, "中心负责人", ""},
		))
		refused(t, "an administrator makes himself head", err, errs.Denied, "own_account")
		if _, ok := h.City.Current().AccountByLogin("fresh"); ok {
			t.Error("half of a refused sheet was written")
		}
		if _, err := h.PutSheet(ctx, h.actor("system"), sheet, sheetRows(
			[]string{"fresh", "新人", center.Code, "坐席", ""},
			[]string{"agent", "agent", center.Code, "agent", "停用"},
		)); err != nil {
			t.Fatal(err)
		}
		if _, err := h.PutSheet(ctx, h.actor("system"), sheet, sheetRows([]string{"agent", "agent", center.Code, "agent", "启用"})); err != nil {
			t.Fatal(err)
		}
		h.over(t, h.App, "of an account that was disabled", session)
		if acts := strings.Join(h.acts(t, "system"), "\n"); !strings.Contains(acts, "accounts：2 行（fresh、agent）") {
			t.Error(acts)
		}
	})
}
