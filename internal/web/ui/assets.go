package ui

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"path"
	"strings"
)

//go:embed static
var static embed.FS

// Prefix is where assets are served.
const Prefix = "/static/"

// Asset is a file that pages refer to.
type Asset struct {
	Type   string
	Plain  []byte
	Packed []byte // gzip; nil where it would not be smaller
}

// Assets are the files that pages refer to, by name. One tag names the content
// of all, so that scripts can refer to one another by name.
type Assets struct {
	files map[string]Asset
	tag   string
}

func openAssets() (*Assets, error) {
	a, sum := &Assets{files: map[string]Asset{}}, sha256.New()
	err := fs.WalkDir(static, "static", func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasPrefix(entry.Name(), ".") {
			return err
		}
		plain, err := static.ReadFile(file)
		if err != nil {
			return err
		}
		sum.Write(plain)
		asset, err := newAsset(file, plain)
		a.files[strings.TrimPrefix(file, "static/")] = asset
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("ui: assets: %w", err)
	}
	a.tag = hex.EncodeToString(sum.Sum(nil)[:6])
	return a, nil
}

func newAsset(name string, plain []byte) (Asset, error) {
	asset := Asset{Type: mime.TypeByExtension(path.Ext(name)), Plain: plain}
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return asset, err
	}
	if _, err := w.Write(plain); err != nil {
		return asset, err
	}
	if err := w.Close(); err != nil {
		return asset, err
	}
	if packed.Len() < len(plain) {
		asset.Packed = packed.Bytes()
	}
	return asset, nil
}

// URL is the address of an asset; it changes with the content, so that what was
// fetched once may be kept for ever. An asset that was not built has none.
func (a *Assets) URL(name string) string {
	if _, ok := a.files[name]; !ok {
		return ""
	}
	return Prefix + a.tag + "/" + name
}

// File returns the asset behind the rest of an address after Prefix.
func (a *Assets) File(rest string) (Asset, bool) {
	tag, name, _ := strings.Cut(rest, "/")
	asset, ok := a.files[name]
	return asset, ok && tag == a.tag
}
