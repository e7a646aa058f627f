package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"huiyin/internal/db"
)

// engines runs a test on an installation of each engine.
func engines(t *testing.T, test func(t *testing.T, h home)) {
	t.Helper()
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			test(t, newHome(t, engine))
		})
	}
}

// bare is a data folder with nothing in it.
func bare(t *testing.T) home {
	t.Helper()
	if testing.Short() {
		t.Skip("runs the built program: not in short mode")
	}
	return home{data: t.TempDir()}
}

// TestDeadline: what deadline --json prints is relied on from outside. The
// days are those of the notices of the State Council's General Office.
func TestDeadline(t *testing.T) {
	t.Parallel()
	h := bare(t)
	for _, c := range []struct {
		from, limit, due string
		provisional      bool
		counted          string // the days that count
	}{
		{"2024-02-08T10:00:00+08:00", "5wd", "2024-02-21T17:30:00+08:00", false, "02-09 02-18 02-19 02-20 02-21"},
		{"2025-09-29 15:00", "3wd", "2025-10-10T17:30:00+08:00", false, "09-30 10-09 10-10"},
		{"2025-09-30 16:50", "60wm", "2025-10-09T08:50:00+08:00", false, "09-30 10-09"},
		{"2025-09-30T08:50:00Z", "24h", "2025-10-01T16:50:00+08:00", false, "09-30 10-01"},
		{"2029-12-28 16:50", "5wd", "2030-01-07T17:30:00+08:00", true, "12-31 01-02 01-03 01-04 01-07"},
	} {
		var got struct {
			Due         string
			Provisional bool
			Days        []struct {
				Date    string
				Counted bool
				Why     string
			}
		}
		decoder := json.NewDecoder(strings.NewReader(h.must(t, "deadline", "--from", c.from, "--limit", c.limit, "--json")))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&got); err != nil {
			t.Fatal(err)
		}
		var counted []string
		for _, d := range got.Days {
			if d.Why == "" {
				t.Errorf("%s %s: %s without a reason", c.from, c.limit, d.Date)
			}
			if d.Counted {
				counted = append(counted, d.Date[len("2024-"):])
			}
		}
		if got.Due != c.due || got.Provisional != c.provisional || strings.Join(counted, " ") != c.counted {
			t.Errorf("%s %s: %+v", c.from, c.limit, got)
		}
	}
}

// TestRefusals: a command that cannot do what it was told exits with 1 and
// says what to do, on standard error, without a trace of the program's insides.
func TestRefusals(t *testing.T) {
	t.Parallel()
	h := newHome(t, db.SQLite)
	for says, args := range map[string][]string{
		"2026-02-10":        {"deadline", "--from", "yesterday", "--limit", "5wd"},
		"5wd":               {"deadline", "--from", "2025-09-30", "--limit", "5x"},
		"demo-accounts.csv": {"user", "token", "--login", "nobody"},
		"--addr":            {"serve", "--addr", "127.0.0.1:99999"},
		"web、worker":        {"serve", "--roles", "printer"},
		"unknown flag":      {"serve", "--help-me"},
		"postgres://":       {"audit", "verify", "--db", "mysql://localhost"},
		"no-such-file":      {"import", "no-such-file.csv"},
		"请用 --data":         {"audit", "verify", "--data", filepath.Join(h.data, "mistyped")},
		"已经存在":              {"backup", filepath.Join(h.data, "huiyin.key")},
	} {
		r := h.run(t, args...)
		if r.code != 1 || !strings.Contains(r.err, says) || strings.Contains(r.err, "goroutine") || strings.Contains(r.err, ".go:") {
			t.Errorf("%v: exit %d\n%s", args, r.code, r.err)
		}
	}
	if _, err := os.Stat(filepath.Join(h.data, "mistyped")); err == nil {
		t.Error("a mistyped folder was made")
	}
	if out := h.must(t, "version"); strings.TrimSpace(out) == "" {
		t.Error("no version")
	}
}

