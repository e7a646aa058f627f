// Command huiyin runs a 12345 citizen-request platform: it serves, fills a
// demo city, imports, backs up, verifies and measures.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/alecthomas/kong"

	"huiyin/internal/app"
	"huiyin/internal/errs"
)

// globals go with every command.
type globals struct {
	Data string `help:"数据目录 · data folder" default:"./data" env:"HUIYIN_DATA" type:"path"`
	DB   string `name:"db" help:"PostgreSQL 地址，如 postgres://…；不填则使用数据目录中的 SQLite · address of PostgreSQL" env:"HUIYIN_DB"`
}

func (g globals) config() app.Config {
	return app.Config{Data: g.Data, DB: g.DB, Log: slog.New(slog.NewTextHandler(os.Stderr, nil))}
}

// there is the installation that a command reads or adds to: an empty one made
// for a mistyped folder would have nothing to verify and nothing to back up.
func (g globals) there() app.Config {
	c := g.config()
	c.There = true
	return c
}

// with opens the installation and closes it after use.
func (g globals) with(ctx context.Context, c app.Config, use func(*app.App) error) (err error) {
	a, err := app.Open(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	return use(a)
}

type cli struct {
	globals

	Serve    serveCmd    `cmd:"" help:"提供服务 · serve the platform"`
	Demo     demoCmd     `cmd:"" help:"建立演示城市 · fill the demo city"`
	Import   importCmd   `cmd:"" help:"导入历史诉求（CSV、xlsx）· import matters from a file"`
	Replay   replayCmd   `cmd:"" help:"按真实时间重放诉求全过程 · replay matters through the whole loop"`
	User     userCmd     `cmd:"" help:"账号与令牌 · accounts and tokens"`
	Calendar calendarCmd `cmd:"" help:"放假安排 · holidays and make-up working days"`
	Settings settingsCmd `cmd:"" help:"时限、目录、代码等规则 · limits, catalogue, codes and other rules"`
	Deadline deadlineCmd `cmd:"" help:"计算到期时间并逐日说明 · compute a deadline and explain it"`
	Audit    auditCmd    `cmd:"" help:"核验留痕 · verify the evidence"`
	Bench    benchCmd    `cmd:"" help:"性能测量 · measure"`
	Backup   backupCmd   `cmd:"" help:"备份 · back up"`
	Restore  restoreCmd  `cmd:"" help:"从备份恢复 · restore a backup"`
	Version  versionCmd  `cmd:"" help:"版本 · print the version"`
}

func main() {
	syscall.Umask(0o077) // what this program writes is for its owner only
	if os.Getenv("GOGC") == "" {
		// Little lives long: the city is some tens of megabytes, and the
		// caches of SQLite lie elsewhere. At the default the collector would
		// take a tenth of a busy server's time. Where much does live, as in an
		// import, it works as hard as the limit asks.
		debug.SetGCPercent(400)
		debug.SetMemoryLimit(512 << 20)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "huiyin: "+explain(err))
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	var c cli
	parser, err := kong.New(&c, kong.Name("huiyin"),
		kong.Description("回音：12345 政务服务便民热线平台 · a 12345 citizen-request platform"),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.UsageOnError())
	if err != nil {
		return err
	}
	k, err := parser.Parse(args)
	if err != nil {
		return err
	}
	return k.Run(c.globals, &c)
}

// explain gives the sentence for people first, then the cause.
func explain(err error) string {
	e, ok := errors.AsType[*errs.Error](err)
	if !ok {
		return err.Error()
	}
	text := e.Message
	for _, f := range e.Fields {
		text += fmt.Sprintf("\n  %s：%s", f.Name, f.Message)
	}
	if e.Err != nil {
		text += fmt.Sprintf("\n  原因：%v", e.Err)
	}
	return text
}

type versionCmd struct{}

func (versionCmd) Run() error {
	_, err := fmt.Println(app.Version())
	return err
}
