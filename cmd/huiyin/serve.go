package main

import (
	"context"
	"fmt"

	"huiyin/internal/app"
)

type serveCmd struct {
	Addr  string   `help:"监听地址 · address" default:"127.0.0.1:12345"`
	Roles []string `help:"进程角色：web、worker · roles of this process" default:"web,worker"`
	Demo  bool     `help:"先建立演示城市并重放诉求 · fill the demo city first"`
	Rate  int      `help:"同一地址每分钟的公开请求数，0 为不限 · public requests a minute from one address" default:"120"`

	TrustProxy []string `help:"可信的反向代理网段，逗号分隔；来自其中的连接以 X-Forwarded-For 认定客户端地址 · networks of reverse proxies whose X-Forwarded-For is believed" placeholder:"CIDR"`

	SMTP     string `name:"smtp" help:"发送邮件通知的服务器，smtp[s]://用户:密码@主机:端口；不填则不发邮件 · mail server for notices" env:"HUIYIN_SMTP" placeholder:"URL"`
	MailFrom string `help:"邮件通知的发件人，如 12345热线 <noreply@example.gov.cn> · sender of notices" env:"HUIYIN_MAIL_FROM" placeholder:"ADDRESS"`
	SiteURL  string `name:"site-url" help:"公众网站地址，写入邮件通知的链接 · address of the public site, for links in notices" env:"HUIYIN_SITE_URL" placeholder:"URL"`
}

func (c serveCmd) Run(ctx context.Context, g globals) error {
	return g.with(ctx, g.config(), func(a *app.App) error {
		if c.Demo {
			if err := fillDemo(ctx, a); err != nil {
				return err
			}
		}
		return a.Serve(ctx, app.Server{
			Addr: c.Addr, Roles: c.Roles, PublicPerMinute: c.Rate, Demo: c.Demo, TrustProxy: c.TrustProxy,
			Mail:  app.Mail{SMTP: c.SMTP, From: c.MailFrom, Site: c.SiteURL},
			Ready: func(addr string) { fmt.Printf("回音已启动：http://%s\n", addr) },
		})
	})
}