// TestDemo: the demo city comes once, with accounts nobody else can read.
func TestDemo(t *testing.T) {
	t.Parallel()
	h := newHome(t, db.SQLite)
	before := h.accounts(t)
	if !cmp.Equal(before[0], []string{"login", "name", "role", "unit", "password", "totp_secret"}) || len(before) < 20 {
		t.Errorf("%d accounts under %v", len(before), before[0])
	}
	units := h.number(t, `SELECT COUNT(*) FROM unit`)
	tickets := h.number(t, `SELECT COUNT(*) FROM ticket`)
	if out := h.must(t, "demo"); !strings.Contains(out, fmt.Sprintf("操作 0 次，已在库中 %d 件", tickets)) {
		t.Errorf("the second time: %s", out)
	}
	if diff := cmp.Diff(before, h.accounts(t)); diff != "" {
		t.Errorf("accounts changed:\n%s", diff)
	}
	if got := h.number(t, `SELECT COUNT(*) FROM ticket`); got != tickets || tickets == 0 || units != 1341 {
		t.Errorf("%d units; %d tickets, then %d", units, tickets, got)
	}
	for _, name := range []string{"demo-accounts.csv", "huiyin.key", "huiyin.db"} {
		info, err := os.Stat(filepath.Join(bareDemo(t), name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
}

// bareDemo fills an empty folder, as a first user does.
func bareDemo(t *testing.T) string {
	t.Helper()
	h := bare(t)
	h.must(t, "demo")
	return h.data
}

// TestToken: one token opens the API and Open311.
func TestToken(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h home) {
		token := h.token(t, "agent")
		s := h.serve(t)
		s.must(t, http.MethodGet, api+"/me", token, "", nil)
		if a, err := s.ask(t.Context(), http.MethodGet, api+"/me", token+"x", "", nil); err != nil || a.status != http.StatusUnauthorized {
			t.Errorf("another token: %d %v", a.status, err)
		}
		for key, want := range map[string]int{token: http.StatusOK, token + "x": http.StatusForbidden} {
			body := map[string]any{"service_code": "010102", "lat": 26.08, "long": 119.3, "description": "路灯不亮", "api_key": key}
			if a, err := s.ask(t.Context(), http.MethodPost, "/open311/v2/requests.json", "", "", body); err != nil || a.status != want {
				t.Errorf("Open311: %d %s %v, want %d", a.status, a.body, err, want)
			}
		}
	})
}

// TestImport: a dry run writes nothing, a second run adds nothing.
func TestImport(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h home) {
		file := filepath.Join(h.data, "old.csv")
		lines := []string{
			"留言编号,留言主题,留言详情,留言时间,留言用户",
			"1,路灯不亮,朝阳路路灯坏了三天,2019/3/2 10:20,张三", "2,,,2019/3/2 10:20,李四",
			"3,停水,小区停水两天无人管,2019-13-45,王五", "4,井盖丢失,中山路井盖丢失,2019/3/4 8:00,赵六",
		}
		if err := os.WriteFile(file, []byte(strings.Join(lines, "\r\n")), 0o600); err != nil {
			t.Fatal(err)
		}
		before := h.number(t, `SELECT COUNT(*) FROM ticket`)
		count := func() int64 { return h.number(t, `SELECT COUNT(*) FROM ticket`) - before }
		out := h.must(t, "import", file, "--dry-run")
		for _, want := range []string{"可导入 2 行", "不能导入 2 行", "第 3 行", "第 4 行", "2019-13-45"} {
			if !strings.Contains(out, want) {
				t.Errorf("the dry run does not say %q:\n%s", want, out)
			}
		}
		if n := count(); n != 0 {
			t.Errorf("the dry run wrote %d tickets", n)
		}
		for _, want := range []string{"新导入 2 行，早已在库 0 行，未导入 2 行", "新导入 0 行，早已在库 2 行，未导入 2 行"} {
			if out := h.must(t, "import", file); count() != 2 || !strings.Contains(out, want) {
				t.Errorf("%d tickets imported:\n%s", count(), out)
			}
		}
		if r := h.run(t, "import", file, "--strict"); r.code != 1 {
			t.Errorf("strict: exit %d", r.code)
		}
		refused, err := os.ReadFile(filepath.Join(h.data, "import-refused.csv"))
		if err != nil || strings.Count(string(refused), "\n") != 3 {
			t.Errorf("refused rows: %v\n%s", err, refused)
		}
		h.must(t, "audit", "verify")
	})
}

