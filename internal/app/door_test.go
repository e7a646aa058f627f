package app

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pquerna/otp/totp"

	"huiyin/internal/auth"
	"huiyin/internal/db"
	"huiyin/internal/errs"
	"huiyin/internal/org"
	"huiyin/internal/ticket"
)

func TestDoor(t *testing.T) {
	t.Parallel()
	houses(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		if err := h.SetActive(ctx, ticket.Actor{}, "gone", false); err != nil {
			t.Fatal(err)
		}
		var said []string
		for _, c := range []struct {
			login    string
			password auth.Secret
		}{{"nobody", rightPassword}, {"agent", "wrong"}, {"gone", rightPassword}, {"", ""}} {
			_, err := h.SignIn(ctx, c.login, c.password, atDesk())
			refused(t, c.login, err, errs.Unknown, "bad_credentials")
			said = append(said, err.Error())
		}
		for _, s := range said[1:] {
			if s != said[0] {
				t.Errorf("%q tells more than %q", s, said[0])
			}
		}

		secret, session := h.enrol(t, "agent")
		s, account, err := h.Session(ctx, session)
		if err != nil || account.Login != "agent" || s.Place != atDesk() || s.Stage != auth.Open {
			t.Fatalf("%+v, %s, %v", s, account.Login, err)
		}
		again := h.knock(t, "agent")
		if _, first, err := h.Enrolment(ctx, again); first || err != nil {
			t.Errorf("enrolment of one who has: %v, %v", first, err)
		}
		_, err = h.SecondFactor(ctx, again, h.shown(t, secret), atDesk())
		refused(t, "a code for the second time", err, errs.Unknown, "bad_code")
		_, err = h.SecondFactor(ctx, again, "12345", atDesk())
		refused(t, "no code", err, errs.Invalid, "invalid_field")
		h.over(t, h.App, "pending", again)
		h.wait(step)
		other, err := h.SecondFactor(ctx, again, h.shown(t, secret), atDesk())
		if err != nil || other == again {
			t.Fatalf("the secret stays: %v, %v", other == again, err)
		}
		h.over(t, h.App, "the secret of before", again)
		_, err = h.SecondFactor(ctx, again, h.shown(t, secret), atDesk())
		refused(t, "the same sign-in again", err, errs.Unknown, "session_over")

		if list, err := h.SessionsOf(ctx, "agent"); err != nil || len(list) != 2 {
			t.Errorf("%d sessions, %v", len(list), err)
		}
		if err := h.SignOut(ctx, other); err != nil {
			t.Fatal(err)
		}
		h.over(t, h.App, "signed out", other)
		h.lives(t, h.App, "the other one", session)
		refused(t, "signed out twice", h.SignOut(ctx, other), errs.Unknown, "session_over")

		want := []string{
			"sign_in_failed: 密码 · 192.0.2.7", "sign_in: 首次启用动态口令 · 192.0.2.7", "factor: 动态口令不正确 · 192.0.2.7",
			"sign_in: 192.0.2.7", "sign_out: 192.0.2.7",
		}
		if diff := cmp.Diff(want, h.acts(t, "agent")); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"sign_in_failed: 没有这个账号 · 192.0.2.7", "sign_in_failed: 没有这个账号 · 192.0.2.7"}, h.acts(t, "nobody")); diff != "" {
			t.Error(diff)
		}
	})
}

// TestPasswordLock: the door gives a locked account no other answer.
func TestPasswordLock(t *testing.T) {
	t.Parallel()
	houses(t, func(t *testing.T, h *house) {
		try := func(password auth.Secret) error {
			_, err := h.SignIn(t.Context(), "agent", password, atDesk())
			return err
		}
		for range auth.MaxFailures {
			refused(t, "wrong", try("wrong"), errs.Unknown, "bad_credentials")
		}
		refused(t, "locked", try(rightPassword), errs.Unknown, "bad_credentials")
		h.wait(auth.LockFor)
		if err := try(rightPassword); err != nil {
			t.Error(err)
		}
	})
}

