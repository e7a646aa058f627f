package org

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"huiyin/internal/errs"
	"huiyin/internal/ticket"
	"huiyin/internal/worktime"
)

func TestTree(t *testing.T) {
	t.Parallel()
	d := must(t, small())
	if d.CityCenter() != 1 {
		t.Errorf("city center = %d", d.CityCenter())
	}
	for unit, center := range map[ticket.UnitID]ticket.UnitID{1: 1, 2: 2, 3: 3, 4: 2, 5: 2, 6: 3, 7: 1, 99: 0} {
		if got := d.CenterOf(unit); got != center {
			t.Errorf("CenterOf(%d) = %d, want %d", unit, got, center)
		}
	}
	under := func(id, ancestor ticket.UnitID, want bool) {
		if got := d.IsUnder(id, ancestor); got != want {
			t.Errorf("IsUnder(%d, %d) = %v", id, ancestor, got)
		}
	}
	under(4, 4, true)
	under(4, 2, true)
	under(4, 1, true)
	under(4, 3, false)
	under(2, 4, false)
	under(99, 1, false)
	var children []ticket.UnitID
	for _, u := range d.Children(1) {
		children = append(children, u.ID)
	}
	if diff := cmp.Diff([]ticket.UnitID{2, 3, 7}, children); diff != "" {
		t.Error(diff)
	}
	if !d.AreaWithin("a11", "a1") || !d.AreaWithin("a11", "a") || d.AreaWithin("a11", "a2") || d.AreaWithin("", "a") {
		t.Error("AreaWithin")
	}
	if !d.CategoryWithin("xyz", "x") || d.CategoryWithin("x", "xyz") || d.CategoryWithin("w", "x") {
		t.Error("CategoryWithin")
	}
	if diff := cmp.Diff([]string{"类x", "类xy", "类xyz"}, d.CategoryNames("xyz")); diff != "" {
		t.Error(diff)
	}
}

func TestPaths(t *testing.T) {
	t.Parallel()
	// /1/2/ and /1/20/ share their first characters; a range keeps them apart.
	from, to := PathRange("/1/2/")
	for path, want := range map[string]bool{"/1/2/": true, "/1/2/4/": true, "/1/20/": false, "/1/3/": false, "/1/": false, "/1/1/": false} {
		if got := from <= path && path < to; got != want {
			t.Errorf("%s in [%s, %s) = %v", path, from, to, got)
		}
	}
}

func TestScope(t *testing.T) {
	t.Parallel()
	c := small()
	c.Accounts = append(c.Accounts,
		Account{ID: 5, Login: "editor", Unit: 1, Roles: []ticket.Role{ticket.KnowledgeEditor}, Active: true},
		Account{ID: 6, Login: "gone", Unit: 1, Roles: []ticket.Role{ticket.Agent}})
	d := must(t, c)
	for login, want := range map[string]Scope{
		"agent": {All: true}, "sysadmin": {}, "editor": {}, "gone": {},
		"a1-dispatcher": {Path: "/1/2/"}, "handler": {Path: "/1/2/4/"},
	} {
		a, _ := d.AccountByLogin(login)
		if diff := cmp.Diff(want, d.ScopeOf(a)); diff != "" {
			t.Errorf("%s: %s", login, diff)
		}
	}
	where := func(s Scope, want string, args ...any) {
		got, gotArgs := s.Where("u.path", 3)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(args, gotArgs); diff != "" {
			t.Error(diff)
		}
	}
	where(Scope{}, "1 = 0")
	where(Scope{All: true}, "1 = 1")
	where(Scope{Path: "/1/2/"}, "(u.path >= $3 AND u.path < $4)", "/1/2/", "/1/20")
	if (Scope{}).Covers("/1/") || !(Scope{Path: "/1/2/"}).Covers("/1/2/5/") {
		t.Error("Covers or Nothing")
	}
}