// TestVerify: the command names what was changed behind its back on its last
// line, and fails.
func TestVerify(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h home) {
		h.must(t, "audit", "verify")
		id := h.number(t, `SELECT id FROM ticket ORDER BY id LIMIT 1`)
		h.change(t, `UPDATE record SET body = REPLACE(body, '"seq":2', '"seq": 2') WHERE ticket = $1 AND seq = 2`, id)
		r := h.run(t, "audit", "verify")
		for name, text := range map[string]string{"output": r.out, "error": r.err} {
			lines := strings.Split(strings.TrimSpace(text), "\n")
			last := lines[len(lines)-1]
			if r.code != 1 || !strings.Contains(last, fmt.Sprintf("%06d", id)) || !strings.Contains(last, "第 2 条记录") {
				t.Errorf("exit %d; the last line of the %s is %q", r.code, name, last)
			}
		}
	})
}

// TestBackup: a backup made while people work is whole, and a restored
// installation goes on from it.
func TestBackup(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h home) {
		file := filepath.Join(t.TempDir(), "huiyin.backup")
		s := h.serve(t)
		l := newLedger(h.crew(t, s))
		for i := range 20 {
			l.cycle(t, s, fmt.Sprint("before-", i))
		}
		meanwhile := newLedger(l.staff)
		meanwhile.load(t, s, "meanwhile", 40, func() {
			h.must(t, "backup", file)
			s.kill()
		})
		other := home{data: filepath.Join(t.TempDir(), "data")}
		if h.url != "" {
			other.url = database(t)
		}
		if err := os.Mkdir(other.data, 0o700); err != nil {
			t.Fatal(err)
		}
		cut(t, file, file+".cut")
		if r := other.run(t, "restore", file+".cut"); r.code != 1 {
			t.Errorf("half a backup was restored: exit %d\n%s", r.code, r.out)
		}
		other.must(t, "restore", file)
		other.must(t, "audit", "verify")
		s = other.serve(t)
		l.check(t, s)
		s.must(t, http.MethodPost, api+"/tickets", l.staff.agent, "", matter("恢复之后"))
	})
}

// cut writes the first half of a file to another.
func cut(t *testing.T, from, to string) {
	t.Helper()
	content, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, content[:len(content)/2], 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestBench: the fields that are read from outside.
func TestBench(t *testing.T) {
	t.Parallel()
	h := bare(t)
	for _, c := range []struct {
		args   []string
		fields []string
	}{
		{[]string{"loop", "--tickets", "100", "--mode", "steps"}, []string{"tickets", "steps", "seconds", "steps_per_s", "tickets_per_s", "bare_ratio", "peak_rss_bytes"}},
		{[]string{"loop", "--tickets", "100", "--mode", "history"}, []string{"tickets", "steps", "seconds", "steps_per_s", "tickets_per_s", "bare_ratio", "peak_rss_bytes"}},
		{[]string{"serve", "--tickets", "100", "--clients", "4", "--duration", "1s"}, []string{"lifecycles_per_s", "p50_ms", "p95_ms", "p99_ms"}},
	} {
		var got map[string]any
		out := h.must(t, append(append([]string{"bench"}, c.args...), "--json")...)
		if err := json.Unmarshal([]byte(out), &got); err != nil {
			t.Fatalf("%v: %v\n%s", c.args, err, out)
		}
		for _, field := range c.fields {
			if n, ok := got[field].(float64); !ok || n <= 0 {
				t.Errorf("%v: %s is %v", c.args, field, got[field])
			}
		}
		if n, ok := got["errors"]; ok && n != 0.0 {
			t.Errorf("%v: %v errors: %v", c.args, n, got["first_error"])
		}
	}
}
