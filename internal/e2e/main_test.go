package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"huiyin/internal/db"
)

// How long anything here may take before the test gives up on it.
const patience = 2 * time.Minute

// program is the built binary.
var program string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	if testing.Short() {
		return m.Run()
	}
	dir, err := os.MkdirTemp("", "huiyin-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "huiyin")
	ctx, end := context.WithTimeout(context.Background(), patience)
	defer end()
	build := exec.CommandContext(ctx, "go", "build", "-o", program, "huiyin/cmd/huiyin")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// home is an installation: a data folder and, on PostgreSQL, a database.
type home struct {
	data, url string
}

// filled returns the contents of a data folder with the demo city, made once.
var filled = sync.OnceValues(func() (map[string][]byte, error) {
	dir, err := os.MkdirTemp("", "huiyin-e2e-city-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	ctx, end := context.WithTimeout(context.Background(), patience)
	defer end()
	demo := exec.CommandContext(ctx, program, "demo", "--data", filepath.Join(dir, "data"))
	demo.Dir = dir // away from the repository: the demo's own messages
	if out, err := demo.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, out)
	}
	files := map[string][]byte{}
	for _, name := range []string{"huiyin.db", "huiyin.key", "demo-accounts.csv"} {
		if files[name], err = os.ReadFile(filepath.Join(dir, "data", name)); err != nil {
			return nil, err
		}
	}
	return files, nil
})

// newHome makes an installation of its own with the demo city in it.
func newHome(t *testing.T, engine db.Engine) home {
	t.Helper()
	if testing.Short() {
		t.Skip("runs the built program: not in short mode")
	}
	h := home{data: t.TempDir()}
	if engine == db.Postgres {
		h.url = database(t)
		h.must(t, "demo")
		return h
	}
	files, err := filled()
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(h.data, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

// result is what a command did.
type result struct {
	out, err string
	code     int
}

func (h home) command(ctx context.Context, args ...string) *exec.Cmd {
	if !slices.Contains(args, "--data") {
		args = append(args, "--data", h.data)
	}
	if h.url != "" {
		args = append(args, "--db", h.url)
	}
	c := exec.CommandContext(ctx, program, args...)
	c.Dir = h.data
	return c
}

// run runs a command to its end.
func (h home) run(t *testing.T, args ...string) result {
	t.Helper()
	ctx, end := context.WithTimeout(t.Context(), patience)
	defer end()
	c := h.command(ctx, args...)
	var out, bad bytes.Buffer
	c.Stdout, c.Stderr = &out, &bad
	err := c.Run()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && (!exited || ctx.Err() != nil) {
		t.Fatalf("%v: %v\n%s", args, err, bad.String())
	}
	return result{out.String(), bad.String(), c.ProcessState.ExitCode()}
}

// must runs a command that must succeed and returns its output.
func (h home) must(t *testing.T, args ...string) string {
	t.Helper()
	r := h.run(t, args...)
	if r.code != 0 {
		t.Fatalf("%v: exit %d\n%s%s", args, r.code, r.out, r.err)
	}
	return r.out
}

// token issues a token for the first account with the role at the center.
func (h home) token(t *testing.T, role string) string {
	t.Helper()
	return h.tokenAt(t, role, "")
}

// tokenAt issues a token for the first account with the role at a unit; at any
// unit if that is empty.
func (h home) tokenAt(t *testing.T, role, unit string) string {
	t.Helper()
	for _, a := range h.accounts(t) {
		if strings.Contains(a[2], role) && (unit == "" || a[3] == unit) {
			return strings.TrimSpace(h.must(t, "user", "token", "--login", a[0]))
		}
	}
	t.Fatalf("no demo account is %s at %q", role, unit)
	return ""
}

func (h home) accounts(t *testing.T) [][]string {
	t.Helper()
	f, err := os.Open(filepath.Join(h.data, "demo-accounts.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// server is a serving process.
type server struct {
	url  string
	cmd  *exec.Cmd
	log  bytes.Buffer // complete after kill
	done chan struct{}
}

// serve starts a server on a free port and waits until it says that it serves.
func (h home) serve(t *testing.T, args ...string) *server {
	t.Helper()
	s := &server{done: make(chan struct{})}
	s.cmd = h.command(context.WithoutCancel(t.Context()), append([]string{"serve", "--addr", "127.0.0.1:0", "--rate", "0"}, args...)...)
	s.cmd.Stderr = &s.log
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.kill)
	ready := make(chan string, 1)
	go func() {
		defer close(s.done)
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if _, url, ok := strings.Cut(lines.Text(), "http://"); ok {
				ready <- "http://" + url
			}
		}
		close(ready)
		_ = s.cmd.Wait() // killed
	}()
	select {
	case s.url = <-ready:
	case <-time.After(patience):
	}
	if s.url == "" {
		s.kill()
		t.Fatalf("the server did not start:\n%s", s.log.String())
	}
	return s
}

// kill is kill -9, and waits until the process is gone.
func (s *server) kill() {
	_ = s.cmd.Process.Kill() // gone already if this fails
	<-s.done
}
