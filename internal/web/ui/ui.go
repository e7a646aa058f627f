// Package ui is how pages look and read: layouts, components, the style sheet,
// icons, words in both languages, and how a clock or an instant is shown.
//
// What may not enter: what a page is about, where its data comes from, HTTP.
package ui

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"strings"
	"time"
)

//go:embed layout
var layouts embed.FS

// Kit is what every page is made with. It is safe for concurrent use.
type Kit struct {
	Assets *Assets
	local  *time.Location
	base   map[string]*template.Template // by language
	words  map[string]Catalogue
}

// NewKit reads the layouts and components. Instants are shown in the local zone.
func NewKit(local *time.Location) (*Kit, error) {
	assets, err := openAssets()
	if err != nil {
		return nil, err
	}
	k := &Kit{Assets: assets, local: local, base: map[string]*template.Template{}, words: map[string]Catalogue{}}
	for _, lang := range Languages {
		words, err := readWords(lang)
		if err != nil {
			return nil, err
		}
		t, err := template.New(lang).Funcs(k.funcs(words)).ParseFS(layouts, "layout/*.html")
		if err != nil {
			return nil, fmt.Errorf("ui: layouts: %w", err)
		}
		k.base[lang], k.words[lang] = t, words
	}
	return k, nil
}

// Words is the catalogue of a language.
func (k *Kit) Words(lang string) Catalogue { return k.words[lang] }

// Pages are the pages of one room: each file defines "main", in the layout that
// the frame names, and may define parts that are sent alone.
type Pages map[string]map[string]*template.Template // language → name → page

// Pages reads the pages of a room, *.html, named without the ending. Files that
// begin with "_" hold what several of them share.
func (k *Kit) Pages(files fs.FS) (Pages, error) {
	names, err := fs.Glob(files, "*.html")
	if err != nil {
		return nil, err
	}
	pages := Pages{}
	for lang, base := range k.base {
		pages[lang] = map[string]*template.Template{}
		shared, err := base.Clone()
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if strings.HasPrefix(name, "_") {
				if shared, err = shared.ParseFS(files, name); err != nil {
					return nil, err
				}
			}
		}
		for _, name := range names {
			if strings.HasPrefix(name, "_") {
				continue
			}
			page, err := shared.Clone()
			if err != nil {
				return nil, err
			}
			if page, err = page.ParseFS(files, name); err != nil {
				return nil, err
			}
			pages[lang][strings.TrimSuffix(path.Base(name), ".html")] = page
		}
	}
	return pages, nil
}

// Frame is what surrounds a page.
type Frame struct {
	Layout string // portal, desk or plain
	Lang   string
	Large  bool // large text, high contrast
	NoKeys bool // single keys do nothing
	Title  string
	Path   string // of this page, with its query, to come back to
	Site   string // name of the platform
	Person *Person
	Menu   []Group
	Seek   bool // tickets can be looked for
	Demo   bool

	// Said once.
	Done    string // what was just done
	Refused string // files that were not taken, a line each
}

// Person is who is signed in.
type Person struct{ Name, Unit, Roles string }

// Group is a part of the menu.
type Group struct {
	Title string
	Links []Link
}

// Link is a line of the menu.
type Link struct {
	Icon, Title, Href string
	Count             string // of things to do; empty for none
	Late              bool   // some of them are late
	Here              bool
}

// whole is what a layout is given.
type whole struct {
	Frame
	View any
}

// Render makes a page in its frame.
func (p Pages) Render(name string, frame Frame, view any) ([]byte, error) {
	return p.execute(frame.Lang, name, frame.Layout, whole{frame, view})
}

// RenderPart makes one part of a page.
func (p Pages) RenderPart(lang, name, part string, view any) ([]byte, error) {
	return p.execute(lang, name, part, view)
}

func (p Pages) execute(lang, name, part string, data any) ([]byte, error) {
	page, ok := p[lang][name]
	if !ok {
		return nil, fmt.Errorf("ui: no page %q in %q", name, lang)
	}
	var out bytes.Buffer
	if err := page.ExecuteTemplate(&out, part, data); err != nil {
		return nil, fmt.Errorf("ui: page %s: %w", name, err)
	}
	return out.Bytes(), nil
}
