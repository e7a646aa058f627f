package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"

	"huiyin/internal/crypt"
	"huiyin/internal/db"
	"huiyin/internal/errs"
)

const (
	// Issuer is what an authenticator shows above the code.
	Issuer = "回音 12345"

	factorBytes  = 20 // RFC 4226, section 4, R6
	factorStep   = 30 // seconds; RFC 6238, section 5.2
	factorWindow = 1  // steps that the two clocks may be apart
	factorDigits = 6
)

// Enrolment is what an authenticator must be told once. Printed or logged as a
// whole it shows nothing; a page takes the fields.
type Enrolment struct {
	Secret string // base32 without padding, for typing
	URI    string // otpauth://totp/…, for a picture
}

// Format answers every verb of package fmt.
func (e Enrolment) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// LogValue hides the secret from structured logs.
func (e Enrolment) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText hides the secret from encoders.
func (e Enrolment) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// Factors keeps the accounts' second factor: a code of RFC 6238 with six
// digits, HMAC-SHA-1 and steps of 30 seconds, which may be one step early or
// late and passes once. It is safe for concurrent use.
type Factors struct{ keys *crypt.Keyring }

// NewFactors returns factors whose secrets are sealed with keys.
func NewFactors(keys *crypt.Keyring) *Factors { return &Factors{keys: keys} }

// Proof is a right code that waits to be accepted.
type Proof struct {
	First bool // it confirms the enrolment

	account, step, made int64
}

// Enrolment returns what to set up for an account, the same until it is
// confirmed with a first code; false if it has been.
func (f *Factors) Enrolment(ctx context.Context, d Database, account int64, login string, now time.Time) (Enrolment, bool, error) {
	var row factorRow
	err := d.Update(ctx, func(tx *db.Tx) (err error) {
		var ok bool
		if row, ok, err = factorOf(ctx, tx, account); ok || err != nil {
			return err
		}
		fresh, _, err := f.fresh(account, now)
		if err == nil {
			row, err = addFactor(ctx, tx, fresh)
		}
		return err
	})
	if err != nil || row.confirmed {
		return Enrolment{}, false, err
	}
	secret, err := f.open(row)
	if err != nil {
		return Enrolment{}, false, err
	}
	key, err := totp.Generate(totp.GenerateOpts{Issuer: Issuer, AccountName: login, Secret: secret, Period: factorStep})
	if err != nil {
		return Enrolment{}, false, errs.Wrap(err, errs.Internal, "enrolment", "动态口令暂时无法设置")
	}
	return Enrolment{Secret: factorText(secret), URI: key.URL()}, true, nil
}

// Assign gives the account a fresh secret that counts as confirmed, in place
// of an older one, and returns it as an authenticator takes it.
func (f *Factors) Assign(ctx context.Context, tx *db.Tx, account int64, now time.Time) (Secret, error) {
	row, secret, err := f.fresh(account, now)
	if err != nil {
		return "", err
	}
	return Secret(factorText(secret)), putFactor(ctx, tx, row, now)
}

// Reset takes the second factor from an account, and a lock with it: it must
// enrol anew. An account without one is no error.
func (f *Factors) Reset(ctx context.Context, tx *db.Tx, account int64) error {
	return dropFactor(ctx, tx, account)
}

// Prove returns a proof if the code is the account's at this time. As with
// passwords, attempts are counted before they are looked at and lock with the
// fifth; a wrong, an old and a locked code give one and the same error, Unknown
// (bad_code). What cannot be a code is Invalid and costs no attempt.
func (f *Factors) Prove(ctx context.Context, d Database, account int64, code string, now time.Time) (Proof, error) {
	code, err := readCode(code)
	if err != nil {
		return Proof{}, err
	}
	var row factorRow
	var open bool
	err = d.Update(ctx, func(tx *db.Tx) (err error) {
		row, open, err = countCode(ctx, tx, account, now)
		return err
	})
	if err != nil {
		return Proof{}, err
	}
	if !open {
		return Proof{}, badCode()
	}
	secret, err := f.open(row)
	if err != nil {
		return Proof{}, err
	}
	here := now.Unix() / factorStep
	for step := max(here-factorWindow, row.lastStep+1); step <= here+factorWindow; step++ {
		want, err := codeAt(secret, step)
		if err != nil {
			return Proof{}, err
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			return Proof{First: !row.confirmed, account: account, step: step, made: row.made}, nil
		}
	}
	return Proof{}, badCode()
}

// Accept uses the proof up: of two with the same code one is accepted. It
// takes back the attempts, confirms an enrolment, and locks the account's row
// until the end of the transaction. Error: Unknown (bad_code) if the code was
// used or the secret replaced meanwhile.
func (f *Factors) Accept(ctx context.Context, tx *db.Tx, p Proof, now time.Time) error {
	n, err := useStep(ctx, tx, p, now)
	if err == nil && n == 0 {
		err = badCode()
	}
	return err
}

// Code returns a code that Prove would take now: the present one, or the next
// if that is used up. Errors: NotFound for an account without a confirmed
// factor, Conflict if both are used up.
func (f *Factors) Code(ctx context.Context, q db.Queryer, account int64, now time.Time) (Secret, error) {
	row, ok, err := factorOf(ctx, q, account)
	if err != nil {
		return "", err
	}
	if !ok || !row.confirmed {
		return "", errs.New(errs.NotFound, "no_factor", "该账号尚未启用动态口令，首次登录时设置")
	}
	here := now.Unix() / factorStep
	step := max(here, row.lastStep+1)
	if step > here+factorWindow {
		return "", errs.New(errs.Conflict, "code_used", "当前的动态口令均已用过，请 30 秒后再试")
	}
	secret, err := f.open(row)
	if err != nil {
		return "", err
	}
	code, err := codeAt(secret, step)
	return Secret(code), err
}

func (f *Factors) fresh(account int64, now time.Time) (factorRow, []byte, error) {
	key, wrapped, err := f.keys.NewKey()
	if err != nil {
		return factorRow{}, nil, err
	}
	secret := make([]byte, factorBytes)
	rand.Read(secret)
	return factorRow{
		account: account, key: wrapped, sealed: key.Seal(secret, factorBinding(account)), made: now.UnixMilli(),
	}, secret, nil
}

func (f *Factors) open(row factorRow) ([]byte, error) {
	key, err := f.keys.Unwrap(row.key)
	if err != nil {
		return nil, err
	}
	return key.Open(row.sealed, factorBinding(row.account))
}

// factorBinding ties a sealed secret to its account.
func factorBinding(account int64) []byte {
	return binary.BigEndian.AppendUint64([]byte("factor/"), uint64(account))
}

func factorText(secret []byte) string {
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret)
}

func codeAt(secret []byte, step int64) (string, error) {
	code, err := hotp.GenerateCodeCustom(factorText(secret), uint64(step), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
	return code, errs.Wrap(err, errs.Internal, "factor_damaged", "动态口令暂时无法核对")
}

// readCode takes a code as people type it: authenticators show it in groups.
func readCode(text string) (string, error) {
	code := strings.ReplaceAll(text, " ", "")
	foreign := func(r rune) bool { return r < '0' || r > '9' }
	if len(code) != factorDigits || strings.ContainsFunc(code, foreign) {
		return "", errs.InvalidField("code", "动态口令是 6 位数字")
	}
	return code, nil
}

func badCode() error {
	return errs.New(errs.Unknown, "bad_code", "动态口令不正确或已用过；连续输错 5 次将锁定 15 分钟")
}
