package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"huiyin/internal/db"
)

// TestDatabaseFrozen: a database that says nothing, though it is there, holds
// nobody for long; the server says so, and goes on when it speaks again. Nothing
// is half done.
func TestDatabaseFrozen(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("runs the built program: not in short mode")
	}
	p := startPostgres(t)
	h := home{data: t.TempDir(), url: p.url}
	h.must(t, "demo")
	before := h.number(t, `SELECT COUNT(*) FROM ticket`)
	s := h.serve(t)
	l := newLedger(h.crew(t, s))
	l.fails = true
	cut := 0
	for round := range 2 {
		var frozen time.Time
		l.load(t, s, fmt.Sprint(round), 60, func() {
			frozen = time.Now()
			p.freeze(t)
		})
		if took := time.Since(frozen); took > soon {
			t.Errorf("requests under way waited %v", took)
		}
		for _, d := range l.done {
			s.lost(t, l.staff.agent, d.Number)
			break
		}
		p.thaw(t)
		until(t, func() bool {
			a, err := s.ask(t.Context(), http.MethodGet, "/readyz", "", "", nil)
			return err == nil && a.status == http.StatusOK
		})
		cut += l.settle(t, s)
	}
	if cut == 0 {
		t.Error("no request met the silence")
	}
	l.check(t, s)
	s.kill()
	if made, want := h.number(t, `SELECT COUNT(*) FROM ticket`)-before, l.submissions(); made != want {
		t.Errorf("%d submissions made %d tickets", want, made)
	}
	h.must(t, "audit", "verify")
}

// postgres is a database server of the test's own.
type postgres struct {
	url  string
	main int // process
	held []int
}

// startPostgres starts a server that nobody else uses; the test is skipped
// where there is none installed.
func startPostgres(t *testing.T) *postgres {
	t.Helper()
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // the pattern is right
	if len(found) == 0 {
		t.Skip("PostgreSQL is not installed here")
	}
	slices.Sort(found)
	bin := filepath.Dir(found[len(found)-1])
	dir, err := os.MkdirTemp("", "huiyin-pg-") //nolint:usetesting // the server's own user must get in
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) }) // what is left is in a folder for such things
	run := func(name string, args ...string) *exec.Cmd {
		c := exec.Command(filepath.Join(bin, name), args...)
		c.Dir, c.SysProcAttr = dir, servant(t, dir)
		return c
	}
	data := filepath.Join(dir, "data")
	if out, err := run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8").CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	port := freePort(t)
	server := run("postgres", "-D", data, "-c", "listen_addresses=127.0.0.1", "-c", "port="+port, "-c", "unix_socket_directories="+dir)
	var log bytes.Buffer
	server.Stdout, server.Stderr = &log, &log
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	p := &postgres{url: "postgres://postgres@127.0.0.1:" + port + "/postgres?sslmode=disable", main: server.Process.Pid}
	t.Cleanup(func() {
		p.thaw(t)
		_ = server.Process.Signal(syscall.SIGQUIT) // at once
		_ = server.Wait()
		if t.Failed() {
			t.Log(log.String())
		}
	})
	until(t, func() bool {
		d, err := db.Open(t.Context(), db.Config{URL: p.url, MaxConns: 1})
		return err == nil && d.Close() == nil
	})
	return p
}

// servant lets a command run as the user that PostgreSQL accepts, to whom the
// folder is given: it refuses to run as root.
func servant(t *testing.T, dir string) *syscall.SysProcAttr {
	t.Helper()
	if os.Getuid() != 0 {
		return nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		t.Skip("there is no user for PostgreSQL: ", err)
	}
	uid, _ := strconv.Atoi(u.Uid) // numbers on this kind of system
	gid, _ := strconv.Atoi(u.Gid)
	if err := os.Chown(dir, uid, gid); err != nil {
		t.Fatal(err)
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String()) // it has one
	return port
}

// freeze stops every process of the server where it stands: the first one
// first, so that no more are made.
func (p *postgres) freeze(t *testing.T) {
	t.Helper()
	p.hold(t, p.main)
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", p.main, p.main))
	if err != nil {
		t.Error(err)
	}
	for _, child := range strings.Fields(string(children)) {
		pid, _ := strconv.Atoi(child) // the kernel's own
		p.hold(t, pid)
	}
}

func (p *postgres) hold(t *testing.T, pid int) {
	t.Helper()
	switch err := syscall.Kill(pid, syscall.SIGSTOP); {
	case errors.Is(err, syscall.ESRCH): // it has ended meanwhile
	case err != nil:
		t.Error(err)
	default:
		p.held = append(p.held, pid)
	}
}

// thaw lets them go on.
func (p *postgres) thaw(t *testing.T) {
	t.Helper()
	for _, pid := range slices.Backward(p.held) {
		if err := syscall.Kill(pid, syscall.SIGCONT); err != nil {
			t.Error(err)
		}
	}
	p.held = nil
}
