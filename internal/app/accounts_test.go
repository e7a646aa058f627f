package app

import (
	"encoding/csv"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiyin/internal/auth"
	"huiyin/internal/demo"
	"huiyin/internal/errs"
	"huiyin/internal/org"
	"huiyin/internal/ticket"
)

// TestWhoMay: each act on accounts is for one administrator, and for the
// operator; nobody does it to himself.
func TestWhoMay(t *testing.T) {
	t.Parallel()
	houses(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		secret, session := h.enrol(t, "other")
		acts := map[string]struct {
			role string // who may
			do   func(by ticket.Actor, login string) error
		}{
			"token": {"security", func(by ticket.Actor, login string) error {
				_, err := h.IssueToken(ctx, by, login, "接口", time.Hour)
				return err
			}},
			"revoke": {"security", func(by ticket.Actor, login string) error {
				if _, err := h.IssueToken(ctx, ticket.Actor{}, login, "接口", time.Hour); err != nil {
					return err
				}
				_, err := h.RevokeTokens(ctx, by, login)
				return err
			}},
			"password": {"security", func(by ticket.Actor, login string) error {
				_, err := h.SetPassword(ctx, by, login)
				return err
			}},
			"factor": {"security", func(by ticket.Actor, login string) error { return h.ResetFactor(ctx, by, login) }},
			"end": {"security", func(by ticket.Actor, login string) error {
				_, err := h.EndSessions(ctx, by, login)
				return err
			}},
			"active": {"system", func(by ticket.Actor, login string) error {
				if err := h.SetActive(ctx, by, login, false); err != nil {
					return err
				}
				return h.SetActive(ctx, ticket.Actor{}, login, true)
			}},
		}
		for name, act := range acts {
			for _, by := range []string{"agent", "audit", "system", "security"} {
				err := act.do(h.actor(by), "gone")
				if by == act.role && err != nil {
					t.Errorf("%s by %s: %v", name, by, err)
				}
				if by != act.role {
					refused(t, name+" by "+by, err, errs.Denied, "not_administrator")
				}
			}
			if err := act.do(ticket.Actor{}, "gone"); err != nil {
				t.Errorf("%s by the operator: %v", name, err)
			}
			if !errs.Is(act.do(h.actor(act.role), "nobody"), errs.NotFound) {
				t.Errorf("%s for nobody", name)
			}
		}
		for _, name := range []string{"password", "factor"} {
			refused(t, name+" of one's own", acts[name].do(h.actor("security"), "security"), errs.Denied, "own_account")
		}
		refused(t, "disabling oneself", acts["active"].do(h.actor("system"), "system"), errs.Denied, "own_account")

		// One's own sessions anybody may end, one by one too.
		list, err := h.SessionsOf(ctx, "other")
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		refused(t, "another's session", h.EndSession(ctx, h.actor("agent"), "other", list[0].ID), errs.Denied, "not_administrator")
		refused(t, "under another's name", h.EndSession(ctx, h.actor("agent"), "agent", list[0].ID), errs.NotFound, "session_not_found")
		h.lives(t, h.App, "still", session)
		if err := h.EndSession(ctx, h.actor("other"), "other", list[0].ID); err != nil {
			t.Error(err)
		}
		h.over(t, h.App, "ended by its owner", session)
		h.enter(t, "other", secret)
	})
}

// TestSeparateAdministrators: the three are accounts of their own, and none
// can be made to see tickets.
func TestSeparateAdministrators(t *testing.T) {
	t.Parallel()
	houses(t, func(t *testing.T, h *house) {
		ctx, by := t.Context(), h.actor("system")
		admins := []ticket.Role{ticket.SystemAdmin, ticket.SecurityAdmin, ticket.AuditAdmin}
		for _, admin := range admins {
			for _, other := range ticket.Roles {
				if other == admin || other == ticket.Requester || other == ticket.System {
					continue
				}
				_, err := h.PutAccount(ctx, by, org.Account{Login: "both", Name: "某", Unit: 1, Active: true, Roles: []ticket.Role{other, admin}})
				refused(t, string(admin)+" and "+string(other), err, errs.Invalid, "invalid_directory")
				e, _ := errs.As(err)
				if !slices.ContainsFunc(e.Fields, func(f errs.Field) bool { return f.Name == "roles" }) {
					t.Errorf("%s and %s: %+v", admin, other, e.Fields)
				}
			}
		}
		self, _ := h.City.Current().AccountByLogin("system")
		self.Roles = []ticket.Role{ticket.CenterHead}
		_, err := h.PutAccount(ctx, by, self)
		refused(t, "an administrator makes himself head", err, errs.Denied, "own_account")
		self.Roles, self.Name = []ticket.Role{ticket.SystemAdmin}, "新名"
		if _, err := h.PutAccount(ctx, by, self); err != nil {
			t.Errorf("one's own name: %v", err)
		}

		made, err := h.PutAccount(ctx, by, org.Account{Login: "fresh", Name: "新人", Unit: 1, Active: true, Roles: []ticket.Role{ticket.Agent}})
		if err != nil || made.ID == 0 {
			t.Fatal(made, err)
		}
		made.Roles = []ticket.Role{ticket.Dispatcher}
		if _, err := h.PutAccount(ctx, by, made); err != nil {
			t.Fatal(err)
		}
		if got, _ := h.City.Current().AccountByLogin("fresh"); !cmp.Equal(got, made) {
			t.Errorf("%+v, want %+v", got, made)
		}
		_, err = h.PutAccount(ctx, h.actor("security"), made)
		refused(t, "by another administrator", err, errs.Denied, "not_administrator")
		want := []string{"user: system：修改", "user: fresh：新增 fresh", "user: fresh：岗位由 [agent] 改为 [dispatcher]"}
		if diff := cmp.Diff(want, h.acts(t, "system")); diff != "" {
			t.Error(diff)
		}
	})
}

