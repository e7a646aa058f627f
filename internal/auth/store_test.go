package auth_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"huiyin/internal/auth"
	"huiyin/internal/db"
	"huiyin/internal/db/dbtest"
	"huiyin/internal/errs"
)

// now is the instant at which the tests begin: 09:00 in Fuzhou.
func now() time.Time { return time.Date(2026, 3, 2, 9, 0, 0, 0, fuzhou()) }

func fuzhou() *time.Location { return time.FixedZone("CST", 8*3600) }

func update(t *testing.T, d *db.DB, fn func(tx *db.Tx) error) {
	t.Helper()
	if err := d.Update(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func credentials() *auth.Credentials {
	return auth.NewCredentials(auth.NewHasher(auth.Params{Memory: 8, Time: 1, Threads: 1}, 4))
}

func set(t *testing.T, d *db.DB, c *auth.Credentials, account int64, password auth.Secret, at time.Time) {
	t.Helper()
	hash, err := c.Hash(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	update(t, d, func(tx *db.Tx) error { return c.Set(t.Context(), tx, account, hash, at) })
}

func TestCheck(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		c := credentials()
		set(t, d, c, 1, "old", now())
		set(t, d, c, 1, "right", now())
		check := func(account int64, password auth.Secret, after time.Duration) error {
			return c.Check(t.Context(), d, account, password, now().Add(after))
		}
		refused := func(what string, err error) {
			t.Helper()
			if !errs.Is(err, errs.Unknown) || errs.CodeOf(err) != "bad_credentials" {
				t.Errorf("%s: %v", what, err)
			}
		}
		passed := func(what string, err error) {
			t.Helper()
			if err != nil {
				t.Errorf("%s: %v", what, err)
			}
		}
		passed("right", check(1, "right", 0))
		refused("the old one", check(1, "old", 0))
		refused("nobody", check(0, "right", 0))
		refused("another", check(2, "right", 0))

		for range auth.MaxFailures - 2 {
			refused("wrong", check(1, "wrong", 0))
		}
		passed("the last chance", check(1, "right", 0))
		for range auth.MaxFailures {
			refused("wrong", check(1, "wrong", 0))
		}
		refused("locked", check(1, "right", 0))
		refused("still locked", check(1, "right", auth.LockFor-time.Millisecond))
		for range auth.MaxFailures - 1 {
			refused("wrong, after the lock", check(1, "wrong", auth.LockFor))
		}
		passed("unlocked", check(1, "right", auth.LockFor))

		for range auth.MaxFailures {
			refused("wrong", check(1, "wrong", 0))
		}
		set(t, d, c, 1, "new", now())
		passed("a new password lifts the lock", check(1, "new", 0))
	})
}

// TestGuessesAtOnce: however many guesses come at the same instant, no more
// than MaxFailures are looked at.
func TestGuessesAtOnce(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		c := credentials()
		set(t, d, c, 1, "right", now())
		var wg sync.WaitGroup
		for range 4 * auth.MaxFailures {
			wg.Go(func() {
				if err := c.Check(t.Context(), d, 1, "wrong", now()); !errs.Is(err, errs.Unknown) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		var failed int64
		if err := d.QueryRow(t.Context(), `SELECT failed FROM credential WHERE account_id = 1`).Scan(&failed); err != nil {
			t.Fatal(err)
		}
		if failed != auth.MaxFailures {
			t.Errorf("%d attempts were looked at", failed)
		}
	})
}

func TestSetRefusesPlainText(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		err := d.Update(t.Context(), func(tx *db.Tx) error { return credentials().Set(t.Context(), tx, 1, "plain", now()) })
		if err == nil {
			t.Error("stored what is no hash")
		}
	})
}

func issue(t *testing.T, d *db.DB, tokens *auth.Tokens, account int64, ttl time.Duration) auth.Secret {
	t.Helper()
	var s auth.Secret
	update(t, d, func(tx *db.Tx) (err error) {
		s, err = tokens.Issue(t.Context(), tx, account, "接口", ttl, now())
		return err
	})
	return s
}

func badToken(err error) bool { return errs.Is(err, errs.Unknown) && errs.CodeOf(err) == "bad_token" }

func TestTokens(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		tokens := auth.NewTokens(fuzhou())
		s := issue(t, d, tokens, 5, time.Hour)
		if p := s.Plain(); !strings.HasPrefix(p, "hy_") || len(p) != 62 {
			t.Errorf("%s", p)
		}
		if s == issue(t, d, tokens, 5, time.Hour) {
			t.Error("the same token twice")
		}
		lookup := func(s auth.Secret, after time.Duration) (int64, error) {
			return tokens.Lookup(t.Context(), d, s, now().Add(after))
		}
		for range 2 { // from the database, then from the cache
			if got, err := lookup(s, 0); err != nil || got != 5 {
				t.Errorf("got %d, %v", got, err)
			}
		}
		if got, err := lookup(s, time.Hour-time.Millisecond); err != nil || got != 5 {
			t.Errorf("at the end: %d, %v", got, err)
		}
		for range 2 {
			if _, err := lookup(s, time.Hour); !badToken(err) {
				t.Errorf("expired: %v", err)
			}
		}
		foreign := issue(t, d, tokens, 6, time.Hour)
		update(t, d, func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `DELETE FROM token WHERE account_id = 6`)
			return err
		})
		for _, bad := range []auth.Secret{"", "hy_", s[:61], s + "a", "hx_" + s[3:], s[:10] + "!" + s[11:], auth.Secret(strings.ToUpper(s.Plain())), foreign} {
			if _, err := lookup(bad, 0); !badToken(err) {
				t.Errorf("%s: %v", bad.Plain(), err)
			}
		}

		var stored string
		if err := d.QueryRow(t.Context(), `SELECT label FROM token WHERE account_id = 5 LIMIT 1`).Scan(&stored); err != nil || stored != "接口" {
			t.Errorf("label %q, %v", stored, err)
		}
		for _, bad := range []struct {
			label string
			ttl   time.Duration
		}{{"x", 0}, {"x", -1}, {"x", 20 * 366 * 24 * time.Hour}, {strings.Repeat("长", 101), time.Hour}, {"a\nb", time.Hour}, {"\xff", time.Hour}} {
			err := d.Update(t.Context(), func(tx *db.Tx) error {
				_, err := tokens.Issue(t.Context(), tx, 5, bad.label, bad.ttl, now())
				return err
			})
			if !errs.Is(err, errs.Invalid) {
				t.Errorf("%v: %v", bad, err)
			}
		}
	})
}

