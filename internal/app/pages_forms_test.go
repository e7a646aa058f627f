package app

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/net/html"

	"huiyin/internal/org"
	"huiyin/internal/ticket"
	"huiyin/internal/web"
)

// nasty are what somebody types who wants pages, stores or spreadsheets to
// stumble.
var nasty = map[string]string{
	"markup":              hostile,
	"NUL":                 "路灯\x00不亮",
	"no text":             "路灯\xff\xfe不亮",
	"turned around":       "路灯\u202e亮不\u202d\u2066",
	"very long":           strings.Repeat("长x", 3_000),
	"a formula":           `=HYPERLINK("http://evil.example","路灯")`,
	"a format":            "%s%d%n ${7*7} #{7*7} ../../etc/passwd",
	"an end of statement": `'; DROP TABLE ticket; --`,
}

// form is a form as a page shows it, ready to be filled in.
type form struct {
	action, method, kind string
	fields               []formField
}

type formField struct {
	name, kind string
	values     []string // what it holds, or may
}

// forms are all forms of a page.
func forms(t testing.TB, page string) (list []form) {
	t.Helper()
	for _, n := range elements(t, page) {
		if n.Data != "form" {
			continue
		}
		a := attributes(n)
		f := form{action: a["action"], method: strings.ToUpper(a["method"]), kind: a["enctype"]}
		for field := range n.Descendants() {
			if field.Type == html.ElementNode {
				f.add(field)
			}
		}
		list = append(list, f)
	}
	return list
}

// add notes one element of a form if it is a field.
func (f *form) add(n *html.Node) {
	a := attributes(n)
	own := formField{name: a["name"], kind: a["type"]}
	switch n.Data {
	case "input":
		own.values = []string{a["value"]}
	case "textarea":
		own.kind = "text"
	case "select":
		for option := range n.Descendants() {
			if value := attributes(option)["value"]; option.Data == "option" && value != "" {
				own.values = append(own.values, value)
			}
		}
	case "div":
		own.name = a["data-name"] // a picker
		own.values = []string{map[string]string{web.UnitSource: "5", web.BelowSource: "4", web.CategorySource: "c1-1"}[a["data-source"]]}
	}
	if own.name != "" {
		f.fields = append(f.fields, own)
	}
}

// typed fills in a form: free words with what is given, the rest with what a
// browser would let somebody choose; with all, everything with what is given.
func (f form) typed(words string, all bool) url.Values {
	chosen := map[string]string{"tel": "13800001234", "email": "a@huiyin.example", "number": "3", "date": "2026-03-20", "checkbox": "true"}
	values := url.Values{}
	for _, field := range f.fields {
		word := ""
		switch {
		case all, slices.Contains([]string{"text", "", "search", "password"}, field.kind) && (len(field.values) == 0 || field.kind != ""):
			word = words
		case chosen[field.kind] != "":
			word = chosen[field.kind]
		case len(field.values) > 0:
			word = field.values[0]
		}
		if strings.HasSuffix(field.name, "_text") {
			word = "" // of a picker: only what was picked counts
		}
		values.Set(field.name, word)
	}
	return values
}

// send fills in a form of a page and checks what comes of it.
func (w *town) send(what string, page asked, f form, words string, all bool) int {
	w.t.Helper()
	a := asked{method: f.method, path: f.action, login: page.login, cookies: page.cookies, form: f.typed(words, all)}
	a.path, _, _ = strings.Cut(a.path, "#")
	if a.path == "" {
		a.path, _, _ = strings.Cut(page.path, "?")
	}
	switch {
	case f.method != http.MethodPost:
		a.method, a.path, a.form = http.MethodGet, a.path+"?"+a.form.Encode(), nil
	case f.kind == "multipart/form-data":
		body, kind := with(w.t, a.form)
		a.body, a.header = body, map[string]string{"Content-Type": kind}
	}
	answer := w.ask(a)
	w.harmless(what+": "+page.path+" → "+f.action, answer)
	return answer.Code
}

// TestEveryForm fills in every form that any page shows to whoever may see it,
// and looks at all pages afterwards.
func TestEveryForm(t *testing.T) {
	t.Parallel()
	towns(t, Server{}, func(w *town) {
		for _, what := range slices.Sorted(maps.Keys(nasty)) {
			w.t.Run(what, func(t *testing.T) {
				own := *w
				own.t = t
				sent := own.fill(what, nasty[what])
				if sent < 25 {
					t.Errorf("only %d forms", sent)
				}
				own.everyPage(what, own.stage(false, deptA), func(asked, string) {})
			})
		}
		w.defused()
	})
}

