package app

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"huiyin/internal/audit"
	"huiyin/internal/auth"
	"huiyin/internal/db"
	"huiyin/internal/errs"
	"huiyin/internal/org"
	"huiyin/internal/ticket"
)

// ActorByLogin returns who acts when the command line acts for an account.
func (a *App) ActorByLogin(login string) (ticket.Actor, error) {
	account, err := a.active(login)
	return account.Actor(), err
}

func (a *App) active(login string) (org.Account, error) {
	account, err := a.account(login)
	if err == nil && !account.Active {
		err = errs.Newf(errs.Conflict, "account_inactive", "账号 %s 已停用；可用 user enable 重新启用", login)
	}
	return account, err
}

func (a *App) account(login string) (org.Account, error) {
	account, ok := a.City.Current().AccountByLogin(login)
	if !ok {
		return org.Account{}, errs.Newf(errs.NotFound, "login_not_found", "没有账号 %s；user list 列出全部账号，演示账号见数据目录中的 %s", login, accountsFile)
	}
	return account, nil
}

// administered is an act that concerns an account, of an administrator or,
// where there is none, of the operator at the command line, whom only the
// operating system knows.
func administered(by ticket.Actor, account org.Account, kind audit.ActKind, detail string) audit.Act {
	if by.Account == 0 {
		return own(account, kind, "命令行："+detail)
	}
	return audit.Act{Account: int64(by.Account), Unit: int64(by.Unit), Kind: kind, Detail: account.Login + "：" + detail}
}

// may refuses an administrator without the role. The operator may all.
func may(by ticket.Actor, role ticket.Role) error {
	if by.Account == 0 || by.Holds(role) {
		return nil
	}
	return errs.New(errs.Denied, "not_administrator", "该操作须由"+map[ticket.Role]string{
		ticket.SystemAdmin: "系统管理员", ticket.SecurityAdmin: "安全管理员",
	}[role]+"办理")
}

// IssueToken makes a bearer token for an account; the security administrator
// may.
func (a *App) IssueToken(ctx context.Context, by ticket.Actor, login, label string, life time.Duration) (auth.Secret, error) {
	if err := may(by, ticket.SecurityAdmin); err != nil {
		return "", err
	}
	account, err := a.active(login)
	if err != nil {
		return "", err
	}
	var token auth.Secret
	err = a.Cases.Administer(ctx, administered(by, account, audit.ActToken, label), func(tx *db.Tx) (err error) {
		token, err = a.Tokens.Issue(ctx, tx, int64(account.ID), label, life, a.Clock())
		return err
	})
	return token, err
}

// TokensOf lists the tokens of an account, of one that is disabled too.
func (a *App) TokensOf(ctx context.Context, login string) ([]auth.Token, error) {
	account, err := a.account(login)
	if err != nil {
		return nil, err
	}
	return a.Tokens.List(ctx, a.Store, int64(account.ID))
}

// RevokeToken ends one token of an account; the security administrator may.
func (a *App) RevokeToken(ctx context.Context, by ticket.Actor, login string, id int64) error {
	tokens, err := a.TokensOf(ctx, login)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(tokens, func(t auth.Token) bool { return t.ID == id })
	if at < 0 {
		return errs.Newf(errs.NotFound, "token_not_found", "账号 %s 没有编号为 %d 的令牌；user tokens 列出其全部令牌", login, id)
	}
	return a.revoke(ctx, by, login, tokens[at:at+1])
}

// RevokeTokens ends all tokens of an account that still open something, and
// returns how many these were; the security administrator may.
func (a *App) RevokeTokens(ctx context.Context, by ticket.Actor, login string) (int, error) {
	tokens, err := a.TokensOf(ctx, login)
	if err != nil {
		return 0, err
	}
	now := a.Clock()
	tokens = slices.DeleteFunc(tokens, func(t auth.Token) bool { return t.State(now) != auth.Valid })
	if len(tokens) == 0 {
		return 0, nil
	}
	return len(tokens), a.revoke(ctx, by, login, tokens)
}

