package auth

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"unicode"

	"huiyin/internal/errs"
)

// quick makes hashing cost nothing.
func quick() Params { return Params{Memory: 8, Time: 1, Threads: 1} }

func TestHashVerify(t *testing.T) {
	t.Parallel()
	h := NewHasher(quick(), 2)
	phc, err := h.Hash(t.Context(), "正确的密码")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(phc, "$argon2id$v=19$m=8,t=1,p=1$") || strings.Contains(phc, "正确") {
		t.Errorf("hash %s", phc)
	}
	again, err := h.Hash(t.Context(), "正确的密码")
	if err != nil || again == phc {
		t.Errorf("no salt: %v", err)
	}
	// Another process with other costs reads the costs from the hash.
	other := NewHasher(Params{Memory: 16, Time: 2, Threads: 2}, 1)
	for password, want := range map[Secret]bool{"正确的密码": true, "正确的密码 ": false, "": false} {
		for _, h := range []*Hasher{h, other} {
			if got, err := h.Verify(t.Context(), phc, password); err != nil || got != want {
				t.Errorf("%q: %v, %v", password.Plain(), got, err)
			}
		}
	}
	if got, err := h.Verify(t.Context(), "", "正确的密码"); err != nil || got {
		t.Errorf("no account: %v, %v", got, err)
	}
	long := Secret(strings.Repeat("a", maxPassword+1))
	if _, err := h.Hash(t.Context(), long); !errs.Is(err, errs.Invalid) {
		t.Errorf("over-long: %v", err)
	}
	cut, err := h.Hash(t.Context(), long[:maxPassword])
	if err != nil {
		t.Fatal(err)
	}
	if got, err := h.Verify(t.Context(), cut, long); err != nil || got {
		t.Errorf("an over-long password passed for its beginning: %v, %v", got, err)
	}
}

func TestHasherBounds(t *testing.T) {
	t.Parallel()
	h := NewHasher(quick(), 1)
	if err := h.enter(t.Context()); err != nil {
		t.Fatal(err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.Hash(gone, "x"); errs.CodeOf(err) != "sign_in_busy" {
		t.Errorf("a second hashing at once: %v", err)
	}
	h.leave()
	if _, err := h.Hash(t.Context(), "x"); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestDamagedHash(t *testing.T) {
	t.Parallel()
	h := NewHasher(quick(), 1)
	good, err := h.Hash(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	for _, phc := range []string{
		"x", "$", strings.Replace(good, "argon2id", "argon2i", 1), strings.Replace(good, "v=19", "v=16", 1),
		strings.Replace(good, "m=8", "m=99999999", 1), strings.Replace(good, "t=1", "t=0", 1),
		strings.Replace(good, "p=1", "p=0", 1), strings.Replace(good, "p=1", "p=300", 1), good[:len(good)-1], good + "$",
	} {
		if ok, err := h.Verify(t.Context(), phc, "x"); ok || errs.CodeOf(err) != "password_hash_damaged" {
			t.Errorf("%s: %v, %v", phc, ok, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add("$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Fuzz(func(t *testing.T, phc string) {
		p, salt, hash, err := decode(phc)
		if err == nil && (p.Time == 0 || p.Threads == 0 || p.Memory > maxMemory || len(salt) != saltSize || len(hash) != hashSize) {
			t.Fatalf("%q passed: %+v", phc, p)
		}
	})
}

func TestRandomPassword(t *testing.T) {
	t.Parallel()
	seen := map[Secret]bool{}
	for range 2000 {
		p := RandomPassword()
		s := p.Plain()
		if len(s) != 19 || strings.Count(s, "-") != 3 || strings.ContainsAny(s, "0O1lIio\",;'") {
			t.Fatalf("%q", s)
		}
		if !strings.ContainsFunc(s, unicode.IsLower) || !strings.ContainsFunc(s, unicode.IsUpper) || !strings.ContainsFunc(s, unicode.IsDigit) {
			t.Fatalf("%q lacks a class", s)
		}
		if seen[p] {
			t.Fatalf("%q twice", s)
		}
		seen[p] = true
	}
}

func TestSecretHides(t *testing.T) {
	t.Parallel()
	s := Secret("hy_plain")
	type request struct {
		Password Secret `json:"password"`
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("in", "secret", s, "request", request{s})
	raw, err := json.Marshal(request{s})
	if err != nil {
		t.Fatal(err)
	}
	out := []string{log.String(), string(raw)}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%t"} {
		out = append(out, fmt.Sprintf(verb, s), fmt.Sprintf(verb, request{s}))
	}
	for _, o := range out {
		if strings.Contains(o, "plain") || strings.Contains(o, fmt.Sprintf("%x", "plain")) {
			t.Errorf("shown: %s", o)
		}
	}
	if s.Plain() != "hy_plain" {
		t.Error("lost")
	}
}

// BenchmarkVerify is one sign-in's hashing at the default costs.
func BenchmarkVerify(b *testing.B) {
	h := NewHasher(DefaultParams(), 1)
	for b.Loop() {
		if _, err := h.Verify(b.Context(), "", "x"); err != nil {
			b.Fatal(err)
		}
	}
}
