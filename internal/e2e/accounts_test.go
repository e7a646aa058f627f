package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"huiyin/internal/auth"
)

// tokenLine is a token as user tokens --json prints it.
type tokenLine struct {
	ID               int64
	Label, State     string
	Created, Expires time.Time
}

func (h home) tokens(t *testing.T, login string) (list []tokenLine) {
	t.Helper()
	if err := json.Unmarshal([]byte(h.must(t, "user", "tokens", "--login", login, "--json")), &list); err != nil {
		t.Fatal(err)
	}
	return list
}

// TestTokens: tokens are issued, listed and revoked, and what was done stands
// in the access log.
func TestTokens(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h home) {
		s := h.serve(t)
		issue := func(args ...string) string {
			return strings.TrimSpace(h.must(t, append([]string{"user", "token", "--login", "agent01"}, args...)...))
		}
		plain, short, other := issue(), issue("--label", "网站接入", "--days", "7"), issue("--label", "其他")
		opens := func(token string) int {
			t.Helper()
			a, err := s.ask(t.Context(), http.MethodGet, api+"/me", token, "", nil)
			if err != nil {
				t.Fatal(err)
			}
			return a.status
		}
		list := h.tokens(t, "agent01")
		if len(list) != 3 || list[1].Label != "网站接入" || list[0].State != "valid" {
			t.Fatalf("%+v", list)
		}
		for i, days := range []int{365, 7} {
			if life := list[i].Expires.Sub(list[i].Created); life != time.Duration(days)*24*time.Hour {
				t.Errorf("token %d lives %v", i, life)
			}
		}
		if out := h.must(t, "user", "tokens", "--login", "agent01"); strings.Count(out, "有效") != 3 || !strings.Contains(out, "网站接入") {
			t.Errorf("the table:\n%s", out)
		}
		// Revoked before the server has seen it: at once. The other one goes on.
		h.must(t, "user", "revoke", "--login", "agent01", "--id", fmt.Sprint(list[1].ID))
		for token, want := range map[string]int{plain: 200, short: 401, other: 200} {
			if got := opens(token); got != want {
				t.Errorf("%d, want %d", got, want)
			}
		}
		if out := h.must(t, "user", "revoke", "--login", "agent01", "--all"); !strings.Contains(out, "2 个") {
			t.Error(out)
		}
		for _, l := range h.tokens(t, "agent01") {
			if l.State != "revoked" {
				t.Errorf("%+v", l)
			}
		}
		for says, args := range map[string][]string{
			"user tokens": {"--login", "agent02", "--id", fmt.Sprint(list[0].ID)}, // another's
			"user list":   {"--login", "nobody", "--all"},
			"--all":       {"--login", "agent01"},
		} {
			if r := h.run(t, append([]string{"user", "revoke"}, args...)...); r.code != 1 || !strings.Contains(r.err, says) {
				t.Errorf("%v: exit %d\n%s", args, r.code, r.err)
			}
		}
		for _, days := range []string{"0", "-1", "4000", "106751992"} {
			if r := h.run(t, "user", "token", "--login", "agent01", "--days="+days); r.code != 1 || r.out != "" {
				t.Errorf("%s days: exit %d, %s", days, r.code, r.out)
			}
		}
		for act, want := range map[string]int64{"token": 3, "revoke": 2} {
			if n := h.number(t, `SELECT COUNT(*) FROM access WHERE act = $1`, act); n != want {
				t.Errorf("%d lines of %s in the access log, want %d", n, act, want)
			}
		}
		h.must(t, "audit", "verify")
	})
}

// TestDisable: a disabled account opens nothing, and an enabled one what it
// opened before.
func TestDisable(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h home) {
		token := h.token(t, "agent")
		h.must(t, "user", "disable", "--login", "agent01")
		s := h.serve(t)
		if a, err := s.ask(t.Context(), http.MethodGet, api+"/me", token, "", nil); err != nil || a.status != http.StatusUnauthorized {
			t.Errorf("disabled: %d %v", a.status, err)
		}
		if r := h.run(t, "user", "token", "--login", "agent01"); r.code != 1 || !strings.Contains(r.err, "user enable") {
			t.Errorf("a token for a disabled account: exit %d\n%s", r.code, r.err)
		}
		if out := h.must(t, "user", "list", "--role", "agent"); !strings.Contains(out, "停用") || !strings.Contains(out, "在用") {
			t.Error(out)
		}
		h.must(t, "user", "enable", "--login", "agent01")
		h.must(t, "user", "add", "--login", "new-agent", "--name", "新坐席", "--unit", h.center(t), "--role", "agent,shift_leader")
		fresh := strings.TrimSpace(h.must(t, "user", "token", "--login", "new-agent"))
		s.kill()
		s = h.serve(t)
		for _, token := range []string{token, fresh} {
			s.must(t, http.MethodGet, api+"/me", token, "", nil)
		}
		if r := h.run(t, "user", "add", "--login", "new-agent", "--name", "重名", "--unit", h.center(t), "--role", "agent"); r.code != 1 || !strings.Contains(r.err, "登录名已被使用") {
			t.Errorf("the same login again: exit %d\n%s", r.code, r.err)
		}
		if n := h.number(t, `SELECT COUNT(*) FROM access WHERE act = 'user'`); n != 3 {
			t.Errorf("%d lines in the access log", n)
		}
		h.must(t, "audit", "verify")
	})
}