// TestFactorLock: right passwords do not open a second factor that is locked.
func TestFactorLock(t *testing.T) {
	t.Parallel()
	houses(t, func(t *testing.T, h *house) {
		secret, _ := h.enrol(t, "agent")
		used := h.shown(t, secret)
		h.wait(step)
		for range auth.MaxFailures {
			_, err := h.SecondFactor(t.Context(), h.knock(t, "agent"), used, atDesk())
			refused(t, "wrong", err, errs.Unknown, "bad_code")
		}
		_, err := h.SecondFactor(t.Context(), h.knock(t, "agent"), h.shown(t, secret), atDesk())
		refused(t, "locked", err, errs.Unknown, "bad_code")
		h.wait(auth.LockFor)
		h.enter(t, "agent", secret)
	})
}

// TestCodeOnce: of two sign-ins with one code at the same instant one comes in.
func TestCodeOnce(t *testing.T) {
	t.Parallel()
	houses(t, func(t *testing.T, h *house) {
		secret, _ := h.enrol(t, "agent")
		h.wait(step)
		code := h.shown(t, secret)
		var in atomic.Int32
		var wg sync.WaitGroup
		for range 4 {
			pending := h.knock(t, "agent")
			wg.Go(func() {
				switch _, err := h.SecondFactor(t.Context(), pending, code, atDesk()); {
				case err == nil:
					in.Add(1)
				case errs.CodeOf(err) != "bad_code":
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if in.Load() != 1 {
			t.Errorf("%d came in", in.Load())
		}
	})
}

// TestNumberAtOnce: sign-ins at the same instant do not slip past the limit.
func TestNumberAtOnce(t *testing.T) {
	t.Parallel()
	houses(t, func(t *testing.T, h *house) {
		set(t, h.App, "sessions_per_account", "1")
		secret, _ := h.enrol(t, "agent")
		h.wait(3 * step)
		var wg sync.WaitGroup
		for _, off := range []time.Duration{-step, 0, step} {
			code, err := totp.GenerateCode(secret.Plain(), h.time().Add(off))
			if err != nil {
				t.Fatal(err)
			}
			pending := h.knock(t, "agent")
			wg.Go(func() {
				// A later code that is faster makes an earlier one too old.
				if _, err := h.SecondFactor(t.Context(), pending, code, atDesk()); err != nil && errs.CodeOf(err) != "bad_code" {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if list, err := h.SessionsOf(t.Context(), "agent"); err != nil || len(list) != 1 {
			t.Errorf("%d sessions, %v", len(list), err)
		}
	})
}

func set(t *testing.T, a *App, key, value string) {
	t.Helper()
	if err := a.City.Change(t.Context(), func(tx *db.Tx) error { return org.SetSetting(t.Context(), tx, key, value) }); err != nil {
		t.Fatal(err)
	}
}

// TestSettings: what ends a session is the city's to say, also for sessions
// that are open already.
func TestSettings(t *testing.T) {
	t.Parallel()
	houses(t, func(t *testing.T, h *house) {
		secret, first := h.enrol(t, "agent")
		h.wait(29 * time.Minute)
		h.lives(t, h.App, "within 30 minutes", first)
		set(t, h.App, "session_idle_minutes", "5")
		h.wait(5 * time.Minute)
		h.over(t, h.App, "idle", first)

		set(t, h.App, "session_idle_minutes", "1000")
		set(t, h.App, "session_life_hours", "1")
		second := h.enter(t, "agent", secret)
		h.wait(time.Hour - time.Second)
		h.lives(t, h.App, "within an hour", second)
		h.wait(time.Second)
		h.over(t, h.App, "old", second)

		set(t, h.App, "sessions_per_account", "2")
		var sessions []auth.Secret
		for range 3 {
			sessions = append(sessions, h.enter(t, "agent", secret))
		}
		h.over(t, h.App, "the oldest of three", sessions[0])
		h.lives(t, h.App, "the second", sessions[1])
		h.lives(t, h.App, "the third", sessions[2])

		for _, key := range []string{"session_idle_minutes", "session_life_hours", "sessions_per_account"} {
			err := h.City.Change(t.Context(), func(tx *db.Tx) error { return org.SetSetting(t.Context(), tx, key, "0") })
			refused(t, key, err, errs.Invalid, "invalid_field")
		}
	})
}

// TestProcesses: what one process ends is over there at once, and in another
// when its cache asks again; a disabled account when it hears of it.
func TestProcesses(t *testing.T) {
	t.Parallel()
	houses(t, func(t *testing.T, here *house) {
		ctx := t.Context()
		there := here.another(t, here.Config)
		secret, session := here.enrol(t, "agent")
		for _, a := range []*App{here.App, there} {
			here.lives(t, a, "open", session)
		}
		if n, err := there.EndSessions(ctx, ticket.Actor{}, "agent"); err != nil || n != 1 {
			t.Errorf("%d sessions, %v", n, err)
		}
		here.over(t, there, "where it was ended", session)
		here.lives(t, here.App, "elsewhere, cached", session)
		here.wait(auth.SessionCacheFor)
		here.over(t, here.App, "elsewhere", session)

		session = here.enter(t, "agent", secret)
		pending := here.knock(t, "agent")
		for _, a := range []*App{here.App, there} {
			here.lives(t, a, "open", session)
		}
		if err := here.SetActive(ctx, here.actor("system"), "agent", false); err != nil {
			t.Fatal(err)
		}
		here.over(t, here.App, "disabled", session)
		if err := there.City.Refresh(ctx); err != nil {
			t.Fatal(err)
		}
		here.over(t, there, "disabled, elsewhere", session)
		_, _, err := here.Enrolment(ctx, pending)
		refused(t, "pending", err, errs.Unknown, "session_over")

		if err := here.SetActive(ctx, here.actor("system"), "agent", true); err != nil {
			t.Fatal(err)
		}
		here.over(t, here.App, "enabled again", session)
		here.enter(t, "agent", secret)
	})
}

// TestNothingIsTold: no secret of a sign-in is in the access log, in what is
// logged, or in a refusal.
func TestNothingIsTold(t *testing.T) {
	t.Parallel()
	houses(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		var log strings.Builder
		h.Log = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		secret, session := h.enrol(t, "agent")
		_, wrong := h.SignIn(ctx, "agent", "Wrong-Horse-1", atDesk())
		_, unknown := h.SignIn(ctx, "Typed-Here-1", "x", atDesk())
		password, err := h.SetPassword(ctx, h.actor("security"), "agent")
		if err != nil {
			t.Fatal(err)
		}
		told, err := json.Marshal([]any{log.String(), h.acts(t, "agent"), h.acts(t, "security"), h.acts(t, "nobody"), wrong.Error(), unknown.Error(), session, password})
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range []auth.Secret{secret, session, password, rightPassword, "Wrong-Horse-1", "Typed-Here-1"} {
			if strings.Contains(string(told), s.Plain()) {
				t.Errorf("%s is told in %s", s.Plain(), told)
			}
		}
	})
}

// TestHungUp: who hangs up after a wrong password is logged nevertheless.
func TestHungUp(t *testing.T) {
	t.Parallel()
	houses(t, func(t *testing.T, h *house) {
		ctx, hangUp := context.WithCancel(t.Context())
		account, _ := h.City.Current().AccountByLogin("agent")
		hangUp()
		refusal := errs.New(errs.Unknown, "bad_credentials", "x")
		if err := h.failed(ctx, account, "sign_in_failed", "x", refusal); !errors.Is(err, refusal) {
			t.Error(err)
		}
		if n := len(h.acts(t, "agent")); n != 1 {
			t.Errorf("%d acts", n)
		}
	})
}