func TestRevoke(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		here, there := auth.NewTokens(fuzhou()), auth.NewTokens(fuzhou()) // two processes
		s := issue(t, d, here, 5, time.Hour)
		for _, p := range []*auth.Tokens{here, there} {
			if _, err := p.Lookup(t.Context(), d, s, now()); err != nil {
				t.Fatal(err)
			}
		}
		list, err := here.List(t.Context(), d, 5)
		if err != nil {
			t.Fatal(err)
		}
		for after, want := range map[time.Duration]auth.State{0: auth.Valid, time.Hour - 1: auth.Valid, time.Hour: auth.Expired} {
			if got := list[0].State(now().Add(after)); got != want {
				t.Errorf("after %v it is %s, want %s", after, got, want)
			}
		}
		want := []auth.Token{{Account: 5, Label: "接口", Created: now(), Expires: now().Add(time.Hour)}}
		if diff := cmp.Diff(want, list, cmpopts.IgnoreFields(auth.Token{}, "ID")); diff != "" {
			t.Fatal(diff)
		}
		id := list[0].ID
		if id <= 0 || id > 1<<53 {
			t.Errorf("id %d is not exact in JSON", id)
		}

		rolledBack := errors.New("no")
		if err := d.Update(t.Context(), func(tx *db.Tx) error {
			if err := here.Revoke(t.Context(), tx, id, now()); err != nil {
				return err
			}
			return rolledBack
		}); !errors.Is(err, rolledBack) {
			t.Fatal(err)
		}
		if _, err := here.Lookup(t.Context(), d, s, now()); err != nil {
			t.Errorf("a revocation that was rolled back: %v", err)
		}

		update(t, d, func(tx *db.Tx) error {
			err := here.Revoke(t.Context(), tx, id, now())
			// A request between revocation and commit must not keep it in the cache.
			_, _ = here.Lookup(t.Context(), d, s, now())
			return err
		})
		if _, err := here.Lookup(t.Context(), d, s, now()); !badToken(err) {
			t.Errorf("in the process that revoked: %v", err)
		}
		update(t, d, func(tx *db.Tx) error { return here.Revoke(t.Context(), tx, id, now()) }) // again
		if list, err = here.List(t.Context(), d, 5); err != nil || list[0].State(now().Add(time.Hour)) != auth.Revoked {
			t.Errorf("listed as %+v, %v", list, err)
		}
		if _, err := there.Lookup(t.Context(), d, s, now().Add(auth.CacheFor-time.Millisecond)); err != nil {
			t.Errorf("in another, cached: %v", err)
		}
		if _, err := there.Lookup(t.Context(), d, s, now().Add(auth.CacheFor)); !badToken(err) {
			t.Errorf("in another, after CacheFor: %v", err)
		}
		err = d.Update(t.Context(), func(tx *db.Tx) error { return here.Revoke(t.Context(), tx, id+1, now()) })
		if !errs.Is(err, errs.NotFound) {
			t.Errorf("no such token: %v", err)
		}
	})
}

func TestLastUsed(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		tokens := auth.NewTokens(fuzhou())
		s := issue(t, d, tokens, 5, 72*time.Hour)
		lastUsed := func() string {
			t.Helper()
			list, err := tokens.List(t.Context(), d, 5)
			if err != nil || len(list) != 1 {
				t.Fatal(list, err)
			}
			return list[0].LastUsed
		}
		use := func(at time.Time) {
			t.Helper()
			if _, err := tokens.Lookup(t.Context(), d, s, at); err != nil {
				t.Fatal(err)
			}
		}
		flush := func(tx *db.Tx) error { return tokens.Flush(t.Context(), tx) }

		use(now())
		use(now())
		if got := lastUsed(); got != "" {
			t.Errorf("written by a look-up: %q", got)
		}
		rolledBack := errors.New("no")
		if err := d.Update(t.Context(), func(tx *db.Tx) error { return errors.Join(flush(tx), rolledBack) }); !errors.Is(err, rolledBack) {
			t.Fatal(err)
		}
		update(t, d, flush)
		if got := lastUsed(); got != "2026-03-02" {
			t.Errorf("day %q", got)
		}
		// 23:00 UTC of the same day is the next day there.
		use(time.Date(2026, 3, 2, 23, 0, 0, 0, time.UTC))
		update(t, d, flush)
		if got := lastUsed(); got != "2026-03-03" {
			t.Errorf("next day %q", got)
		}
	})
}

func FuzzLookup(f *testing.F) {
	tokens := auth.NewTokens(time.UTC)
	f.Add("hy_")
	f.Add("hy_" + strings.Repeat("a", 59))
	f.Fuzz(func(t *testing.T, s string) {
		// Without a database a token that is well formed would fail loudly.
		if _, err := tokens.Lookup(t.Context(), nil, auth.Secret(s), now()); !badToken(err) {
			t.Fatalf("%q: %v", s, err)
		}
	})
}