// TestSigningIn: what the command line does to the means of signing in.
func TestSigningIn(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h home) {
		code := strings.TrimSpace(h.must(t, "user", "code", "agent01"))
		if len(code) != 6 || strings.Trim(code, "0123456789") != "" {
			t.Errorf("a code: %q", code)
		}
		listed := h.accounts(t)
		for _, a := range listed[1:] {
			if len(a[5]) != 32 {
				t.Errorf("%s has the secret %q", a[0], a[5])
			}
		}
		first := strings.TrimSpace(h.must(t, "user", "password", "agent01"))
		if second := strings.TrimSpace(h.must(t, "user", "password", "agent01")); len(second) != 19 || second == first {
			t.Errorf("passwords %q, then %q", first, second)
		}
		if out := h.must(t, "user", "sign-out", "agent01"); !strings.Contains(out, "0 个") {
			t.Error(out)
		}
		if out := strings.TrimSpace(h.must(t, "user", "sessions", "agent01", "--json")); out != "[]" {
			t.Errorf("sessions: %s", out)
		}
		h.must(t, "user", "reset-factor", "agent01")
		h.must(t, "user", "add", "--login", "real", "--name", "真人", "--unit", h.center(t), "--role", "agent")
		for says, args := range map[string][]string{
			"尚未启用":         {"code", "agent01"},
			"不是演示账号":       {"code", "real"},
			"没有账号 nobody":  {"password", "nobody"},
			"没有账号 nobody2": {"reset-factor", "nobody2"},
		} {
			if r := h.run(t, append([]string{"user"}, args...)...); r.code != 1 || r.out != "" || !strings.Contains(r.err, says) {
				t.Errorf("%v: exit %d\n%s%s", args, r.code, r.out, r.err)
			}
		}
		for act, want := range map[string]int64{"user": 3, "factor": 1, "sign_out": 1} {
			if n := h.number(t, `SELECT COUNT(*) FROM access WHERE act = $1`, act); n != want {
				t.Errorf("%d lines of %s in the access log, want %d", n, act, want)
			}
		}
		if n := h.number(t, `SELECT COUNT(*) FROM access WHERE detail LIKE $1`, "%"+first+"%"); n != 0 {
			t.Error("a password in the access log")
		}
		h.must(t, "audit", "verify")
	})
}

// center returns the code of the city center.
func (h home) center(t *testing.T) (code string) {
	t.Helper()
	d := h.store(t)
	defer d.Close()
	if err := d.QueryRow(t.Context(), `SELECT code FROM unit WHERE parent = 0`).Scan(&code); err != nil {
		t.Fatal(err)
	}
	return code
}

// TestStreamEnds: a stream of changes ends with its token or its account, of
// which the server only hears by the store.
func TestStreamEnds(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h home) {
		s := h.serve(t)
		for name, end := range map[string][]string{
			"revoked":  {"user", "revoke", "--login", "agent01", "--all"},
			"disabled": {"user", "disable", "--login", "dispatcher01"},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				token := strings.TrimSpace(h.must(t, "user", "token", "--login", end[3]))
				stream := s.stream(t, token)
				h.must(t, end...)
				begin := time.Now()
				if _, err := io.Copy(io.Discard, stream); err != nil {
					t.Errorf("the stream broke: %v", err)
				}
				// A few seconds for a machine that is busy with other tests.
				if took := time.Since(begin); took > auth.CacheFor+8*time.Second {
					t.Errorf("the stream lived on for %v", took)
				}
			})
		}
	})
}

// stream opens a stream of changes and waits for its first event.
func (s *server) stream(t *testing.T, token string) io.Reader {
	t.Helper()
	ctx, hangUp := context.WithTimeout(t.Context(), patience)
	t.Cleanup(hangUp)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+api+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	response, err := (&http.Client{}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	if response.StatusCode != http.StatusOK {
		t.Fatalf("events: %d", response.StatusCode)
	}
	if _, err := io.ReadFull(response.Body, make([]byte, len("event: "))); err != nil {
		t.Fatal(err)
	}
	return response.Body
}
