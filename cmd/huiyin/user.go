package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"huiyin/internal/app"
	"huiyin/internal/auth"
	"huiyin/internal/errs"
	"huiyin/internal/org"
	"huiyin/internal/ticket"
)

type userCmd struct {
	List    userListCmd    `cmd:"" help:"列出账号 · list accounts"`
	Add     userAddCmd     `cmd:"" help:"新增账号 · add an account"`
	Disable userDisableCmd `cmd:"" help:"停用账号：其令牌随即无效 · disable an account and its tokens"`
	Enable  userEnableCmd  `cmd:"" help:"重新启用账号 · enable it again"`
	Token   userTokenCmd   `cmd:"" help:"签发令牌 · issue a bearer token"`
	Tokens  userTokensCmd  `cmd:"" help:"列出账号的令牌 · list the tokens of an account"`
	Revoke  userRevokeCmd  `cmd:"" help:"撤销令牌 · revoke tokens"`

	Password    userPasswordCmd    `cmd:"" help:"重置为随机密码 · set a random password"`
	ResetFactor userResetFactorCmd `cmd:"" help:"重置动态口令，下次登录时重新绑定 · take the second factor away"`
	Sessions    userSessionsCmd    `cmd:"" help:"列出账号的登录 · list where an account is signed in"`
	SignOut     userSignOutCmd     `cmd:"" help:"结束账号的全部登录 · end all its sessions"`
	Code        userCodeCmd        `cmd:"" help:"演示账号当前的动态口令 · the code of a demo account"`
}

// operator is who gives commands here: nobody with an account.
func operator() ticket.Actor { return ticket.Actor{} }

type userListCmd struct {
	Role string `help:"只列某一岗位 · only one role"`
}

func (c userListCmd) Run(ctx context.Context, g globals) error {
	if c.Role != "" && !slices.Contains(ticket.Roles, ticket.Role(c.Role)) {
		return errs.Newf(errs.Invalid, "role", "没有岗位 %s；可用：%v", c.Role, ticket.Roles)
	}
	return g.with(ctx, g.there(), func(a *app.App) error {
		dir := a.City.Current()
		for _, account := range dir.Accounts() {
			unit, _ := dir.Unit(account.Unit)
			state := "在用"
			if !account.Active {
				state = "停用"
			}
			for _, role := range account.Roles {
				if c.Role == "" || c.Role == string(role) {
					fmt.Printf("%s\t%s\t%s\t%s\t%s\t%s\n", account.Login, account.Name, role, unit.Name, state, unit.Code)
				}
			}
		}
		return nil
	})
}

type userAddCmd struct {
	Login string   `required:"" help:"登录名 · login"`
	Name  string   `required:"" help:"姓名 · name"`
	Unit  string   `required:"" help:"单位代码 · code of the unit"`
	Role  []string `required:"" help:"岗位，可多个，逗号分隔 · roles"`
}

func (c userAddCmd) Run(ctx context.Context, g globals) error {
	return g.with(ctx, g.there(), func(a *app.App) error {
		account := org.Account{Login: c.Login, Name: c.Name}
		for _, role := range c.Role {
			account.Roles = append(account.Roles, ticket.Role(role))
		}
		if err := a.AddAccount(ctx, operator(), account, c.Unit); err != nil {
			return err
		}
		fmt.Println("已新增账号 " + c.Login)
		return nil
	})
}

type userDisableCmd struct {
	Login string `required:"" help:"登录名 · login"`
}

func (c userDisableCmd) Run(ctx context.Context, g globals) error {
	return setActive(ctx, g, c.Login, false)
}

type userEnableCmd struct {
	Login string `required:"" help:"登录名 · login"`
}

func (c userEnableCmd) Run(ctx context.Context, g globals) error {
	return setActive(ctx, g, c.Login, true)
}

