package browser

import (
	"context"
	"encoding/csv"
	"flag"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"

	"huiyin/internal/app"
	"huiyin/internal/demo"
	"huiyin/internal/intake"
)

// patience is how long a page may take before the test gives up on it.
const patience = 30 * time.Second

// allocator starts the one Chromium that all tests share.
var allocator context.Context

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	if testing.Short() {
		return m.Run()
	}
	path, err := exec.LookPath("chromium")
	if err != nil {
		fmt.Fprintln(os.Stderr, "The browser tests need Chromium; on Debian: apt-get install chromium fonts-noto-cjk")
		return 1
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("lang", "zh-CN"))
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
	defer stop()
	first, quit := chromedp.NewContext(ctx, chromedp.WithErrorf(func(string, ...any) {})) // it does not know the newest events
	defer quit()
	if err := chromedp.Run(first); err != nil {
		fmt.Fprintln(os.Stderr, "chromium:", err)
		return 1
	}
	allocator = first //nolint:fatcontext // one browser for all tests, made once
	return m.Run()
}

// world is the demo city, served, with a clock of its own.
type world struct {
	t         *testing.T
	app       *app.App
	url       string
	passwords map[string]string
	people    map[string]*page

	mu  sync.Mutex
	now time.Time
}

// open makes a world at an instant of the city's time, "2026-01-05 09:00".
func open(t *testing.T, at string) *world {
	t.Helper()
	if testing.Short() {
		t.Skip("needs Chromium")
	}
	start, err := time.ParseInLocation("2006-01-02 15:04", at, time.FixedZone("CST", 8*60*60))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, now: start, passwords: map[string]string{}, people: map[string]*page{}}
	ctx := t.Context()
	w.app, err = app.Open(ctx, app.Config{Data: t.TempDir(), Log: slog.New(slog.DiscardHandler), Clock: w.time})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.app.Close() })
	if err := w.app.FillCity(ctx); err != nil {
		t.Fatal(err)
	}
	if err := w.app.FillAccounts(ctx); err != nil {
		t.Fatal(err)
	}
	w.readAccounts()
	handler, err := w.app.Surface(app.Server{Demo: true})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	w.url = server.URL
	return w
}

func (w *world) readAccounts() {
	w.t.Helper()
	file, err := os.Open(filepath.Join(w.app.Data, "demo-accounts.csv"))
	if err != nil {
		w.t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		w.t.Fatal(err)
	}
	for _, row := range rows[1:] {
		w.passwords[row[0]] = row[4]
	}
}

// fill plays the cases that were written for the demo, and nothing that lies
// about on a machine, so that pages look alike everywhere; and counts them.
func (w *world) fill() {
	w.t.Helper()
	messages, err := demo.Messages()
	if err != nil {
		w.t.Fatal(err)
	}
	cases := intake.DemoCases(messages, w.app.City.Current(), w.time())
	if _, err := w.app.Replay(w.t.Context(), cases, nil); err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.app.Cases.Count(w.t.Context(), 2*len(cases)); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) time() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

// wait lets time pass, and what is due in it happen.
func (w *world) wait(d time.Duration) {
	w.t.Helper()
	w.mu.Lock()
	w.now = w.now.Add(d)
	w.mu.Unlock()
	for {
		n, err := w.app.Cases.Sweep(w.t.Context(), 100)
		if err != nil {
			w.t.Fatal(err)
		}
		if n < 100 {
			return
		}
	}
}

// window opens a browser window of somebody's own: nobody else's cookies.
func (w *world) window() *page {
	w.t.Helper()
	ctx, closeIt := chromedp.NewContext(allocator, chromedp.WithTargetID(newWindow(w.t)))
	w.t.Cleanup(closeIt)
	if err := chromedp.Run(ctx); err != nil { // the window lives as long as the context of its first run
		w.t.Fatal(err)
	}
	p := &page{world: w, t: w.t, ctx: ctx}
	chromedp.ListenTarget(ctx, p.listen)
	p.run(chromedp.EmulateViewport(1440, 900), emulation.SetTimezoneOverride("Asia/Shanghai"), runtime.Enable())
	return p
}

// newWindow makes a browser context with a window: a tab needs one to be in.
func newWindow(t *testing.T) target.ID {
	t.Helper()
	var id target.ID
	err := chromedp.Run(allocator, chromedp.ActionFunc(func(ctx context.Context) error {
		ctx = cdp.WithExecutor(ctx, chromedp.FromContext(ctx).Browser)
		own, err := target.CreateBrowserContext().WithDisposeOnDetach(true).Do(ctx)
		if err != nil {
			return err
		}
		id, err = target.CreateTarget("about:blank").WithBrowserContextID(own).WithNewWindow(true).Do(ctx)
		return err
	}))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// as returns the window of somebody on the staff, signed in.
func (w *world) as(login string) *page {
	w.t.Helper()
	p, ok := w.people[login]
	if !ok {
		p = w.window()
		p.who = login
		w.people[login] = p
	}
	p.open("/desk")
	if p.has("#f-login") {
		p.signIn(login)
	}
	return p
}