func TestPolicyRoundTrip(t *testing.T) {
	t.Parallel()
	p := DefaultPolicy()
	p.RedoRounds, p.SameDay, p.Kinds = 7, true, []ticket.Kind{ticket.Inquiry, ticket.Report}
	got, err := policyOf(p.Settings())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(p, got); diff != "" {
		t.Error(diff)
	}
	for key, value := range map[string]string{
		"max_redo": "-1", "yellow_card_wd": "soon", "count_same_day": "perhaps", "kinds": "", "channels": "phone,pigeon", "colour": "red",
	} {
		if _, err := policyOf(map[string]string{key: value}); !errs.Is(err, errs.Invalid) {
			t.Errorf("%s = %q: %v", key, value, err)
		}
	}
}

// The defaults are those of the rules of the house §4.
func TestDefaultLimits(t *testing.T) {
	t.Parallel()
	c := small()
	c.Limits, c.Codes = DefaultLimits(), DefaultCodes()
	d := must(t, c)
	for _, r := range d.LimitRules() {
		if wrong := d.checkLimit(r); wrong != nil {
			t.Errorf("rule %d: %v", r.ID, wrong)
		}
	}
	for _, step := range ticket.Steps {
		if _, ok := d.Limit(step, Facts{Kind: ticket.Help}, "2026-01-01"); !ok && step != ticket.StepSuspend {
			t.Errorf("%s has no limit", step)
		}
	}
	limit := func(step ticket.Step, f Facts, want string) {
		if got, _ := d.Limit(step, f, "2026-01-01"); got != want {
			t.Errorf("%s %+v = %s, want %s", step, f, got, want)
		}
	}
	limit(ticket.StepAccept, Facts{}, "60wm")
	limit(ticket.StepAccept, Facts{Urgency: ticket.Urgent}, "15m")
	limit(ticket.StepDispatch, Facts{Urgency: ticket.Critical}, "5m")
	limit(ticket.StepSign, Facts{Urgency: ticket.Urgent, Unit: 4}, "2h")
	limit(ticket.StepHandle, Facts{Kind: ticket.Inquiry, Unit: 4}, "2wd")
	limit(ticket.StepHandle, Facts{Kind: ticket.Suggestion, Urgency: ticket.Normal}, "10wd")
	limit(ticket.StepOverall, Facts{Kind: ticket.Complaint, Urgency: ticket.Urgent}, "24h")
	limit(ticket.StepHandle, Facts{Kind: ticket.Suggestion, Urgency: ticket.Critical}, "2h")
	for _, code := range d.AllCodes() {
		if wrong := checkCode(code); wrong != nil {
			t.Errorf("%s/%s: %v", code.Set, code.Code, wrong)
		}
	}
	for _, code := range d.Codes(RejectReasons) {
		if code.Note == "" {
			t.Errorf("%s names no right channel", code.Code)
		}
	}
	if len(d.Codes(ReturnReasons)) != 7 {
		t.Error("return reasons")
	}
}

// What the tables hold of the built-in calendar makes the same calendar.
func TestCalendarSurvivesTheTable(t *testing.T) {
	t.Parallel()
	years, err := BuiltinYears()
	if err != nil {
		t.Fatal(err)
	}
	builtin, err := worktime.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	got, err := calendarOf(nil, years)
	if err != nil {
		t.Fatal(err)
	}
	if got.Version() != builtin.Version() {
		t.Errorf("version %s, want %s", got.Version(), builtin.Version())
	}
}

func TestCodesOnOffer(t *testing.T) {
	t.Parallel()
	c := small()
	c.Codes = []Code{{Set: "s", Code: "b", Order: 2, Active: true}, {Set: "s", Code: "old", Order: 1}, {Set: "s", Code: "a", Order: 2, Active: true}}
	d := must(t, c)
	var offered []string
	for _, code := range d.Codes("s") {
		offered = append(offered, code.Code)
	}
	if diff := cmp.Diff([]string{"a", "b"}, offered); diff != "" {
		t.Error(diff)
	}
	if _, ok := d.Code("s", "old"); !ok {
		t.Error("an old code must still be known")
	}
	if len(d.AllCodes()) != 3 {
		t.Error("AllCodes")
	}
}
