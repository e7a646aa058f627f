package auth_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"huiyin/internal/auth"
	"huiyin/internal/db"
	"huiyin/internal/db/dbtest"
	"huiyin/internal/errs"
)

func limits() auth.SessionLimits {
	return auth.SessionLimits{Idle: 30 * time.Minute, Life: 12 * time.Hour, Count: 3}
}

func sessionOver(err error) bool {
	return errs.Is(err, errs.Unknown) && errs.CodeOf(err) == "session_over"
}

func desk() auth.Place { return auth.Place{Address: "192.0.2.7", Agent: "Firefox"} }

type ctxer interface{ Context() context.Context }

func begin(t ctxer, d *db.DB, s *auth.Sessions, account int64, at time.Time) (pending auth.Secret, err error) {
	err = d.Update(t.Context(), func(tx *db.Tx) (err error) {
		pending, err = s.Begin(t.Context(), tx, account, desk(), at)
		return err
	})
	return pending, err
}

func open(t ctxer, d *db.DB, s *auth.Sessions, pending auth.Secret, l auth.SessionLimits, at time.Time) (session auth.Secret, err error) {
	begun, err := s.Pending(t.Context(), d, pending, at)
	if err != nil {
		return "", err
	}
	err = d.Update(t.Context(), func(tx *db.Tx) (err error) {
		session, err = s.Open(t.Context(), tx, begun, desk(), l, at)
		return err
	})
	return session, err
}

// enter goes through both stages.
func enter(t *testing.T, d *db.DB, s *auth.Sessions, account int64, at time.Time) auth.Secret {
	t.Helper()
	pending, err := begin(t, d, s, account, at)
	if err != nil {
		t.Fatal(err)
	}
	session, err := open(t, d, s, pending, limits(), at)
	if err != nil {
		t.Fatal(err)
	}
	return session
}

func TestStages(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		s := auth.NewSessions()
		lookup := func(secret auth.Secret, after time.Duration) (auth.Session, error) {
			return s.Lookup(t.Context(), d, secret, limits(), now().Add(after))
		}
		pending, err := begin(t, d, s, 5, now())
		if err != nil || len(pending) != 43 {
			t.Fatalf("%d signs, %v", len(pending), err)
		}
		if _, err := lookup(pending, 0); !sessionOver(err) {
			t.Errorf("the password alone opens: %v", err)
		}
		if _, err := s.Pending(t.Context(), d, pending, now().Add(auth.PendingFor)); !sessionOver(err) {
			t.Errorf("after PendingFor: %v", err)
		}
		last := now().Add(auth.PendingFor - time.Millisecond)
		begun, err := s.Pending(t.Context(), d, pending, last)
		if err != nil {
			t.Fatal(err)
		}
		session, err := open(t, d, s, pending, limits(), last)
		if err != nil || session == pending {
			t.Fatalf("the same secret: %v, %v", session == pending, err)
		}
		if _, err := open(t, d, s, pending, limits(), last); !sessionOver(err) {
			t.Errorf("opened twice: %v", err)
		}
		err = d.Update(t.Context(), func(tx *db.Tx) error {
			_, err := s.Open(t.Context(), tx, begun, desk(), limits(), last)
			return err
		})
		if !sessionOver(err) {
			t.Errorf("opened by one who was slower: %v", err)
		}
		if _, err := s.Pending(t.Context(), d, session, last); !sessionOver(err) {
			t.Errorf("an open one is pending: %v", err)
		}
		want := auth.Session{Account: 5, Stage: auth.Open, Created: last, Seen: last, Place: desk()}
		for range 2 { // from the database, then from the cache
			got, err := lookup(session, last.Sub(now()))
			if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(auth.Session{}, "ID")); diff != "" || err != nil || got.ID <= 0 || got.ID > 1<<53 {
				t.Errorf("%v\n%s", err, diff)
			}
		}
		for _, bad := range []auth.Secret{"", pending, "x", session[:42], session + "A", auth.Secret(strings.Repeat("A", 43))} {
			if _, err := lookup(bad, 0); !sessionOver(err) {
				t.Errorf("%s: %v", bad.Plain(), err)
			}
			if _, err := s.Pending(t.Context(), d, bad, now()); !sessionOver(err) {
				t.Errorf("%s pending: %v", bad.Plain(), err)
			}
		}
		var found int64
		if err := d.QueryRow(t.Context(), `SELECT COUNT(*) FROM session WHERE digest = $1`, []byte(session)).Scan(&found); err != nil || found != 0 {
			t.Errorf("the secret itself is stored: %v", err)
		}
	})
}

