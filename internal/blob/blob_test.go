package blob_test

import (
	"bytes"
	"io"
	"os"
	"strings"
	"testing"

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
		info, err := s.Put(bytes.NewReader(png))
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
		if _, err := s.Put(tc.content); errs.CodeOf(err) != tc.code {
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

type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}
