package app

import (
	"context"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"huiyin/internal/audit"
	"huiyin/internal/auth"
	"huiyin/internal/db"
	"huiyin/internal/errs"
	"huiyin/internal/org"
	"huiyin/internal/ticket"
)

// SignIn checks a password and begins a sign-in that still owes its second
// factor. Unknown login, wrong password, locked and disabled account give one
// and the same error, Unknown (bad_credentials), after the same work: failures
// with logins that nobody has are logged too, under no account.
func (a *App) SignIn(ctx context.Context, login string, password auth.Secret, from auth.Place) (auth.Secret, error) {
	account, known := a.City.Current().AccountByLogin(login)
	id := int64(account.ID)
	if !account.Active {
		id = 0
	}
	err := a.Logins.Check(ctx, a.Store, id, password, a.Clock())
	if errs.Is(err, errs.Unknown) {
		detail := "密码"
		if !known {
			detail = "没有这个账号"
		}
		return "", a.failed(ctx, account, audit.ActSignInFailed, detail+" · "+from.Short().Address, err)
	}
	if err != nil {
		return "", err
	}
	var pending auth.Secret
	err = a.Store.Update(ctx, func(tx *db.Tx) (err error) {
		pending, err = a.Sessions.Begin(ctx, tx, id, from, a.Clock())
		return err
	})
	return pending, err
}

// Enrolment returns what an account that has no confirmed second factor must
// set up, the same until it is confirmed; false if it has one. Error: Unknown
// (session_over).
func (a *App) Enrolment(ctx context.Context, pending auth.Secret) (auth.Enrolment, bool, error) {
	_, account, err := a.pending(ctx, pending)
	if err != nil {
		return auth.Enrolment{}, false, err
	}
	return a.Factors.Enrolment(ctx, a.Store, int64(account.ID), account.Login, a.Clock())
}

// SecondFactor checks a code, which also confirms an enrolment, and opens the
// session. Errors: Unknown (session_over) if the sign-in must begin anew,
// Unknown (bad_code), Invalid for what is no code.
func (a *App) SecondFactor(ctx context.Context, pending auth.Secret, code string, from auth.Place) (auth.Secret, error) {
	begun, account, err := a.pending(ctx, pending)
	if err != nil {
		return "", err
	}
	var session auth.Secret
	proof, err := a.Factors.Prove(ctx, a.Store, int64(account.ID), code, a.Clock())
	if err == nil {
		detail := from.Short().Address
		if proof.First {
			detail = "首次启用动态口令 · " + detail
		}
		err = a.Cases.Administer(ctx, own(account, audit.ActSignIn, detail), func(tx *db.Tx) (err error) {
			if err = a.Factors.Accept(ctx, tx, proof, a.Clock()); err == nil {
				session, err = a.Sessions.Open(ctx, tx, begun, from, a.sessionLimits(), a.Clock())
			}
			return err
		})
	}
	if errs.CodeOf(err) == "bad_code" {
		err = a.failed(ctx, account, audit.ActFactor, "动态口令不正确 · "+from.Short().Address, err)
	}
	if err != nil {
		return "", err
	}
	return session, nil
}

// Session returns who is signed in. Error: Unknown (session_over) when it is
// over, idle or ended, or the account disabled.
func (a *App) Session(ctx context.Context, session auth.Secret) (auth.Session, org.Account, error) {
	s, err := a.Sessions.Lookup(ctx, a.Store, session, a.sessionLimits(), a.Clock())
	return a.ofOwner(s, err)
}

// PeekSession is Session for what a page asks by itself: it does not keep the
// session from ending when its owner has been idle for too long.
func (a *App) PeekSession(ctx context.Context, session auth.Secret) (auth.Session, org.Account, error) {
	s, err := a.Sessions.Peek(ctx, a.Store, session, a.sessionLimits(), a.Clock())
	return a.ofOwner(s, err)
}

func (a *App) ofOwner(s auth.Session, err error) (auth.Session, org.Account, error) {
	if err != nil {
		return auth.Session{}, org.Account{}, err
	}
	account, err := a.owner(s)
	if err != nil {
		return auth.Session{}, org.Account{}, err
	}
	return s, account, nil
}

