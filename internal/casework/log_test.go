package casework_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiyin/internal/audit"
	"huiyin/internal/casework"
	"huiyin/internal/db"
	"huiyin/internal/db/dbtest"
	"huiyin/internal/errs"
	"huiyin/internal/requester"
	"huiyin/internal/ticket"
)

// holding is an account of a unit with one role.
func holding(account ticket.AccountID, unit ticket.UnitID, role ticket.Role) ticket.Actor {
	return ticket.Actor{Account: account, Unit: unit, Roles: []ticket.Role{role}}
}

// line is what a test compares of an access.
func line(a casework.Access) string { return fmt.Sprint(a.Account, " ", a.Kind, " ", a.Detail) }

func lines(list []casework.Access) []string {
	var out []string
	for _, a := range list {
		out = append(out, line(a))
	}
	return out
}

// TestAccesses: who opened a ticket is told to those who answer for it, and
// their own acts to everybody.
func TestAccesses(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		w := setup(t, d)
		tk := w.submit(t, "路灯")
		w.do(t, center, tk.ID, ticket.Accept{})
		w.do(t, center, tk.ID, ticket.Dispatch{Lead: county})
		opener := holding(60, center, ticket.Dispatcher)
		mustOpen(t, w, opener, tk.Number)
		w.wait(time.Minute)
		if _, err := w.Reveal(t.Context(), actor(county), tk.Number, requester.Phone, "回拨核实"); err != nil {
			t.Fatal(err)
		}
		w.wait(time.Minute)
		mustOpen(t, w, actor(county), tk.Number)
		all := []string{"2 open ", "2 reveal phone: 回拨核实", "60 open "}
		for name, tc := range map[string]struct {
			who  ticket.Actor
			want []string
			err  errs.Kind
		}{
			"supervisor":          {holding(61, center, ticket.Supervisor), all, ""},
			"head":                {holding(61, center, ticket.CenterHead), all, ""},
			"audit administrator": {holding(61, center, ticket.AuditAdmin), all, ""},
			"county supervisor":   {holding(61, county, ticket.Supervisor), all[:2], ""},
			"county audit":        {holding(61, county, ticket.AuditAdmin), nil, errs.NotFound},
			"own acts":            {opener, all[2:], ""},
			"no acts":             {holding(61, center, ticket.Reviewer), nil, ""},
			"cannot see it":       {holding(61, deptB, ticket.Supervisor), nil, errs.NotFound},
			"system admin":        {holding(61, center, ticket.SystemAdmin), nil, errs.NotFound},
		} {
			got, err := w.Accesses(t.Context(), tc.who, tk.Number)
			if tc.err != "" && !errs.Is(err, tc.err) || tc.err == "" && err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if diff := cmp.Diff(tc.want, lines(got)); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		}
	})
}

func mustOpen(t *testing.T, w *town, who ticket.Actor, number string) {
	t.Helper()
	if _, err := w.Open(t.Context(), who, number); err != nil {
		t.Fatal(err)
	}
}

// TestAccessLog holds every filter, page by page, against a look at the whole
// log.
func TestAccessLog(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		w := setup(t, d)
		a, b := w.submit(t, "路灯"), w.submit(t, "井盖")
		for i := range 12 {
			mustOpen(t, w, holding(ticket.AccountID(60+i%3), center, ticket.Dispatcher), []string{a.Number, b.Number}[i%2])
			if i%4 == 0 {
				if _, err := w.Repeats(t.Context(), actor(center), matter("").Person); err != nil {
					t.Fatal(err)
				}
			}
			w.wait(time.Duration(i%3) * 9 * time.Hour)
		}
		auditor := holding(70, center, ticket.AuditAdmin)
		all := logPages(t, w, auditor, casework.AccessFilter{Limit: 200})
		if len(all) != 15 || all[0].At < all[14].At || all[0].Number != b.Number {
			t.Fatalf("%d acts: %+v", len(all), all)
		}
		for name, f := range map[string]casework.AccessFilter{
			"all":              {},
			"account":          {Account: 61},
			"kind":             {Kind: audit.ActFind},
			"opening":          {Kind: audit.ActOpen},
			"days":             {From: "2026-03-03", To: "2026-03-04"},
			"account and kind": {Account: 1, Kind: audit.ActFind},
			"since":            {Kind: audit.ActOpen, Account: 60, From: "2026-03-03"},
		} {
			f.Limit = 2
			want := slices.DeleteFunc(slices.Clone(all), func(a casework.Access) bool {
				day := a.At.Time().In(time.FixedZone("", 8*3600)).Format(time.DateOnly)
				return f.Account != 0 && a.Account != f.Account || f.Kind != "" && a.Kind != f.Kind ||
					f.From != "" && day < f.From || f.To != "" && day > f.To
			})
			if diff := cmp.Diff(want, logPages(t, w, auditor, f)); diff != "" || len(want) < 2 {
				t.Errorf("%s: %d acts: %s", name, len(want), diff)
			}
		}
		own := logPages(t, w, holding(61, center, ticket.Dispatcher), casework.AccessFilter{})
		if len(own) != 4 || own[0].Account != 61 {
			t.Errorf("own acts: %+v", own)
		}
		for name, tc := range map[string]struct {
			who  ticket.Actor
			f    casework.AccessFilter
			want errs.Kind
		}{
			"another's":  {holding(61, center, ticket.Supervisor), casework.AccessFilter{Account: 60}, errs.Denied},
			"requester":  {ticket.TheRequester(), casework.AccessFilter{}, errs.Denied},
			"bad cursor": {auditor, casework.AccessFilter{Cursor: "x"}, errs.Invalid},
			"bad day":    {auditor, casework.AccessFilter{From: "2026-02-30"}, errs.Invalid},
			"too many":   {auditor, casework.AccessFilter{Limit: 201}, errs.Invalid},
		} {
			if _, err := w.AccessLog(t.Context(), tc.who, tc.f); !errs.Is(err, tc.want) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func logPages(t *testing.T, w *town, who ticket.Actor, f casework.AccessFilter) []casework.Access {
	t.Helper()
	var list []casework.Access
	for {
		p, err := w.AccessLog(t.Context(), who, f)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, p.Accesses...)
		if f.Cursor = p.Next; f.Cursor == "" {
			return list
		}
	}
}