func (a *App) revoke(ctx context.Context, by ticket.Actor, login string, tokens []auth.Token) error {
	if err := may(by, ticket.SecurityAdmin); err != nil {
		return err
	}
	account, err := a.account(login)
	if err != nil {
		return err
	}
	ids := make([]string, len(tokens))
	for i, t := range tokens {
		ids[i] = strconv.FormatInt(t.ID, 10)
	}
	// What does not fit in a line of the log is still told by its number.
	detail := strings.Join(ids[:min(len(ids), 100)], " ")
	if len(ids) > 100 {
		detail += " … " + strconv.Itoa(len(ids))
	}
	return a.Cases.Administer(ctx, administered(by, account, audit.ActRevoke, detail), func(tx *db.Tx) error {
		for _, t := range tokens {
			if err := a.Tokens.Revoke(ctx, tx, t.ID, a.Clock()); err != nil {
				return err
			}
		}
		return nil
	})
}

// SetActive disables or enables an account; the system administrator may.
// While it is disabled its tokens open nothing, and its streams of changes
// end; its sessions are over for good.
func (a *App) SetActive(ctx context.Context, by ticket.Actor, login string, active bool) error {
	account, err := a.account(login)
	if err != nil || account.Active == active {
		return err
	}
	account.Active = active
	_, err = a.PutAccount(ctx, by, account)
	return err
}

// AddAccount makes an account at the unit with a code; the system
// administrator may.
func (a *App) AddAccount(ctx context.Context, by ticket.Actor, account org.Account, unit string) error {
	u, ok := a.City.Current().UnitByCode(unit)
	if !ok {
		return errs.Newf(errs.NotFound, "unit_not_found", "没有代码为 %s 的单位；单位代码见 user list 的最后一列", unit)
	}
	account.Unit, account.Active = u.ID, true
	_, err := a.PutAccount(ctx, by, account)
	return err
}

// PutAccount writes an account, a new one if its id is zero, and returns it
// with its id; the system administrator may. Nobody changes their own duties:
// an administrator could give himself the sight of tickets. Errors: Invalid
// with fields, Denied.
func (a *App) PutAccount(ctx context.Context, by ticket.Actor, account org.Account) (org.Account, error) {
	if err := may(by, ticket.SystemAdmin); err != nil {
		return org.Account{}, err
	}
	old, _ := a.City.Current().Account(account.ID)
	sameDuties := slices.Equal(old.Roles, account.Roles) && old.Unit == account.Unit && old.Active == account.Active
	if by.Account != 0 && by.Account == account.ID && !sameDuties {
		return org.Account{}, errs.New(errs.Denied, "own_account", "不能变更自己的岗位、单位和启用状态，请由另一位系统管理员办理")
	}
	err := a.Cases.Administer(ctx, administered(by, account, audit.ActUser, changeOf(old, account)), func(tx *db.Tx) (err error) {
		if account, err = org.SetAccount(ctx, tx, a.City.Current(), account); err != nil || account.Active {
			return err
		}
		return a.Sessions.EndAll(ctx, tx, int64(account.ID), a.Clock())
	})
	return account, err
}

// changeOf says in the access log what is new about an account.
func changeOf(old, account org.Account) string {
	switch {
	case old.ID == 0:
		return "新增 " + account.Login
	case old.Active && !account.Active:
		return "停用"
	case !old.Active && account.Active:
		return "启用"
	case !slices.Equal(old.Roles, account.Roles):
		return fmt.Sprintf("岗位由 %v 改为 %v", old.Roles, account.Roles)
	}
	return "修改"
}

