// Package blob keeps files by the digest of their content, in a folder. What
// is stored once is never changed; the same content is stored once.
//
// What may not enter: what a file belongs to, who may read it.
package blob

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"huiyin/internal/errs"
)

// MaxSize is the largest file that is taken, in bytes: 20 MiB.
const MaxSize = 20 << 20

// Types are the kinds of content that are taken, as they are sniffed, never as
// they are claimed. HTML, SVG and scripts are not among them.
var Types = []string{
	"image/jpeg", "image/png", "image/gif", "image/webp", "application/pdf", "text/plain", "video/mp4", "audio/mpeg", "audio/wave",
	"application/zip", // docx, xlsx and pptx are zips
}

// Store is a folder of files.
type Store struct{ dir string }

// incoming is how files are named that are still being read.
const incoming = "incoming-"

// At is the store of a folder, which is only read.
func At(dir string) *Store { return &Store{dir: dir} }

// Open makes the folder if it is not there.
func Open(dir string) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, errs.Wrap(err, errs.Unavailable, "blob_dir", "附件目录无法使用")
	}
	return At(dir), nil
}

// Sweep removes what was on its way an hour ago and never came to its end: it
// belonged to a process that was killed.
func (s *Store) Sweep(now time.Time) error {
	found, err := os.ReadDir(s.dir)
	for _, f := range found {
		info, failed := f.Info()
		if failed == nil && strings.HasPrefix(f.Name(), incoming) && now.Sub(info.ModTime()) > time.Hour {
			failed = os.Remove(filepath.Join(s.dir, f.Name()))
		}
		if !errors.Is(failed, fs.ErrNotExist) { // another process may have been faster
			err = errors.Join(err, failed)
		}
	}
	if err != nil {
		return unavailable(err)
	}
	return nil
}

// Info says what was stored.
type Info struct {
	Name   string // as its sender called it, fit to be a file's name
	SHA256 string
	Size   int64
	Type   string
}

// Put stores a file that its sender calls by a name. It is on disk when Put
// returns. Too large a file, an empty one, one of a type that is not taken or
// whose name promises another is refused and leaves nothing. What r fails with
// is returned as it is.
func (s *Store) Put(r io.Reader, name string) (Info, error) {
	tmp, err := os.CreateTemp(s.dir, incoming+"*")
	if err != nil {
		return Info{}, unavailable(err)
	}
	defer os.Remove(tmp.Name()) // gone already if it was taken
	defer tmp.Close()
	h := sha256.New()
	var first prefix
	source := &source{r: io.LimitReader(r, MaxSize+1)}
	n, err := io.Copy(io.MultiWriter(tmp, h, &first), source)
	switch {
	case source.err != nil:
		return Info{}, source.err
	case err != nil:
		return Info{}, unavailable(err)
	}
	info := Info{Name: CleanName(name), SHA256: hex.EncodeToString(h.Sum(nil)), Size: n, Type: sniff(first.bytes)}
	if err := info.check(); err != nil {
		return Info{}, err
	}
	if err := errors.Join(tmp.Chmod(0o400), tmp.Sync()); err != nil {
		return Info{}, unavailable(err)
	}
	return info, s.take(tmp.Name(), info.SHA256)
}

func (i Info) check() error {
	switch {
	case i.Size == 0:
		return errs.New(errs.Invalid, "file_empty", "文件是空的")
	case i.Size > MaxSize:
		return errs.New(errs.Limit, "file_too_large", "文件不能超过20MB")
	case !slices.Contains(Types, i.Type):
		return errs.New(errs.Invalid, "file_type", "不支持这种文件；请上传图片、PDF、文档、音频或视频")
	}
	return i.fits()
}

// source keeps what reading failed with apart from what writing did.
type source struct {
	r   io.Reader
	err error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != io.EOF {
		s.err = err
	}
	return n, err
}

// prefix keeps the first bytes, which are what sniffing looks at.
type prefix struct{ bytes []byte }

func (p *prefix) Write(b []byte) (int, error) {
	if room := 512 - len(p.bytes); room > 0 {
		p.bytes = append(p.bytes, b[:min(room, len(b))]...)
	}
	return len(b), nil
}

func sniff(first []byte) string {
	kind, _, _ := strings.Cut(http.DetectContentType(first), ";")
	if text := bytes.TrimLeft(first, "\xef\xbb\xbf \t\r\n"); kind == "text/plain" && bytes.HasPrefix(text, []byte("<")) {
		return "text/xml" // an SVG without a declaration passes for text
	}
	return kind
}

// take moves a finished file to its place and makes the move durable.
func (s *Store) take(from, sum string) error {
	to := s.path(sum)
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return unavailable(err)
	}
	if err := os.Rename(from, to); err != nil {
		return unavailable(err)
	}
	dir, err := os.Open(filepath.Dir(to))
	if err != nil {
		return unavailable(err)
	}
	defer dir.Close()
	if err := dir.Sync(); err != nil {
		return unavailable(err)
	}
	return nil
}

func (s *Store) path(sum string) string { return filepath.Join(s.dir, sum[:2], sum) }

// Get opens a stored file for reading. The caller closes it.
func (s *Store) Get(sum string) (*os.File, error) {
	if b, err := hex.DecodeString(sum); err != nil || len(b) != sha256.Size {
		return nil, errs.New(errs.NotFound, "file_not_found", "没有找到该附件")
	}
	f, err := os.Open(s.path(strings.ToLower(sum)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errs.New(errs.NotFound, "file_not_found", "没有找到该附件")
	}
	if err != nil {
		return nil, unavailable(err)
	}
	return f, nil
}

// Check reads a stored file whole: it must be there and be what its digest
// says.
func (s *Store) Check(sum string) error {
	f, err := s.Get(sum)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return unavailable(err)
	}
	if hex.EncodeToString(h.Sum(nil)) != sum {
		return errs.New(errs.Conflict, "file_changed", "内容已被改动")
	}
	return nil
}

func unavailable(err error) error {
	return errs.Wrap(err, errs.Unavailable, "blob", "附件存储暂时不可用，请稍后重试")
}
