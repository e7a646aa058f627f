package auth_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"
	"pgregory.net/rapid"

	"huiyin/internal/auth"
	"huiyin/internal/crypt"
	"huiyin/internal/db"
	"huiyin/internal/db/dbtest"
	"huiyin/internal/errs"
)

const step = 30 * time.Second

// shown is what an authenticator shows at an instant.
func shown(t rapid.TB, secret auth.Secret, at time.Time) string {
	t.Helper()
	code, err := totp.GenerateCode(secret.Plain(), at)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func assign(t *testing.T, d *db.DB, f *auth.Factors, account int64) (s auth.Secret) {
	t.Helper()
	update(t, d, func(tx *db.Tx) (err error) {
		s, err = f.Assign(t.Context(), tx, account, now())
		return err
	})
	return s
}

// pass proves and accepts a code, as a sign-in does.
func pass(t interface{ Context() context.Context }, d *db.DB, f *auth.Factors, account int64, code string, at time.Time) error {
	ctx := t.Context()
	proof, err := f.Prove(ctx, d, account, code, at)
	if err != nil {
		return err
	}
	return d.Update(ctx, func(tx *db.Tx) error { return f.Accept(ctx, tx, proof, at) })
}

func badCode(err error) bool { return errs.Is(err, errs.Unknown) && errs.CodeOf(err) == "bad_code" }

func TestEnrolment(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		f := auth.NewFactors(crypt.Ephemeral())
		enrol := func(account int64) (auth.Enrolment, bool) {
			t.Helper()
			e, first, err := f.Enrolment(t.Context(), d, account, "zhang-wei", now())
			if err != nil {
				t.Fatal(err)
			}
			return e, first
		}
		e, first := enrol(1)
		if again, _ := enrol(1); !first || e.URI != again.URI || e.Secret != again.Secret {
			t.Errorf("first %v, and another secret the second time", first)
		}
		if other, _ := enrol(2); other.Secret == e.Secret {
			t.Error("two accounts with one secret")
		}
		key, err := otp.NewKeyFromURL(e.URI)
		if err != nil {
			t.Fatal(err)
		}
		told := []any{key.Type(), key.Issuer(), key.AccountName(), key.Secret(), key.Period(), key.Digits(), key.Algorithm()}
		want := []any{"totp", "回音 12345", "zhang-wei", e.Secret, uint64(30), otp.DigitsSix, otp.AlgorithmSHA1}
		if diff := cmp.Diff(want, told); diff != "" || len(e.Secret) != 32 {
			t.Error(diff)
		}
		var sealed []byte
		if err := d.QueryRow(t.Context(), `SELECT secret FROM factor WHERE account_id = 1`).Scan(&sealed); err != nil || strings.Contains(string(sealed), e.Secret) {
			t.Errorf("in clear: %v", err)
		}
		if _, err := f.Code(t.Context(), d, 1, now()); !errs.Is(err, errs.NotFound) {
			t.Errorf("a code before it is confirmed: %v", err)
		}

		secret := auth.Secret(e.Secret)
		if err := pass(t, d, f, 1, shown(t, secret, now().Add(-10*step)), now()); !badCode(err) {
			t.Errorf("an old code confirms: %v", err)
		}
		if _, first := enrol(1); !first {
			t.Error("confirmed by a wrong code")
		}
		if err := pass(t, d, f, 1, shown(t, secret, now()), now()); err != nil {
			t.Fatal(err)
		}
		if e, first := enrol(1); first || e != (auth.Enrolment{}) {
			t.Error("shown after it was confirmed")
		}
		update(t, d, func(tx *db.Tx) error { return f.Reset(t.Context(), tx, 1) })
		if again, first := enrol(1); !first || again.Secret == e.Secret {
			t.Error("the old secret after a reset")
		}
	})
}

// TestWindow moves time and tries codes of steps around it. What is right is
// said here anew: a code passes if it is shown within a step of now, later than
// the last that passed, and the account is not locked.
func TestWindow(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		f, account := auth.NewFactors(crypt.Ephemeral()), int64(0)
		rapid.Check(t, func(r *rapid.T) {
			account++
			secret, at := assign(t, d, f, account), now()
			var last, locked time.Time
			wrong := 0
			offs := rapid.SampledFrom([][]int{{-3, -2, -1, 0, 1, 2, 3}, {-3, -2, 0, 2, 3}, {-9, 9}}).Draw(r, "offs")
			for range rapid.IntRange(1, 20).Draw(r, "tries") {
				at = at.Add(time.Duration(rapid.IntRange(0, 40).Draw(r, "seconds")) * time.Second)
				if rapid.IntRange(0, 9).Draw(r, "rest") == 0 {
					at = at.Add(auth.LockFor)
				}
				code := shown(r, secret, at.Add(time.Duration(rapid.SampledFrom(offs).Draw(r, "off"))*step))
				var right time.Time
				for _, off := range []time.Duration{step, 0, -step} {
					if shows := at.Add(off).Truncate(step); shows.After(last) && shown(r, secret, shows) == code {
						right = shows
					}
				}
				if !locked.IsZero() && !at.Before(locked) {
					locked, wrong = time.Time{}, 0
				}
				want := !right.IsZero() && locked.IsZero()
				switch {
				case want:
					last, wrong = right, 0
				case locked.IsZero():
					if wrong++; wrong == auth.MaxFailures {
						locked = at.Add(auth.LockFor)
					}
				}
				if err := pass(r, d, f, account, code, at); want && err != nil || !want && !badCode(err) {
					r.Fatalf("at %v, last %v, wrong %d, locked until %v: %v, want passed %v", at, last, wrong, locked, err, want)
				}
			}
		})
	})
}

