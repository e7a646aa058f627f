package crypt

import (
	"bytes"
	"crypto/cipher"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"huiyin/internal/errs"
)

// otherCipher stands for a second provider: AES-GCM under another id and key schedule.
type otherCipher struct{}

func (otherCipher) ID() byte { return 2 }
func (otherCipher) AEAD(key []byte) (cipher.AEAD, error) {
	return AES{}.AEAD(key[:16])
}

func TestSealOpen(t *testing.T) {
	t.Parallel()
	k := Ephemeral()
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.SliceOf(rapid.Byte()).Draw(t, "plain")
		context := rapid.SliceOf(rapid.Byte()).Draw(t, "context")
		key, wrapped, err := k.NewKey()
		if err != nil {
			t.Fatal(err)
		}
		sealed := key.Seal(plain, context)
		again, err := k.Unwrap(wrapped)
		if err != nil {
			t.Fatal(err)
		}
		got, err := again.Open(sealed, context)
		if err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("got %x, %v; want %x", got, err, plain)
		}
		if len(plain) > 8 && bytes.Contains(sealed, plain) {
			t.Fatal("the plaintext shows")
		}
		if _, err := again.Open(sealed, append(context, 0)); !errs.Is(err, errs.Internal) {
			t.Fatalf("another context opened it: %v", err)
		}
		at := rapid.IntRange(0, len(sealed)-1).Draw(t, "at")
		bit := byte(1) << rapid.IntRange(0, 7).Draw(t, "bit")
		sealed[at] ^= bit
		if _, err := again.Open(sealed, context); err == nil {
			t.Fatalf("opened with byte %d changed", at)
		}
		at = rapid.IntRange(0, len(wrapped)-1).Draw(t, "at wrapped")
		wrapped[at] ^= bit
		if _, err := k.Unwrap(wrapped); errs.CodeOf(err) != "cipher_damaged" {
			t.Fatalf("unwrapped with byte %d changed: %v", at, err)
		}
	})
}

func TestKeysDoNotMix(t *testing.T) {
	t.Parallel()
	k := Ephemeral()
	a, wrapped, err := k.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	b, _, err := k.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Open(a.Seal([]byte("x"), nil), nil); err == nil {
		t.Error("a foreign data key opened it")
	}
	if _, err := Ephemeral().Unwrap(wrapped); err == nil {
		t.Error("a foreign keyring unwrapped it")
	}
	if _, err := (DataKey{}).Open(a.Seal(nil, nil), nil); err == nil {
		t.Error("the zero key opened it")
	}
}

func TestKeyFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys.json")
	if _, err := Load(path); errs.CodeOf(err) != "key_file_missing" || !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("Load without a file: %v", err)
	}
	k, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v, %v", info.Mode(), err)
	}
	again, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(k.Hash("p", "v"), again.Hash("p", "v")); diff != "" {
		t.Errorf("another key the second time: %s", diff)
	}
	names, err := filepath.Glob(path + "*")
	if err != nil || len(names) != 1 {
		t.Errorf("left behind: %v, %v", names, err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path); errs.CodeOf(err) != "key_file_open" {
		t.Errorf("a file others can read: %v", err)
	}
}