func TestResets(t *testing.T) {
	t.Parallel()
	houses(t, func(t *testing.T, h *house) {
		ctx, by := t.Context(), h.actor("security")
		secret, session := h.enrol(t, "agent")
		for range auth.MaxFailures {
			if _, err := h.SignIn(ctx, "agent", "wrong", atDesk()); err == nil {
				t.Fatal("wrong, and in")
			}
		}
		password, err := h.SetPassword(ctx, by, "agent")
		if err != nil {
			t.Fatal(err)
		}
		h.over(t, h.App, "with the old password", session)
		if _, err := h.SignIn(ctx, "agent", rightPassword, atDesk()); err == nil {
			t.Error("the old password opens")
		}
		pending, err := h.SignIn(ctx, "agent", password, atDesk())
		if err != nil {
			t.Fatal(err)
		}
		h.wait(step)
		if session, err = h.SecondFactor(ctx, pending, h.shown(t, secret), atDesk()); err != nil {
			t.Fatal(err)
		}
		if err := h.ResetFactor(ctx, by, "agent"); err != nil {
			t.Fatal(err)
		}
		h.over(t, h.App, "with the old factor", session)
		h.wait(step)
		if pending, err = h.SignIn(ctx, "agent", password, atDesk()); err != nil {
			t.Fatal(err)
		}
		_, err = h.SecondFactor(ctx, pending, h.shown(t, secret), atDesk())
		refused(t, "no factor and a code", err, errs.Unknown, "bad_code")
		e, first, err := h.Enrolment(ctx, pending)
		if err != nil || !first || e.Secret == secret.Plain() {
			t.Errorf("first %v, %v", first, err)
		}
		if diff := cmp.Diff([]string{"user: agent：重置密码", "factor: agent：重置动态口令"}, h.acts(t, "security")); diff != "" {
			t.Error(diff)
		}
		if err := h.ResetFactor(ctx, ticket.Actor{}, "agent"); err != nil {
			t.Error(err)
		}
		if acts := h.acts(t, "agent"); acts[len(acts)-1] != "factor: 命令行：重置动态口令" {
			t.Errorf("the operator: %v", acts)
		}
	})
}

func TestChangePassword(t *testing.T) {
	t.Parallel()
	houses(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		account, _ := h.City.Current().AccountByLogin("agent")
		_, session := h.enrol(t, "agent")
		const fresh auth.Secret = "new-Password"
		for _, c := range []struct {
			old, fresh auth.Secret
			field      string
		}{
			{"wrong", fresh, "old"}, {rightPassword, rightPassword, "new"}, {rightPassword, "", "new"},
		} {
			err := h.ChangePassword(ctx, account, c.old, c.fresh)
			if e, ok := errs.As(err); !ok || e.Kind != errs.Invalid || e.Fields[0].Name != c.field {
				t.Errorf("%s: %v", c.field, err)
			}
		}
		h.lives(t, h.App, "nothing changed", session)
		if err := h.ChangePassword(ctx, account, rightPassword, fresh); err != nil {
			t.Fatal(err)
		}
		h.over(t, h.App, "with the old password", session)
		if _, err := h.SignIn(ctx, "agent", rightPassword, atDesk()); err == nil {
			t.Error("the old password opens")
		}
		if _, err := h.SignIn(ctx, "agent", fresh, atDesk()); err != nil {
			t.Error(err)
		}
		want := []string{"sign_in: 首次启用动态口令 · 192.0.2.7", "sign_in_failed: 修改密码时原密码不正确", "user: 修改密码", "sign_in_failed: 密码 · 192.0.2.7"}
		if diff := cmp.Diff(want, h.acts(t, "agent")); diff != "" {
			t.Error(diff)
		}
	})
}

