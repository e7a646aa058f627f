package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"huiyin/internal/app"
	"huiyin/internal/auth"
)

// named is the account that a command on signing in is about.
type named struct {
	Login string `arg:"" help:"登录名 · login"`
}

type userPasswordCmd struct{ named }

func (c userPasswordCmd) Run(ctx context.Context, g globals) error {
	return g.with(ctx, g.there(), func(a *app.App) error {
		password, err := a.SetPassword(ctx, operator(), c.Login)
		if err == nil {
			fmt.Println(password.Plain())
		}
		return err
	})
}

type userResetFactorCmd struct{ named }

func (c userResetFactorCmd) Run(ctx context.Context, g globals) error {
	return g.with(ctx, g.there(), func(a *app.App) error {
		if err := a.ResetFactor(ctx, operator(), c.Login); err != nil {
			return err
		}
		fmt.Println("账号 " + c.Login + " 的动态口令已重置，下次登录时重新绑定")
		return nil
	})
}

type userSessionsCmd struct {
	named
	JSON bool `name:"json" help:"输出 JSON · print JSON"`
}

// sessionLine is a session as programs read it.
type sessionLine struct {
	ID      int64     `json:"id"`
	Created time.Time `json:"created"`
	Seen    time.Time `json:"seen"`
	Address string    `json:"address"`
	Agent   string    `json:"agent"`
}

func (c userSessionsCmd) Run(ctx context.Context, g globals) error {
	return g.with(ctx, g.there(), func(a *app.App) error {
		sessions, err := a.SessionsOf(ctx, c.Login)
		if err != nil {
			return err
		}
		local := a.City.Current().Calendar().Location()
		lines := make([]sessionLine, len(sessions))
		for i, s := range sessions {
			lines[i] = sessionLine{s.ID, s.Created.In(local), s.Seen.In(local), s.Address, s.Agent}
		}
		if c.JSON {
			return printJSON(lines)
		}
		fmt.Print(sessionTable(lines))
		return nil
	})
}

func sessionTable(lines []sessionLine) string {
	rows := [][]string{{"编号", "登录", "最近使用", "地址", "浏览器"}}
	for _, l := range lines {
		rows = append(rows, []string{
			strconv.FormatInt(l.ID, 10), l.Created.Format("2006-01-02 15:04"), l.Seen.Format("2006-01-02 15:04"), l.Address, l.Agent,
		})
	}
	return table(rows)
}

type userSignOutCmd struct{ named }

func (c userSignOutCmd) Run(ctx context.Context, g globals) error {
	return g.with(ctx, g.there(), func(a *app.App) error {
		n, err := a.EndSessions(ctx, operator(), c.Login)
		if err == nil {
			fmt.Printf("已结束 %d 个登录；运行中的服务最迟 %d 秒后不再接受\n", n, int(auth.SessionCacheFor.Seconds()))
		}
		return err
	})
}

type userCodeCmd struct{ named }

func (c userCodeCmd) Run(ctx context.Context, g globals) error {
	return g.with(ctx, g.there(), func(a *app.App) error {
		code, err := a.DemoCode(ctx, c.Login)
		if err == nil {
			fmt.Println(code.Plain())
		}
		return err
	})
}
