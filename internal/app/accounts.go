package app

import (
	"context"
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

// administered is an act of the operator that concerns an account.
func administered(account org.Account, kind audit.ActKind, detail string) audit.Act {
	return audit.Act{Account: int64(account.ID), Unit: int64(account.Unit), Kind: kind, Detail: detail}
}

// IssueToken makes a bearer token for an account.
func (a *App) IssueToken(ctx context.Context, login, label string, life time.Duration) (auth.Secret, error) {
	account, err := a.active(login)
	if err != nil {
		return "", err
	}
	var token auth.Secret
	err = a.Cases.Administer(ctx, administered(account, audit.ActToken, label), func(tx *db.Tx) (err error) {
		token, err = a.Tokens.Issue(ctx, tx, int64(account.ID), label, life, time.Now())
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

// RevokeToken ends one token of an account.
func (a *App) RevokeToken(ctx context.Context, login string, id int64) error {
	tokens, err := a.TokensOf(ctx, login)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(tokens, func(t auth.Token) bool { return t.ID == id })
	if at < 0 {
		return errs.Newf(errs.NotFound, "token_not_found", "账号 %s 没有编号为 %d 的令牌；user tokens 列出其全部令牌", login, id)
	}
	return a.revoke(ctx, login, tokens[at:at+1])
}

// RevokeTokens ends all tokens of an account that still open something, and
// returns how many these were.
func (a *App) RevokeTokens(ctx context.Context, login string) (int, error) {
	tokens, err := a.TokensOf(ctx, login)
	if err != nil {
		return 0, err
	}
	now := time.Now()
	tokens = slices.DeleteFunc(tokens, func(t auth.Token) bool { return t.State(now) != auth.Valid })
	if len(tokens) == 0 {
		return 0, nil
	}
	return len(tokens), a.revoke(ctx, login, tokens)
}

func (a *App) revoke(ctx context.Context, login string, tokens []auth.Token) error {
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
	return a.Cases.Administer(ctx, administered(account, audit.ActRevoke, detail), func(tx *db.Tx) error {
		for _, t := range tokens {
			if err := a.Tokens.Revoke(ctx, tx, t.ID, time.Now()); err != nil {
				return err
			}
		}
		return nil
	})
}

// SetActive disables or enables an account. While it is disabled its tokens
// open nothing, and its streams of changes end.
func (a *App) SetActive(ctx context.Context, login string, active bool) error {
	account, err := a.account(login)
	if err != nil || account.Active == active {
		return err
	}
	account.Active = active
	detail := "停用"
	if active {
		detail = "启用"
	}
	return a.setAccount(ctx, account, detail)
}

// AddAccount makes an account at the unit with a code.
func (a *App) AddAccount(ctx context.Context, account org.Account, unit string) error {
	u, ok := a.City.Current().UnitByCode(unit)
	if !ok {
		return errs.Newf(errs.NotFound, "unit_not_found", "没有代码为 %s 的单位；单位代码见 user list 的最后一列", unit)
	}
	account.Unit, account.Active = u.ID, true
	return a.setAccount(ctx, account, "新增 "+account.Login)
}

func (a *App) setAccount(ctx context.Context, account org.Account, detail string) error {
	return a.Cases.Administer(ctx, administered(account, audit.ActUser, detail), func(tx *db.Tx) error {
		_, err := org.SetAccount(ctx, tx, a.City.Current(), account)
		return err
	})
}