func TestDamagedKeyFile(t *testing.T) {
	t.Parallel()
	good := `{"version":1,"key":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}`
	for name, text := range map[string]string{
		"empty":       "",
		"no keys":     `{"format":1,"keys":[]}`,
		"format":      `{"format":2,"keys":[` + good + `]}`,
		"short key":   `{"format":1,"keys":[{"version":1,"key":"AAAA"}]}`,
		"version 0":   `{"format":1,"keys":[` + strings.Replace(good, `:1`, `:0`, 1) + `]}`,
		"twice":       `{"format":1,"keys":[` + good + `,` + good + `]}`,
		"not base 64": `{"format":1,"keys":[{"version":1,"key":"!secret!"}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "keys.json")
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Open(path)
			if errs.CodeOf(err) != "key_file_damaged" {
				t.Fatalf("got %v", err)
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("the error shows the file: %v", err)
			}
			if raw, _ := os.ReadFile(path); string(raw) != text {
				t.Error("a damaged file was written over")
			}
		})
	}
}

func TestOpenAtOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys.json")
	hashes := make([]string, 8)
	var wg sync.WaitGroup
	for i := range hashes {
		wg.Go(func() {
			k, err := Open(path)
			if err != nil {
				t.Error(err)
				return
			}
			hashes[i] = string(k.Hash("p", "v"))
		})
	}
	wg.Wait()
	for _, h := range hashes {
		if h != hashes[0] {
			t.Fatal("two processes got two keys")
		}
	}
}

// A file with a newer master key reads what the older one sealed, and seals with
// the newer.
func TestNewerKey(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys.json")
	old, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	key, wrapped, err := old.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	sealed := key.Seal([]byte("旧"), nil)
	file, err := readKeyFile(path)
	if err != nil {
		t.Fatal(err)
	}
	file.Keys = append(file.Keys, masterKey{Version: 2, Key: randomBytes(KeySize)})
	if err := errors.Join(os.Remove(path), publish(path, file)); err != nil {
		t.Fatal(err)
	}
	k, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	key, err = k.Unwrap(wrapped)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := key.Open(sealed, nil); err != nil || string(got) != "旧" {
		t.Errorf("under the newer key: %q, %v", got, err)
	}
	if !bytes.Equal(old.Hash("p", "v"), k.Hash("p", "v")) || old.Code("p", 7, 6) != k.Code("p", 7, 6) {
		t.Error("a newer key changed hashes or codes")
	}
	_, wrapped, err = k.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := old.Unwrap(wrapped); err == nil {
		t.Error("the new key version was not used")
	}
}

func TestChangeOfProvider(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys.json")
	first, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	key, wrapped, err := first.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	sealed := key.Seal([]byte("值"), nil)
	both, err := Load(path, otherCipher{}, AES{})
	if err != nil {
		t.Fatal(err)
	}
	key, err = both.Unwrap(wrapped)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := key.Open(sealed, nil); err != nil || string(got) != "值" {
		t.Errorf("old data under the new first provider: %q, %v", got, err)
	}
	_, wrapped, err = both.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	if wrapped[1] != 2 {
		t.Errorf("provider %d seals, want the first", wrapped[1])
	}
	if _, err := first.Unwrap(wrapped); err == nil {
		t.Error("a keyring without the provider unwrapped it")
	}
}

func TestHash(t *testing.T) {
	t.Parallel()
	k := Ephemeral()
	if !bytes.Equal(k.Hash("phone", "1"), k.Hash("phone", "1")) {
		t.Error("not stable")
	}
	if bytes.Equal(k.Hash("phone", "1"), k.Hash("email", "1")) {
		t.Error("purposes share a key")
	}
	if bytes.Equal(k.Hash("phone", "1"), Ephemeral().Hash("phone", "1")) {
		t.Error("not keyed")
	}
}

func TestCode(t *testing.T) {
	t.Parallel()
	k := Ephemeral()
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.Int64().Draw(t, "id")
		digits := rapid.IntRange(1, maxDigits).Draw(t, "digits")
		code := k.Code("query", id, digits)
		if len(code) != digits || strings.Trim(code, "0123456789") != "" {
			t.Fatalf("%q is not %d digits", code, digits)
		}
		if code != k.Code("query", id, digits) || !k.CheckCode("query", id, digits, code) {
			t.Fatal("not stable")
		}
		for _, bad := range []string{"", code + "0", code[1:]} {
			if k.CheckCode("query", id, digits, bad) {
				t.Fatalf("%q passed for %q", bad, code)
			}
		}
	})
}

// TestCodeUniform is a chi-squared test of each of six positions over 60,000
// codes: nine degrees of freedom, p = 1e-6 at 45.1, six tries. The key is fixed,
// so the test always sees the same codes.
func TestCodeUniform(t *testing.T) {
	t.Parallel()
	k, err := newKeyring([]masterKey{{Version: 1, Key: make([]byte, KeySize)}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	const n = 60_000
	var counts [6][10]int
	for id := range int64(n) {
		for i, c := range k.Code("query", id, 6) {
			counts[i][c-'0']++
		}
	}
	for i, row := range counts {
		chi := 0.0
		for _, c := range row {
			d := float64(c) - n/10
			chi += d * d / (n / 10)
		}
		if chi > 45.1 {
			t.Errorf("position %d: chi squared %.1f: %v", i, chi, row)
		}
	}
}

func TestNothingPrintsKeys(t *testing.T) {
	t.Parallel()
	k := Ephemeral()
	key, _, err := k.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x"} {
		for _, v := range []any{k, key} {
			out := fmt.Sprintf(verb, v)
			if len(out) > 60 {
				t.Errorf("%s prints %d characters: %s", verb, len(out), out)
			}
		}
	}
}

func FuzzOpen(f *testing.F) {
	k := Ephemeral()
	key, wrapped, err := k.NewKey()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(wrapped, []byte("c"))
	f.Add(key.Seal([]byte("值"), []byte("c")), []byte("c"))
	f.Add([]byte{}, []byte{})
	f.Fuzz(func(t *testing.T, in, context []byte) {
		if plain, err := key.Open(in, context); err == nil && string(plain) != "值" {
			t.Fatalf("opened foreign bytes to %q", plain)
		}
		if _, err := k.Unwrap(in); err == nil && !bytes.Equal(in, wrapped) {
			t.Fatal("unwrapped foreign bytes")
		}
	})
}

func FuzzKeyFile(f *testing.F) {
	f.Add([]byte(`{"format":1,"keys":[{"version":1,"key":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		file, err := parseKeyFile(raw)
		if err != nil {
			return
		}
		if k, err := newKeyring(file.Keys, nil); err == nil && len(k.Hash("p", "v")) != 32 {
			t.Fatal("a keyring that does not work")
		}
	})
}

func BenchmarkEnvelope(b *testing.B) {
	k := Ephemeral()
	context := []byte("context")
	b.Run("new key", func(b *testing.B) {
		for b.Loop() {
			if _, _, err := k.NewKey(); err != nil {
				b.Fatal(err)
			}
		}
	})
	key, wrapped, err := k.NewKey()
	if err != nil {
		b.Fatal(err)
	}
	b.Run("unwrap", func(b *testing.B) {
		for b.Loop() {
			if _, err := k.Unwrap(wrapped); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("seal", func(b *testing.B) {
		for b.Loop() {
			key.Seal([]byte("13800001234"), context)
		}
	})
	b.Run("hash", func(b *testing.B) {
		for b.Loop() {
			k.Hash("phone", "13800001234")
		}
	})
}