// TestOneUseWins: of many who use one code at the same instant one comes in.
func TestOneUseWins(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		f := auth.NewFactors(crypt.Ephemeral())
		code := shown(t, assign(t, d, f, 1), now())
		var in atomic.Int32
		var wg sync.WaitGroup
		for range auth.MaxFailures {
			wg.Go(func() {
				switch err := pass(t, d, f, 1, code, now()); {
				case err == nil:
					in.Add(1)
				case !badCode(err):
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

// TestCodesAtOnce: as for passwords, no more guesses than allowed are looked at.
func TestCodesAtOnce(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		f := auth.NewFactors(crypt.Ephemeral())
		secret := assign(t, d, f, 1)
		var wg sync.WaitGroup
		for range 3 * auth.MaxFailures {
			wg.Go(func() {
				if err := pass(t, d, f, 1, shown(t, secret, now().Add(-time.Hour)), now()); !badCode(err) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		var failed int64
		if err := d.QueryRow(t.Context(), `SELECT failed FROM factor WHERE account_id = 1`).Scan(&failed); err != nil || failed != auth.MaxFailures {
			t.Errorf("%d codes were looked at, %v", failed, err)
		}
	})
}

// TestReplacedMeanwhile: a proof of an old secret is worth nothing.
func TestReplacedMeanwhile(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		f := auth.NewFactors(crypt.Ephemeral())
		proof, err := f.Prove(t.Context(), d, 1, shown(t, assign(t, d, f, 1), now()), now())
		if err != nil {
			t.Fatal(err)
		}
		update(t, d, func(tx *db.Tx) error {
			_, err := f.Assign(t.Context(), tx, 1, now().Add(time.Millisecond))
			return err
		})
		err = d.Update(t.Context(), func(tx *db.Tx) error { return f.Accept(t.Context(), tx, proof, now()) })
		if !badCode(err) {
			t.Error(err)
		}
	})
}

// TestFactorIsBound: a sealed secret opens nothing for another account or
// under another key.
func TestFactorIsBound(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		f := auth.NewFactors(crypt.Ephemeral())
		secret := assign(t, d, f, 1)
		update(t, d, func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `INSERT INTO factor (account_id, key_wrapped, secret, created_at, confirmed_at)
				SELECT 2, key_wrapped, secret, created_at, confirmed_at FROM factor WHERE account_id = 1`)
			return err
		})
		code := shown(t, secret, now())
		if _, err := f.Prove(t.Context(), d, 2, code, now()); !errs.Is(err, errs.Internal) {
			t.Errorf("for another account: %v", err)
		}
		if _, err := auth.NewFactors(crypt.Ephemeral()).Prove(t.Context(), d, 1, code, now()); !errs.Is(err, errs.Internal) {
			t.Errorf("under another key: %v", err)
		}
	})
}

func TestCode(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		f := auth.NewFactors(crypt.Ephemeral())
		secret := assign(t, d, f, 1)
		for i, want := range []time.Time{now(), now().Add(step)} {
			code, err := f.Code(t.Context(), d, 1, now())
			if err != nil || code.Plain() != shown(t, secret, want) {
				t.Errorf("%d: %v", i, err)
			}
			if err := pass(t, d, f, 1, code.Plain(), now()); err != nil {
				t.Error(err)
			}
		}
		if _, err := f.Code(t.Context(), d, 1, now()); errs.CodeOf(err) != "code_used" {
			t.Errorf("a third within one step: %v", err)
		}
		if code, err := f.Code(t.Context(), d, 1, now().Add(step)); err != nil || code.Plain() != shown(t, secret, now().Add(2*step)) {
			t.Errorf("a step later: %v", err)
		}
		if _, err := f.Code(t.Context(), d, 2, now()); !errs.Is(err, errs.NotFound) {
			t.Errorf("nobody: %v", err)
		}
	})
}

func TestEnrolmentHides(t *testing.T) {
	t.Parallel()
	e := auth.Enrolment{Secret: "PLAIN", URI: "otpauth://PLAIN"}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("in", "enrolment", e, "in", []any{e, &e})
	raw, err := json.Marshal(map[string]any{"a": e, "b": &e})
	if err != nil {
		t.Fatal(err)
	}
	out := []string{log.String(), string(raw), fmt.Sprint(e, &e), fmt.Sprintf("%v %+v %#v %s %q %x %d", e, e, e, e, e, e, e)}
	for _, text := range out {
		if strings.Contains(text, "PLAIN") || strings.Contains(text, fmt.Sprintf("%x", "PLAIN")) {
			t.Errorf("shown: %s", text)
		}
	}
}

func FuzzProve(f *testing.F) {
	for _, seed := range []string{"", "123456", "123 456", "１２３４５６", "-12345", "1234567", "12345\x00"} {
		f.Add(seed)
	}
	factors := auth.NewFactors(crypt.Ephemeral())
	f.Fuzz(func(t *testing.T, code string) {
		plain := strings.ReplaceAll(code, " ", "")
		if len(plain) == 6 && strings.Trim(plain, "0123456789") == "" {
			t.Skip("a code is looked up")
		}
		// Without a database anything that is taken for a code would fail loudly.
		if _, err := factors.Prove(t.Context(), nil, 1, code, now()); !errs.Is(err, errs.Invalid) {
			t.Fatalf("%q: %v", code, err)
		}
	})
}
