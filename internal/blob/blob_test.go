package blob_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"huiyin/internal/blob"
	"huiyin/internal/errs"
)

var png = append([]byte("\x89PNG\r\n\x1a\n"), bytes.Repeat([]byte{1}, 100)...)

func TestPutGet(t *testing.T) {
	t.Parallel()
	s, err := blob.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the same content twice is one file
		info, err := s.Put(bytes.NewReader(png), "照片.png")
		if err != nil {
			t.Fatal(err)
		}
		if info.Type != "image/png" || info.Size != int64(len(png)) {
			t.Fatalf("info = %+v", info)
		}
		f, err := s.Get(info.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(f)
		f.Close()
		if err != nil || !bytes.Equal(got, png) {
			t.Fatalf("got %d bytes, %v", len(got), err)
		}
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := blob.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		content io.Reader
		code    string
	}{
		"empty":     {strings.NewReader(""), "file_empty"},
		"too large": {io.MultiReader(bytes.NewReader(png), io.LimitReader(zeros{}, blob.MaxSize)), "file_too_large"},
		"html":      {strings.NewReader("<html><script>alert(1)</script>"), "file_type"},
		"svg":       {strings.NewReader(`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>`), "file_type"},
		"program":   {bytes.NewReader([]byte{0x7f, 'E', 'L', 'F', 2, 1, 1, 0, 0, 0}), "file_type"},
	} {
		if _, err := s.Put(tc.content, ""); errs.CodeOf(err) != tc.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 0 {
		t.Errorf("refused files left %v, %v", left, err)
	}
	for _, sum := range []string{"", "../../etc/passwd", strings.Repeat("0", 64)} {
		if _, err := s.Get(sum); !errs.Is(err, errs.NotFound) {
			t.Errorf("Get(%q): %v", sum, err)
		}
	}
}

// What was on its way when a process was killed goes, but not what another
// process is reading just now.
func TestLeftOver(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	old, fresh := filepath.Join(dir, "incoming-1"), filepath.Join(dir, "incoming-2")
	for _, name := range []string{old, fresh} {
		if err := os.WriteFile(name, png, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	now := time.Now()
	if err := os.Chtimes(old, now, now.Add(-2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := blob.At(dir).Sweep(now); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(old); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the old one: %v", err)
	}
	if _, err := os.Stat(fresh); err != nil {
		t.Errorf("the fresh one: %v", err)
	}
}

// A client that hangs up is not a fault of the disk.
func TestHungUp(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := blob.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	gone := errors.New("connection reset")
	if _, err := s.Put(io.MultiReader(bytes.NewReader(png), iotest.ErrReader(gone)), ""); !errors.Is(err, gone) || errs.Is(err, errs.Unavailable) {
		t.Errorf("hung up: %v", err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left %v, %v", left, err)
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}