// SetPassword gives an account a random password and returns it; it cannot be
// shown again. A lock is lifted, sessions end. The security administrator may,
// but not for himself: whoever finds his desk unattended could.
func (a *App) SetPassword(ctx context.Context, by ticket.Actor, login string) (auth.Secret, error) {
	account, err := a.another(by, login)
	if err != nil {
		return "", err
	}
	password := auth.RandomPassword()
	if err := a.putPassword(ctx, administered(by, account, audit.ActUser, "重置密码"), account, password); err != nil {
		return "", err
	}
	return password, nil
}

func (a *App) putPassword(ctx context.Context, act audit.Act, account org.Account, password auth.Secret) error {
	hash, err := a.Logins.Hash(ctx, password)
	if err != nil {
		return err
	}
	return a.Cases.Administer(ctx, act, func(tx *db.Tx) error {
		if err := a.Logins.Set(ctx, tx, int64(account.ID), hash, a.Clock()); err != nil {
			return err
		}
		return a.Sessions.EndAll(ctx, tx, int64(account.ID), a.Clock())
	})
}

// ResetFactor takes the second factor from an account: it enrols anew at the
// next sign-in. Sessions end. Who may is as for SetPassword.
func (a *App) ResetFactor(ctx context.Context, by ticket.Actor, login string) error {
	account, err := a.another(by, login)
	if err != nil {
		return err
	}
	return a.Cases.Administer(ctx, administered(by, account, audit.ActFactor, "重置动态口令"), func(tx *db.Tx) error {
		if err := a.Factors.Reset(ctx, tx, int64(account.ID)); err != nil {
			return err
		}
		return a.Sessions.EndAll(ctx, tx, int64(account.ID), a.Clock())
	})
}

// another is an account whose means of signing in the actor may replace.
func (a *App) another(by ticket.Actor, login string) (org.Account, error) {
	if err := may(by, ticket.SecurityAdmin); err != nil {
		return org.Account{}, err
	}
	account, err := a.account(login)
	if err == nil && account.ID == by.Account {
		err = errs.New(errs.Denied, "own_account", "不能重置自己的登录方式，请由另一位安全管理员办理")
	}
	return account, err
}

// SessionsOf lists where an account is signed in, newest first.
func (a *App) SessionsOf(ctx context.Context, login string) ([]auth.Session, error) {
	account, err := a.account(login)
	if err != nil {
		return nil, err
	}
	return a.Sessions.List(ctx, a.Store, int64(account.ID), a.sessionLimits(), a.Clock())
}

// EndSession ends one session of an account; its owner and the security
// administrator may. Error: NotFound if the account has none with the id.
func (a *App) EndSession(ctx context.Context, by ticket.Actor, login string, id int64) error {
	account, err := a.ownOrAny(by, login)
	if err != nil {
		return err
	}
	act := administered(by, account, audit.ActSignOut, "结束登录 "+strconv.FormatInt(id, 10))
	return a.Cases.Administer(ctx, act, func(tx *db.Tx) error {
		return a.Sessions.End(ctx, tx, int64(account.ID), id, a.Clock())
	})
}

// EndSessions ends all sessions of an account and returns how many were open;
// who may is as for EndSession.
func (a *App) EndSessions(ctx context.Context, by ticket.Actor, login string) (int, error) {
	account, err := a.ownOrAny(by, login)
	if err != nil {
		return 0, err
	}
	open := 0
	err = a.Cases.Administer(ctx, administered(by, account, audit.ActSignOut, "结束全部登录"), func(tx *db.Tx) error {
		list, err := a.Sessions.List(ctx, tx, int64(account.ID), a.sessionLimits(), a.Clock())
		if err != nil {
			return err
		}
		open = len(list)
		return a.Sessions.EndAll(ctx, tx, int64(account.ID), a.Clock())
	})
	return open, err
}

func (a *App) ownOrAny(by ticket.Actor, login string) (org.Account, error) {
	account, err := a.account(login)
	if err != nil {
		return account, err
	}
	if account.ID == by.Account {
		return account, nil
	}
	return account, may(by, ticket.SecurityAdmin)
}