// fill sends all forms that pages without a command show.
func (w *town) fill(what, words string) (sent int) {
	w.t.Helper()
	s := w.stage(false, deptA)
	seen := map[string]bool{}
	w.everyPage(what, s, func(page asked, body string) {
		for _, f := range forms(w.t, body) {
			if strings.HasSuffix(f.action, "/sign-out") || seen[page.login+f.method+f.action] {
				continue
			}
			seen[page.login+f.method+f.action] = true
			w.send(what, page, f, words, false)
			w.send(what, page, f, words, true)
			sent++
		}
	})
	return sent
}

// everyPage looks at every page as whoever may see it.
func (w *town) everyPage(what string, s *scene, look func(page asked, body string)) {
	w.t.Helper()
	for _, r := range w.surface.Pages {
		if r.Method != http.MethodGet || strings.HasSuffix(r.Path, "/events") {
			continue
		}
		for _, a := range w.visits(r, s) {
			answer := w.ask(a)
			w.harmless(what+": "+a.path, answer)
			look(a, answer.Body.String())
		}
	}
}

// visits are the ways to see a page.
func (w *town) visits(r web.Route, s *scene) (list []asked) {
	path := addressOf(w.t, r, s, "")
	if r.Roles == nil {
		return []asked{{method: "GET", path: path, cookies: map[string]string{"huiyin_follow": s.number + ":" + s.code}}}
	}
	for _, role := range r.Roles {
		list = append(list, asked{method: "GET", path: path, login: loginOf(role, cityCenter)})
	}
	if r.Path == "/desk/tickets/{number}" {
		list = append(list, asked{method: "GET", path: path, login: loginOf(ticket.Handler, deptA)})
	}
	if strings.HasSuffix(r.Path, "/{sheet}") {
		list = nil
		for _, sheet := range sheets() {
			at := strings.Replace(path, wildcards["{sheet}"], sheet, 1)
			list = append(list, asked{method: "GET", path: at, login: loginOf(r.Roles[0], cityCenter)}, asked{method: "GET", path: at + "?new=1", login: loginOf(r.Roles[0], cityCenter)})
		}
	}
	return list
}

// defused looks at the sheets that administrators take home, after rows were
// put in that are formulas.
func (w *town) defused() {
	w.t.Helper()
	admin := loginOf(ticket.SystemAdmin, cityCenter)
	for sheet, row := range map[string]url.Values{
		"categories": {"code": {"c1-2"}, "parent": {"c1"}, "name": {nasty["a formula"]}, "active": {"是"}},
		"codes":      {"set": {org.ReturnReasons}, "code": {"other"}, "name": {"-1+1"}, "note": {"@SUM(A1)"}, "order": {"9"}, "active": {"是"}},
	} {
		if a := w.ask(asked{method: "POST", path: "/admin/sheets/" + sheet + "/row", login: admin, form: row}); a.Code != http.StatusSeeOther {
			w.t.Errorf("%s: %d %s", sheet, a.Code, a.Body)
		}
	}
	formulas := 0
	for _, sheet := range sheets() {
		a := w.ask(asked{method: "GET", path: "/admin/sheets/" + sheet + "/download", login: admin})
		book, err := excelize.OpenReader(a.Body)
		if err != nil {
			w.t.Fatalf("%s: %d, %v", sheet, a.Code, err)
		}
		rows, err := book.GetRows(book.GetSheetName(0))
		if err != nil {
			w.t.Fatal(err)
		}
		for _, row := range rows {
			for _, cell := range row {
				if strings.HasPrefix(cell, "'=") || strings.HasPrefix(cell, "'-") || strings.HasPrefix(cell, "'@") {
					formulas++
				}
				if strings.ContainsAny(cell[:min(len(cell), 1)], "=+-@") {
					w.t.Errorf("%s holds %q", sheet, cell)
				}
			}
		}
	}
	if formulas != 3 {
		w.t.Errorf("%d formulas of three are there", formulas)
	}
}

// sheets are the names of all tables of settings.
func sheets() (names []string) {
	for _, s := range org.Sheets() {
		names = append(names, s.Name)
	}
	return names
}
