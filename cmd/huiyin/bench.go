package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime/pprof"
	"strings"
	"time"

	"huiyin/internal/app"
	"huiyin/internal/auth"
	"huiyin/internal/bench"
	"huiyin/internal/db"
	"huiyin/internal/ticket"
	"huiyin/internal/web"
)

type benchCmd struct {
	Profile string `name:"cpuprofile" help:"把处理器剖析写入文件 · write a CPU profile" type:"path"`

	Loop  benchLoopCmd  `cmd:"" help:"七步闭环 · the loop through the use cases"`
	Pages benchPagesCmd `cmd:"" help:"以若干客户端浏览网页，量各类页面的时间和大小 · look at pages"`
	Serve benchServeCmd `cmd:"" help:"经由 HTTP 的办理过程 · life cycles over HTTP"`
	Lists benchListsCmd `cmd:"" help:"列表与检索 · lists and searches"`
}

type benchLoopCmd struct {
	Tickets int    `help:"工单数 · tickets" default:"5000"`
	Mode    string `help:"steps：每步一个事务；history：整件导入" enum:"steps,history" default:"steps"`
	Actors  int    `help:"同时操作的人数 · actors at once" default:"64"`
	Keep    bool   `help:"使用 --data 或 --db 指定的存储，并保留结果 · use and keep the given store"`
	JSON    bool   `name:"json" help:"输出 JSON · print JSON"`
}

func (c benchLoopCmd) Run(ctx context.Context, g globals, all *cli) error {
	return withBench(ctx, g, c.Keep, func(a *app.App) error {
		bar := progress(c.Tickets, "工单")
		var result bench.LoopResult
		err := all.Bench.profiled(func() (err error) {
			result, err = bench.Loop{
				Tickets: c.Tickets, Mode: c.Mode, Actors: c.Actors, Cases: a.Cases, City: a.City, Store: a.Store, Bare: bareStore(a), Tick: bar.tick,
			}.Run(ctx)
			return err
		})
		bar.done()
		if err != nil {
			return err
		}
		return show(result, c.JSON)
	})
}

// profiled measures with a CPU profile, if one is asked for.
func (c *benchCmd) profiled(measure func() error) (err error) {
	if c.Profile == "" {
		return measure()
	}
	f, err := os.Create(c.Profile)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := pprof.StartCPUProfile(f); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	return measure()
}

// withBench opens a store in a folder that is gone afterwards, unless it is to
// be kept, and fills the demo city into it.
func withBench(ctx context.Context, g globals, keep bool, use func(*app.App) error) (err error) {
	if !keep && g.DB == "" {
		dir, err := os.MkdirTemp("", "huiyin-bench-")
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
		g.Data = dir
	}
	return g.with(ctx, g.config(), func(a *app.App) error {
		if err := a.FillCity(ctx); err != nil {
			return err
		}
		return use(a)
	})
}

// bareStore opens a second, empty store of the same engine for the bare writes.
func bareStore(a *app.App) func(context.Context) (*db.DB, func() error, error) {
	return func(ctx context.Context) (*db.DB, func() error, error) {
		config := a.Config
		config.Data = filepath.Join(a.Data, "bare")
		remove := func() error { return os.RemoveAll(config.Data) }
		if a.DB != "" {
			url, drop, err := app.ScratchDatabase(ctx, a.DB)
			if err != nil {
				return nil, nil, err
			}
			config.DB, remove = url, drop
		}
		d, err := app.OpenStore(ctx, config)
		if err != nil {
			return nil, nil, errors.Join(err, remove())
		}
		return d, func() error { return errors.Join(d.Close(), remove()) }, nil
	}
}

type benchServeCmd struct {
	Clients  int           `help:"客户端数 · clients at once" default:"50"`
	Duration time.Duration `help:"时长 · how long" default:"60s"`
	Pattern  string        `help:"burst：每秒 1→15→1→25→2→35→10 件" enum:",burst" default:""`
	Tickets  int           `help:"开始前库中至少有多少工单 · tickets in the store before" default:"627700"`
	Keep     bool          `help:"使用 --data 或 --db 指定的存储，并保留结果 · use and keep the given store"`
	JSON     bool          `name:"json" help:"输出 JSON · print JSON"`
}

func (c benchServeCmd) Run(ctx context.Context, g globals, all *cli) error {
	return withBench(ctx, g, c.Keep, func(a *app.App) error {
		held, err := preload(ctx, a, c.Tickets)
		if err != nil {
			return err
		}
		server, err := listen(ctx, a)
		if err != nil {
			return err
		}
		defer server.Close()
		load := bench.Serve{
			URL: server.URL, City: a.City, Clients: c.Clients, Duration: c.Duration, Pattern: c.Pattern,
			Token: func(ctx context.Context, id ticket.AccountID) (string, error) {
				account, _ := a.City.Current().Account(id)
				token, err := a.IssueToken(ctx, operator(), account.Login, "bench", 24*time.Hour)
				return token.Plain(), err
			},
		}
		var result bench.ServeResult
		err = all.Bench.profiled(func() (err error) {
			result, err = load.Run(ctx)
			return err
		})
		result.Engine, result.Tickets = string(a.Store.Engine()), held
		if err != nil {
			return err
		}
		return show(result, c.JSON)
	})
}