// SignOut ends a session. Error: Unknown (session_over) if it is over already.
func (a *App) SignOut(ctx context.Context, session auth.Secret) error {
	s, account, err := a.Session(ctx, session)
	if err != nil {
		return err
	}
	return a.Cases.Administer(ctx, own(account, audit.ActSignOut, s.Address), func(tx *db.Tx) error {
		return a.Sessions.End(ctx, tx, s.Account, s.ID, a.Clock())
	})
}

// ChangePassword gives an account the password that its owner chose, and ends
// its sessions: whoever else knew the old one is out. Error: Invalid for a
// wrong old or a weak new one.
func (a *App) ChangePassword(ctx context.Context, account org.Account, old, fresh auth.Secret) error {
	if err := checkPassword(account.Login, old, fresh); err != nil {
		return err
	}
	err := a.Logins.Check(ctx, a.Store, int64(account.ID), old, a.Clock())
	if errs.Is(err, errs.Unknown) {
		wrong := errs.InvalidField("old", "原密码不正确；连续输错 5 次将锁定 15 分钟")
		return a.failed(ctx, account, audit.ActSignInFailed, "修改密码时原密码不正确", wrong)
	}
	if err != nil {
		return err
	}
	return a.putPassword(ctx, own(account, audit.ActUser, "修改密码"), account, fresh)
}

// The least that a password of one's own choice must have.
const (
	minPassword      = 12 // signs
	minMixedPassword = 10 // with three classes of lower and upper case, digits, others
	minClasses       = 3
)

func checkPassword(login string, old, fresh auth.Secret) error {
	text := fresh.Plain()
	n := utf8.RuneCountInString(text)
	switch {
	case n < minMixedPassword || n < minPassword && classes(text) < minClasses:
		return errs.InvalidField("new", "新密码至少 12 位；含大写字母、小写字母、数字、符号中三类的，至少 10 位")
	case strings.EqualFold(text, login):
		return errs.InvalidField("new", "新密码不得与账号相同")
	case fresh == old:
		return errs.InvalidField("new", "新密码不得与原密码相同")
	}
	return nil
}

func classes(text string) int {
	of := func(r rune) rune {
		switch {
		case unicode.IsLower(r):
			return 'a'
		case unicode.IsUpper(r):
			return 'A'
		case unicode.IsDigit(r):
			return '0'
		}
		return '.'
	}
	seen := map[rune]bool{}
	for _, r := range text {
		seen[of(r)] = true
	}
	return len(seen)
}

// pending finds a sign-in that owes its second factor.
func (a *App) pending(ctx context.Context, pending auth.Secret) (auth.Session, org.Account, error) {
	s, err := a.Sessions.Pending(ctx, a.Store, pending, a.Clock())
	if err != nil {
		return auth.Session{}, org.Account{}, err
	}
	account, err := a.owner(s)
	return s, account, err
}

// owner is the account of a session, if it may still come in.
func (a *App) owner(s auth.Session) (org.Account, error) {
	account, ok := a.City.Current().Account(ticket.AccountID(s.Account))
	if !ok || !account.Active {
		return org.Account{}, errs.New(errs.Unknown, "session_over", "登录已结束，请重新登录")
	}
	return account, nil
}

func (a *App) sessionLimits() auth.SessionLimits {
	p := a.City.Current().Policy()
	return auth.SessionLimits{
		Idle:  time.Duration(p.SessionIdleMinutes) * time.Minute,
		Life:  time.Duration(p.SessionLifeHours) * time.Hour,
		Count: p.SessionsPerAccount,
	}
}

// own is an act of an account that concerns itself.
func own(account org.Account, kind audit.ActKind, detail string) audit.Act {
	return audit.Act{Account: int64(account.ID), Unit: int64(account.Unit), Kind: kind, Detail: detail}
}

// failed logs an attempt that failed, and returns its error. Hanging up does
// not keep it out of the log.
func (a *App) failed(ctx context.Context, account org.Account, kind audit.ActKind, detail string, refusal error) error {
	nothing := func(*db.Tx) error { return nil }
	if err := a.Cases.Administer(context.WithoutCancel(ctx), own(account, kind, detail), nothing); err != nil {
		return err
	}
	return refusal
}