func setActive(ctx context.Context, g globals, login string, active bool) error {
	return g.with(ctx, g.there(), func(a *app.App) error {
		if err := a.SetActive(ctx, operator(), login, active); err != nil {
			return err
		}
		if active {
			fmt.Println("账号 " + login + " 已启用，其未撤销的令牌重新有效")
		} else {
			fmt.Println("账号 " + login + " 已停用")
		}
		return nil
	})
}

type userTokenCmd struct {
	Login string `required:"" help:"登录名 · login"`
	Label string `help:"用途 · label" default:"命令行签发"`
	Days  int    `help:"有效天数 · days until it expires" default:"365"`
}

// maxDays is ten years, beyond which no token is issued.
const maxDays = 3650

func (c userTokenCmd) Run(ctx context.Context, g globals) error {
	if c.Days < 1 || c.Days > maxDays {
		return errs.Newf(errs.Invalid, "days", "--days 应为 1 至 %d", maxDays)
	}
	return g.with(ctx, g.there(), func(a *app.App) error {
		token, err := a.IssueToken(ctx, operator(), c.Login, c.Label, time.Duration(c.Days)*24*time.Hour)
		if err == nil {
			fmt.Println(token.Plain())
		}
		return err
	})
}

type userTokensCmd struct {
	Login string `required:"" help:"登录名 · login"`
	JSON  bool   `name:"json" help:"输出 JSON · print JSON"`
}

// tokenLine is a token as programs read it.
type tokenLine struct {
	ID       int64      `json:"id"`
	Label    string     `json:"label"`
	Created  time.Time  `json:"created"`
	Expires  time.Time  `json:"expires"`
	LastUsed string     `json:"last_used,omitempty"` // day
	State    auth.State `json:"state"`
}

func (c userTokensCmd) Run(ctx context.Context, g globals) error {
	return g.with(ctx, g.there(), func(a *app.App) error {
		tokens, err := a.TokensOf(ctx, c.Login)
		if err != nil {
			return err
		}
		local, now := a.City.Current().Calendar().Location(), time.Now()
		lines := make([]tokenLine, len(tokens))
		for i, t := range tokens {
			lines[i] = tokenLine{t.ID, t.Label, t.Created.In(local), t.Expires.In(local), t.LastUsed, t.State(now)}
		}
		if c.JSON {
			return printJSON(lines)
		}
		fmt.Print(tokenTable(lines))
		return nil
	})
}

func tokenTable(lines []tokenLine) string {
	states := map[auth.State]string{auth.Valid: "有效", auth.Expired: "已过期", auth.Revoked: "已撤销"}
	rows := [][]string{{"编号", "状态", "签发", "到期", "最近使用", "用途"}}
	for _, l := range lines {
		rows = append(rows, []string{
			strconv.FormatInt(l.ID, 10), states[l.State], l.Created.Format("2006-01-02 15:04"), l.Expires.Format("2006-01-02 15:04"),
			l.LastUsed, l.Label,
		})
	}
	return table(rows)
}

type userRevokeCmd struct {
	Login string `required:"" help:"登录名 · login"`
	ID    int64  `name:"id" help:"令牌编号，见 user tokens · id" xor:"which" required:""`
	All   bool   `help:"该账号的全部令牌 · all of the account" xor:"which" required:""`
}

func (c userRevokeCmd) Run(ctx context.Context, g globals) error {
	return g.with(ctx, g.there(), func(a *app.App) error {
		n, err := c.revoke(ctx, a)
		switch {
		case err != nil:
		case n == 0:
			fmt.Println("该账号没有有效的令牌")
		default:
			fmt.Printf("已撤销 %d 个令牌；运行中的服务最迟 %d 秒后不再接受\n", n, int(auth.CacheFor.Seconds()))
		}
		return err
	})
}

func (c userRevokeCmd) revoke(ctx context.Context, a *app.App) (int, error) {
	if c.All {
		return a.RevokeTokens(ctx, operator(), c.Login)
	}
	return 1, a.RevokeToken(ctx, operator(), c.Login, c.ID)
}