// listen serves everything on a port of its own.
func listen(ctx context.Context, a *app.App) (*httptest.Server, error) {
	surface, err := a.Surface(app.Server{})
	if err != nil {
		return nil, err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	server := &httptest.Server{Listener: listener, Config: &http.Server{Handler: surface, ReadHeaderTimeout: time.Minute}}
	server.Start()
	return server, nil
}

type benchPagesCmd struct {
	Clients  int           `help:"客户端数 · clients at once" default:"50"`
	Pause    time.Duration `help:"看一页平均停多久 · how long a page is looked at, on average" default:"0s"`
	Duration time.Duration `help:"时长 · how long" default:"60s"`
	Tickets  int           `help:"开始前库中至少有多少工单 · tickets in the store before" default:"627700"`
	Keep     bool          `help:"使用 --data 或 --db 指定的存储，并保留结果 · use and keep the given store"`
	JSON     bool          `name:"json" help:"输出 JSON · print JSON"`
}

func (c benchPagesCmd) Run(ctx context.Context, g globals, all *cli) error {
	return withBench(ctx, g, c.Keep, func(a *app.App) error {
		held, err := preload(ctx, a, c.Tickets)
		if err != nil {
			return err
		}
		if err := countAll(ctx, a); err != nil {
			return err
		}
		server, err := listen(ctx, a)
		if err != nil {
			return err
		}
		defer server.Close()
		pages := bench.Pages{
			URL: server.URL, Cases: a.Cases, City: a.City, Clients: c.Clients, Pause: c.Pause, Duration: c.Duration,
			Cookie: func(ctx context.Context, id ticket.AccountID) (*http.Cookie, error) { return signedIn(ctx, a, id) },
		}
		var result bench.PagesResult
		err = all.Bench.profiled(func() (err error) {
			result, err = pages.Run(ctx)
			return err
		})
		result.Engine, result.Tickets = string(a.Store.Engine()), held
		if err != nil {
			return err
		}
		return show(result, c.JSON)
	})
}

// countAll brings the figures up to date, as the worker of a city has.
func countAll(ctx context.Context, a *app.App) error {
	const batch = 500
	for {
		n, err := a.Cases.Count(ctx, batch)
		if err != nil || n < batch {
			return err
		}
	}
}

// signedIn opens a session without the two factors, which nobody has in a store
// that was made for measuring.
func signedIn(ctx context.Context, a *app.App, id ticket.AccountID) (*http.Cookie, error) {
	from, now := auth.Place{Address: "127.0.0.1", Agent: "bench"}, time.Now()
	var open auth.Secret
	err := a.Store.Update(ctx, func(tx *db.Tx) error {
		knocked, err := a.Sessions.Begin(ctx, tx, int64(id), from, now)
		if err != nil {
			return err
		}
		pending, err := a.Sessions.Pending(ctx, tx, knocked, now)
		if err != nil {
			return err
		}
		open, err = a.Sessions.Open(ctx, tx, pending, from, auth.SessionLimits{Idle: time.Hour, Life: time.Hour, Count: 1}, now)
		return err
	})
	return &http.Cookie{Name: web.SessionCookie, Value: open.Plain()}, err
}

type benchListsCmd struct {
	Tickets int  `help:"开始前库中至少有多少工单 · tickets in the store before" default:"627700"`
	Rounds  int  `help:"每种查询的次数 · times each query is asked" default:"50"`
	Keep    bool `help:"使用 --data 或 --db 指定的存储，并保留结果 · use and keep the given store"`
	JSON    bool `name:"json" help:"输出 JSON · print JSON"`
}

func (c benchListsCmd) Run(ctx context.Context, g globals) error {
	return withBench(ctx, g, c.Keep, func(a *app.App) error {
		held, err := preload(ctx, a, c.Tickets)
		if err != nil {
			return err
		}
		result, err := bench.Lists{Cases: a.Cases, City: a.City, Store: a.Store, Rounds: c.Rounds}.Run(ctx)
		if err != nil {
			return err
		}
		result.Engine, result.Tickets = string(a.Store.Engine()), held
		if err := a.Store.QueryRow(ctx, `SELECT COUNT(*) FROM clock WHERE next_at IS NOT NULL`).Scan(&result.Clocks); err != nil {
			return err
		}
		return show(result, c.JSON)
	})
}

// preload fills the store with whole histories up to the wanted number.
func preload(ctx context.Context, a *app.App, tickets int) (int64, error) {
	var held int64
	if err := a.Store.QueryRow(ctx, `SELECT COUNT(*) FROM ticket`).Scan(&held); err != nil {
		return 0, err
	}
	missing := tickets - int(held)
	if missing <= 0 {
		return held, nil
	}
	bar := progress(missing, "工单")
	defer bar.done()
	err := bench.Loop{Tickets: missing, Mode: "history", Actors: 64, Cases: a.Cases, City: a.City, Store: a.Store, Tick: bar.tick}.Fill(ctx)
	return held + int64(missing), err
}

// show prints a result: as JSON, or the same a little easier on the eye.
func show(result any, asJSON bool) error {
	b, err := json.MarshalIndent(result, "", "  ")
	if err != nil {
		return err
	}
	text := string(b)
	if !asJSON {
		text = strings.NewReplacer("{\n", "", "\n}", "", "\"", "", ",\n", "\n").Replace(text)
	}
	fmt.Println(text)
	return nil
}