func TestPasswordRules(t *testing.T) {
	t.Parallel()
	for password, ok := range map[auth.Secret]bool{
		"abcdefghijkl": true, "abcdefghijk": false, "Abcdefgh1j": true, "abcdefgh1-": true, "abcdefgh12": false,
		"Abcdefg1j": false, "中文密码也可以用的一二三": true, "中文密码Aa": false, "中文密码中文密码Aa": true,
		"dispatcher01": false, "DISPATCHER01": false, "dispatcher012": true, "the-old-one-1": false,
	} {
		if err := checkPassword("dispatcher01", "the-old-one-1", password); (err == nil) != ok {
			t.Errorf("%s: %v", password.Plain(), err)
		}
	}
}

// TestDemoAccounts: those of the list can sign in by it, and nobody else has a
// code on the command line.
func TestDemoAccounts(t *testing.T) {
	t.Parallel()
	houses(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		head := org.Account{Login: "head", Name: "负责人", Unit: 1, Active: true, Roles: []ticket.Role{ticket.CenterHead}}
		if _, err := h.PutAccount(ctx, ticket.Actor{}, head); err != nil {
			t.Fatal(err)
		}
		if shown := demo.Showcase(h.City.Current()); len(shown) != 1 {
			t.Fatalf("%d to show", len(shown))
		}
		if _, err := h.DemoCode(ctx, "head"); !errs.Is(err, errs.Denied) {
			t.Errorf("before there is a list: %v", err)
		}
		if err := h.FillAccounts(ctx); err != nil {
			t.Fatal(err)
		}
		rows := readList(t, h.Path(accountsFile))
		password, secret := auth.Secret(rows[1][4]), auth.Secret(rows[1][5])
		for range 2 { // the second time within the same step
			pending, err := h.SignIn(ctx, "head", password, atDesk())
			if err != nil {
				t.Fatal(err)
			}
			if _, first, err := h.Enrolment(ctx, pending); first || err != nil {
				t.Errorf("must enrol: %v, %v", first, err)
			}
			code, err := h.DemoCode(ctx, "head")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := h.SecondFactor(ctx, pending, code.Plain(), atDesk()); err != nil {
				t.Error(err)
			}
		}
		h.wait(2 * step)
		if code, err := h.DemoCode(ctx, "head"); err != nil || code.Plain() != h.shown(t, secret) {
			t.Errorf("the list has another secret: %v", err)
		}
		if err := h.FillAccounts(ctx); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(rows, readList(t, h.Path(accountsFile))); diff != "" {
			t.Error(diff)
		}
		h.enrol(t, "agent")
		_, err := h.DemoCode(ctx, "agent")
		refused(t, "one who is not of the demo", err, errs.Denied, "not_demo")
	})
}

func readList(t *testing.T, path string) [][]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// TestLostKeys: a store that holds a second factor is not given a
// new key file.
func TestLostKeys(t *testing.T) {
	t.Parallel()
	houses(t, func(t *testing.T, h *house) {
		lose := func() {
			t.Helper()
			if err := os.Remove(h.KeyFile()); err != nil {
				t.Fatal(err)
			}
		}
		lose()
		h.another(t, h.Config) // nothing is sealed yet
		h.enrol(t, "agent")
		lose()
		if a, err := Open(t.Context(), h.Config); err == nil {
			t.Error("a new key, and the second factors lost", a.Close())
		}
	})
}

// TestSessionChores: the worker drops old sign-ins and writes down who was seen.
func TestSessionChores(t *testing.T) {
	t.Parallel()
	houses(t, func(t *testing.T, h *house) {
		secret, session := h.enrol(t, "agent")
		h.wait(20 * time.Minute)
		h.lives(t, h.App, "used", session)
		if err := h.flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.wait(20 * time.Minute)
		h.lives(t, h.another(t, h.Config), "used before, elsewhere", session)
		h.wait(keepSessions)
		h.enter(t, "agent", secret)
		if err := h.forget(t.Context()); err != nil {
			t.Fatal(err)
		}
		var left int
		if err := h.Store.QueryRow(t.Context(), `SELECT COUNT(*) FROM session`).Scan(&left); err != nil || left != 1 {
			t.Errorf("%d left, %v", left, err)
		}
	})
}
