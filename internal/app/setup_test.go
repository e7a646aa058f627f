package app

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"huiyin/internal/auth"
	"huiyin/internal/db"
	"huiyin/internal/db/dbtest"
	"huiyin/internal/errs"
	"huiyin/internal/org"
	"huiyin/internal/ticket"
)

// house is an installation with a few accounts and a clock that the test moves.
type house struct {
	*App
	mu  sync.Mutex
	now time.Time
}

func (h *house) wait(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

func (h *house) time() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

const (
	rightPassword auth.Secret = "Correct-Horse-1"
	step                      = 30 * time.Second
)

func people() []org.Account {
	account := func(id ticket.AccountID, login string, roles ...ticket.Role) org.Account {
		return org.Account{ID: id, Login: login, Name: login, Unit: 1, Roles: roles, Active: true}
	}
	return []org.Account{
		account(1, "agent", ticket.Agent), account(2, "other", ticket.Agent), account(3, "gone", ticket.Agent),
		account(4, "system", ticket.SystemAdmin), account(5, "security", ticket.SecurityAdmin), account(6, "audit", ticket.AuditAdmin),
	}
}

// houses runs a test on an installation of each engine.
func houses(t *testing.T, test func(t *testing.T, h *house)) {
	t.Helper()
	center := org.Unit{ID: 1, Path: "/1/", Code: "u1", Name: "市智慧中心", Short: "中心", Level: org.CityLevel, Kind: org.Center, Active: true}
	installed(t, func(ctx context.Context, tx *db.Tx) error {
		return errors.Join(org.InsertUnits(ctx, tx, []org.Unit{center}), org.InsertAccounts(ctx, tx, people()))
	}, func(t *testing.T, h *house) {
		for _, account := range people() {
			h.password(t, account, rightPassword)
		}
		test(t, h)
	})
}

// installed runs a test on an installation of each engine that was filled.
func installed(t *testing.T, fill func(context.Context, *db.Tx) error, test func(t *testing.T, h *house)) {
	t.Helper()
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			c := Config{Data: t.TempDir(), Log: slog.New(slog.DiscardHandler)}
			if engine == db.Postgres {
				c.DB = dbtest.EmptyURL(t)
			}
			h := &house{now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.FixedZone("", 8*3600))}
			c.Clock = h.time
			h.App = h.another(t, c)
			ctx := t.Context()
			err := h.Store.Update(ctx, func(tx *db.Tx) error { return errors.Join(org.Defaults(ctx, tx), fill(ctx, tx)) })
			if err != nil {
				t.Fatal(err)
			}
			if err := h.City.Reload(ctx); err != nil {
				t.Fatal(err)
			}
			test(t, h)
		})
	}
}

// another opens an installation as one more process would.
func (h *house) another(t *testing.T, c Config) *App {
	t.Helper()
	a, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	a.Logins = auth.NewCredentials(auth.NewHasher(auth.Params{Memory: 8, Time: 1, Threads: 1}, 4))
	return a
}

func (h *house) password(t *testing.T, account org.Account, password auth.Secret) {
	t.Helper()
	hash, err := h.Logins.Hash(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Store.Update(t.Context(), func(tx *db.Tx) error {
		return h.Logins.Set(t.Context(), tx, int64(account.ID), hash, h.time())
	}); err != nil {
		t.Fatal(err)
	}
}

func (h *house) actor(login string) ticket.Actor {
	account, _ := h.City.Current().AccountByLogin(login)
	return account.Actor()
}

// acts lists the kinds of acts in the access log that an account did.
func (h *house) acts(t *testing.T, login string) (acts []string) {
	t.Helper()
	account, _ := h.City.Current().AccountByLogin(login)
	rows, err := h.Store.Query(t.Context(), `SELECT act, detail FROM access WHERE account = $1 ORDER BY id`, int64(account.ID))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var act, detail string
		if err := rows.Scan(&act, &detail); err != nil {
			t.Fatal(err)
		}
		acts = append(acts, act+": "+detail)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return acts
}

func atDesk() auth.Place { return auth.Place{Address: "192.0.2.7", Agent: "Firefox"} }

func (h *house) knock(t *testing.T, login string) auth.Secret {
	t.Helper()
	pending, err := h.SignIn(t.Context(), login, rightPassword, atDesk())
	if err != nil {
		t.Fatal(err)
	}
	return pending
}

// enrol sets up the second factor and leaves the first session open.
func (h *house) enrol(t *testing.T, login string) (secret, session auth.Secret) {
	t.Helper()
	pending := h.knock(t, login)
	e, first, err := h.Enrolment(t.Context(), pending)
	if err != nil || !first {
		t.Fatalf("first %v, %v", first, err)
	}
	secret = auth.Secret(e.Secret)
	if session, err = h.SecondFactor(t.Context(), pending, h.shown(t, secret), atDesk()); err != nil {
		t.Fatal(err)
	}
	return secret, session
}

func (h *house) shown(t *testing.T, secret auth.Secret) string {
	t.Helper()
	code, err := totp.GenerateCode(secret.Plain(), h.time())
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// enter signs in a step later, with a code that was not used.
func (h *house) enter(t *testing.T, login string, secret auth.Secret) auth.Secret {
	t.Helper()
	h.wait(step)
	session, err := h.SecondFactor(t.Context(), h.knock(t, login), h.shown(t, secret), atDesk())
	if err != nil {
		t.Fatal(err)
	}
	return session
}

func refused(t *testing.T, what string, err error, kind errs.Kind, code string) {
	t.Helper()
	if !errs.Is(err, kind) || errs.CodeOf(err) != code {
		t.Errorf("%s: %v, want %s", what, err, code)
	}
}

func (h *house) over(t *testing.T, a *App, what string, session auth.Secret) {
	t.Helper()
	_, _, err := a.Session(t.Context(), session)
	refused(t, what, err, errs.Unknown, "session_over")
}

func (h *house) lives(t *testing.T, a *App, what string, session auth.Secret) {
	t.Helper()
	if _, _, err := a.Session(t.Context(), session); err != nil {
		t.Errorf("%s: %v", what, err)
	}
}