func TestOver(t *testing.T) {
	t.Parallel()
	l := limits()
	for name, c := range map[string]struct {
		session auth.Session
		over    bool
	}{
		"pending":            {auth.Session{Stage: auth.Pending, Created: now().Add(-auth.PendingFor + 1)}, false},
		"pending for long":   {auth.Session{Stage: auth.Pending, Created: now().Add(-auth.PendingFor), Seen: now()}, true},
		"idle":               {auth.Session{Stage: auth.Open, Created: now().Add(-time.Hour), Seen: now().Add(-l.Idle)}, true},
		"nearly idle":        {auth.Session{Stage: auth.Open, Created: now().Add(-time.Hour), Seen: now().Add(-l.Idle + 1)}, false},
		"old, though in use": {auth.Session{Stage: auth.Open, Created: now().Add(-l.Life), Seen: now()}, true},
		"nearly old":         {auth.Session{Stage: auth.Open, Created: now().Add(-l.Life + 1), Seen: now()}, false},
		"ended":              {auth.Session{Stage: auth.Open, Created: now(), Seen: now(), Ended: now()}, true},
	} {
		if got := c.session.Over(l, now()); got != c.over {
			t.Errorf("%s: over %v", name, got)
		}
	}
}

// TestSessionLimits plays sign-ins, uses, ends and the passing of time against
// a model that remembers everything.
func TestSessionLimits(t *testing.T) {
	t.Parallel()
	type known struct {
		secret        auth.Secret
		created, seen time.Time
		ended         bool
	}
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		account := int64(0)
		rapid.Check(t, func(r *rapid.T) {
			account++
			s, at, l := auth.NewSessions(), now(), limits()
			l.Life = 45 * time.Minute
			var all []*known // oldest first
			alive := func(k *known) bool {
				return !k.ended && at.Sub(k.created) < l.Life && at.Sub(k.seen) < l.Idle
			}
			steps := rapid.SliceOfN(rapid.SampledFrom([]string{"enter", "use", "use", "use", "peek", "peek", "wait", "wait", "end", "all", "flush", "restart"}), 1, 60).Draw(r, "steps")
			for _, what := range steps {
				switch what {
				case "wait":
					at = at.Add(rapid.SampledFrom([]time.Duration{time.Second, 10 * time.Minute, 20 * time.Minute, l.Idle - time.Second, l.Idle}).Draw(r, "wait"))
				case "enter":
					at = at.Add(time.Millisecond)
					pending, err := begin(r, d, s, account, at)
					if err != nil {
						r.Fatal(err)
					}
					session, err := open(r, d, s, pending, l, at)
					if err != nil {
						r.Fatal(err)
					}
					others := 0
					for i := len(all) - 1; i >= 0; i-- {
						if alive(all[i]) {
							if others++; others >= l.Count {
								all[i].ended = true
							}
						}
					}
					all = append(all, &known{secret: session, created: at, seen: at})
				case "flush":
					if err := d.Update(r.Context(), func(tx *db.Tx) error { return s.Flush(r.Context(), tx) }); err != nil {
						r.Fatal(err)
					}
				case "restart": // with everything flushed, as an orderly end does
					if err := d.Update(r.Context(), func(tx *db.Tx) error { return s.Flush(r.Context(), tx) }); err != nil {
						r.Fatal(err)
					}
					s = auth.NewSessions()
				case "all":
					if err := d.Update(r.Context(), func(tx *db.Tx) error { return s.EndAll(r.Context(), tx, account, at) }); err != nil {
						r.Fatal(err)
					}
					for _, k := range all {
						k.ended = true
					}
				case "use", "peek", "end":
					if len(all) == 0 {
						continue
					}
					k := all[rapid.IntRange(0, len(all)-1).Draw(r, "which")]
					find := s.Lookup
					if what == "peek" {
						find = s.Peek
					}
					got, err := find(r.Context(), d, k.secret, l, at)
					if want := alive(k); want && (err != nil || got.Account != account) || !want && !sessionOver(err) {
						r.Fatalf("lookup: %v, want alive %v", err, want)
					}
					if err != nil {
						continue
					}
					if what != "peek" {
						k.seen = at
					}
					if what == "end" {
						if err := d.Update(r.Context(), func(tx *db.Tx) error { return s.End(r.Context(), tx, account, got.ID, at) }); err != nil {
							r.Fatal(err)
						}
						k.ended = true
					}
				}
				want := 0
				for _, k := range all {
					if alive(k) {
						want++
					}
				}
				if list, err := s.List(r.Context(), d, account, l, at); err != nil || len(list) != want || want > l.Count {
					r.Fatalf("after %s %d are listed, want %d: %v", what, len(list), want, err)
				}
			}
		})
	})
}

