package db

import (
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"
)

// textFS is a flat folder of texts: name → content.
type textFS map[string]string

// Open implements fs.FS.
func (t textFS) Open(name string) (fs.File, error) {
	text, ok := t[name]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &textFile{Reader: strings.NewReader(text), name: name}, nil
}

// Glob implements fs.GlobFS, in the order of names.
func (t textFS) Glob(pattern string) ([]string, error) {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(t)) {
		ok, err := path.Match(pattern, name)
		if err != nil {
			return nil, err
		}
		if ok {
			names = append(names, name)
		}
	}
	return names, nil
}

// textFile is an open text and what is to be said about it.
type textFile struct {
	*strings.Reader
	name string
}

func (f *textFile) Stat() (fs.FileInfo, error) { return f, nil }
func (f *textFile) Close() error               { return nil }
func (f *textFile) Name() string               { return f.name }
func (f *textFile) Mode() fs.FileMode          { return 0o444 }
func (f *textFile) ModTime() time.Time         { return time.Time{} }
func (f *textFile) IsDir() bool                { return false }
func (f *textFile) Sys() any                   { return nil }