// TestEndElsewhere: in the process that ends it a session is over at commit,
// in another when its cache asks again.
func TestEndElsewhere(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		here, there := auth.NewSessions(), auth.NewSessions()
		secret := enter(t, d, here, 5, now())
		lookup := func(s *auth.Sessions, after time.Duration) (auth.Session, error) {
			return s.Lookup(t.Context(), d, secret, limits(), now().Add(after))
		}
		var id int64
		for _, s := range []*auth.Sessions{here, there} {
			got, err := lookup(s, 0)
			if err != nil {
				t.Fatal(err)
			}
			id = got.ID
		}
		end := func(account, id int64) error {
			return d.Update(t.Context(), func(tx *db.Tx) error { return here.End(t.Context(), tx, account, id, now()) })
		}
		for _, other := range [][2]int64{{6, id}, {5, id + 1}} {
			if err := end(other[0], other[1]); !errs.Is(err, errs.NotFound) {
				t.Errorf("%v: %v", other, err)
			}
		}
		rolledBack := errors.New("no")
		if err := d.Update(t.Context(), func(tx *db.Tx) error {
			return errors.Join(here.End(t.Context(), tx, 5, id, now()), rolledBack)
		}); !errors.Is(err, rolledBack) {
			t.Fatal(err)
		}
		if _, err := lookup(here, 0); err != nil {
			t.Errorf("an end that was rolled back: %v", err)
		}
		update(t, d, func(tx *db.Tx) error {
			err := here.End(t.Context(), tx, 5, id, now())
			// A request between the end and the commit must not keep it.
			_, _ = lookup(here, 0)
			return err
		})
		if _, err := lookup(here, 0); !sessionOver(err) {
			t.Errorf("where it was ended: %v", err)
		}
		if err := end(5, id); err != nil {
			t.Errorf("ended twice: %v", err)
		}
		if _, err := lookup(there, auth.SessionCacheFor-time.Millisecond); err != nil {
			t.Errorf("elsewhere, cached: %v", err)
		}
		if _, err := lookup(there, auth.SessionCacheFor); !sessionOver(err) {
			t.Errorf("elsewhere, after SessionCacheFor: %v", err)
		}
	})
}

// TestSeen: a look-up writes nothing; a flush does, once, and never backwards.
func TestSeen(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		s := auth.NewSessions()
		secret := enter(t, d, s, 5, now())
		use := func(s *auth.Sessions, after time.Duration) {
			t.Helper()
			if _, err := s.Lookup(t.Context(), d, secret, limits(), now().Add(after)); err != nil {
				t.Fatal(err)
			}
		}
		stored := func() time.Duration {
			t.Helper()
			var seen int64
			if err := d.QueryRow(t.Context(), `SELECT seen_at FROM session`).Scan(&seen); err != nil {
				t.Fatal(err)
			}
			return time.UnixMilli(seen).Sub(now())
		}
		flush := func(s *auth.Sessions) func(tx *db.Tx) error {
			return func(tx *db.Tx) error { return s.Flush(t.Context(), tx) }
		}
		use(s, 5*time.Minute)
		if got := stored(); got != 0 {
			t.Errorf("a look-up wrote %v", got)
		}
		rolledBack := errors.New("no")
		if err := d.Update(t.Context(), func(tx *db.Tx) error { return errors.Join(flush(s)(tx), rolledBack) }); !errors.Is(err, rolledBack) {
			t.Fatal(err)
		}
		update(t, d, flush(s))
		if got := stored(); got != 5*time.Minute {
			t.Errorf("seen after %v", got)
		}
		other := auth.NewSessions()
		use(other, 10*time.Minute)
		use(s, 7*time.Minute)
		update(t, d, flush(other))
		update(t, d, flush(s))
		if got := stored(); got != 10*time.Minute {
			t.Errorf("seen after %v", got)
		}
	})
}

func TestForgetSessions(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		s := auth.NewSessions()
		enter(t, d, s, 1, now().Add(-100*24*time.Hour))
		fresh := enter(t, d, s, 2, now())
		for _, at := range []time.Time{now(), now().Add(-auth.PendingFor - time.Second)} {
			if _, err := begin(t, d, s, 3, at); err != nil {
				t.Fatal(err)
			}
		}
		update(t, d, func(tx *db.Tx) error { return s.Forget(t.Context(), tx, now().Add(-90*24*time.Hour), now()) })
		var left int
		if err := d.QueryRow(t.Context(), `SELECT COUNT(*) FROM session`).Scan(&left); err != nil || left != 2 {
			t.Errorf("%d left, %v", left, err)
		}
		if _, err := s.Lookup(t.Context(), d, fresh, limits(), now()); err != nil {
			t.Error(err)
		}
	})
}

// TestForeignAgent: what a browser calls itself is kept short and printable.
func TestForeignAgent(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Mozilla/5.0 (X11)": "Mozilla/5.0 (X11)", "a\x00\r\nb\x1b[2J": "ab[2J", "\xff\xfe": "", "浏览器": "浏览器",
		strings.Repeat("长", 500): strings.Repeat("长", 200),
	} {
		if got := (auth.Place{Agent: in}).Short().Agent; got != want {
			t.Errorf("%q became %q", in, got)
		}
	}
}
