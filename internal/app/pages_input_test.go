package app

import (
	"bytes"
	"database/sql"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"huiyin/internal/casework"
	"huiyin/internal/requester"
	"huiyin/internal/ticket"
	"huiyin/internal/web"
	"huiyin/internal/web/ui"
)

// hostile is what somebody writes who wants a page to do something.
const hostile = `"'><script>alert(1)</script><img src=x onerror=alert(1)><a href="javascript:alert(1)">a</a>{{.}}</textarea></title>`

// harmless checks that nothing of what was written became part of the page.
func (w *town) harmless(what string, a *httptest.ResponseRecorder) {
	w.t.Helper()
	if a.Code >= http.StatusInternalServerError {
		w.t.Errorf("%s: %d", what, a.Code)
	}
	if !strings.HasPrefix(a.Header().Get("Content-Type"), "text/html") {
		return
	}
	for _, n := range elements(w.t, a.Body.String()) {
		for name, value := range attributes(n) {
			link := strings.ToLower(strings.TrimSpace(value))
			if strings.HasPrefix(name, "on") || strings.HasPrefix(link, "javascript:") || name == "src" && value == "x" {
				w.t.Errorf("%s: <%s %s=%q>", what, n.Data, name, value)
			}
		}
		if n.Data == "script" && attributes(n)["src"] == "" {
			w.t.Errorf("%s has a script of its own", what)
		}
	}
}

// written are answers whose every free text is hostile.
func written(s *scene) url.Values {
	form := answers(s)
	for _, act := range web.Acts() {
		for _, ask := range act.Fields {
			if ask.Kind == ui.Area || ask.Kind == ui.Line && ask.Name != "master" { // which names a ticket
				form.Set(ask.Name, hostile)
			}
		}
	}
	return form
}

// wicked is a ticket whose words are hostile, at the unit.
func (w *town) wicked() *scene {
	w.t.Helper()
	r, err := w.Cases.Submit(w.t.Context(), ticket.TheRequester(), casework.Matter{
		Kind: ticket.Help, Channel: ticket.Website, Category: "c1-1", Area: "350102", Title: hostile, Body: hostile, MayPublish: true,
		Person: requester.Person{Kind: requester.Individual, Name: hostile[:60], Phone: "13800001234", Address: hostile},
	}, "")
	if err != nil {
		w.t.Fatal(err)
	}
	return &scene{id: r.Ticket.ID, number: r.Ticket.Number, code: r.Code}
}

// TestWordsStayWords: scripts and markup in every field of every form of a
// command, and in the words of the ticket, are shown as they were written.
func TestWordsStayWords(t *testing.T) {
	t.Parallel()
	towns(t, Server{}, func(w *town) {
		for i := range ticket.Lifecycle {
			rule := &ticket.Lifecycle[i]
			for _, at := range []int{0, 1, 2, 3} { // how far the ticket has come
				w.write(rule, at)
			}
		}
	})
}

// write gives a command with hostile answers and looks at all that shows them.
func (w *town) write(rule *ticket.Rule, at int) {
	w.t.Helper()
	s := w.wicked()
	for i, step := range []func(){
		func() { w.command(s, ticket.Agent, cityCenter, ticket.Accept{}) },
		func() { w.command(s, ticket.Dispatcher, cityCenter, ticket.Dispatch{Lead: deptA, Note: hostile}) },
		func() { w.command(s, ticket.Handler, deptA, ticket.Sign{}) },
	} {
		if i < at {
			step()
		}
	}
	owner := map[string]string{"huiyin_follow": s.number + ":" + s.code}
	for _, role := range rule.By {
		path, unit := "/desk/tickets/"+s.number+"/do/", cityCenter
		if rule.Place == ticket.AtUnit {
			unit = deptA
		}
		a := asked{method: "POST", path: path + string(rule.Command), login: loginOf(role, unit), form: written(s)}
		if role == ticket.System {
			continue
		}
		if role == ticket.Requester {
			a.path, a.login, a.cookies = "/t/"+s.number+"/"+string(rule.Command), "", owner
		}
		w.harmless(string(rule.Command)+" by "+string(role), w.ask(a))
		if role == ticket.Requester {
			continue
		}
		w.harmless("the form of "+string(rule.Command), w.ask(asked{method: "GET", path: "/desk/tickets/" + s.number + "?do=" + string(rule.Command), login: loginOf(role, unit)}))
	}
	head := loginOf(ticket.CenterHead, cityCenter)
	if page := w.ask(asked{method: "GET", path: "/desk/tickets/" + s.number, login: head}); !strings.Contains(page.Body.String(), "&lt;script&gt;alert(1)") {
		w.t.Errorf("after %s: the words are not on the page", rule.Command)
	}
	for _, a := range []asked{
		{method: "GET", path: "/desk/tickets/" + s.number, login: head},
		{method: "GET", path: "/desk/tickets/" + s.number, login: loginOf(ticket.Handler, deptA)},
		{method: "GET", path: "/desk/tickets/" + s.number + "/log", login: head},
		{method: "GET", path: "/desk/tickets", login: head},
		{method: "GET", path: "/t/" + s.number, cookies: owner},
		{method: "GET", path: "/t/" + s.number},
		{method: "GET", path: "/t/" + s.number + "/receipt", cookies: owner},
		{method: "GET", path: "/published"},
		{method: "GET", path: "/"},
	} {
		w.harmless("after "+string(rule.Command)+": "+a.path, w.ask(a))
	}
}

// TestAddressesStayWords: so are words in addresses, and in the forms that are
// no command's.
func TestAddressesStayWords(t *testing.T) {
	t.Parallel()
	towns(t, Server{}, func(w *town) {
		s := w.stage(false, deptA)
		word := url.QueryEscape(hostile)
		for _, r := range w.surface.Pages {
			login := ""
			if r.Roles != nil {
				login = loginOf(r.Roles[0], cityCenter)
			}
			a := trial{town: w, route: r, scene: s, command: "accept"}.request(login)
			if r.Method == http.MethodGet {
				for _, name := range []string{"q", "kind", "area", "state", "cursor", "do", "done", "step", "next", "back", "period", "group", "order", "number", "refused", "login", "act", "from", "to", "date", "time", "key", "unit", "category", "edit"} {
					a.path = addressOf(w.t, r, s, "") + "?" + name + "=" + word
					w.harmless(r.Path+"?"+name, w.ask(a))
				}
				continue
			}
			for name := range a.form {
				a.form.Set(name, hostile)
			}
			for _, name := range []string{"password", "login", "code", "text", "notice", "who", "phone", "email", "place", "company", "next", "again", "kept.text", "label", "days", "town", "year", "value", "row", "c0", "c1", "c2"} {
				a.form.Set(name, hostile)
			}
			w.harmless(r.Path, w.ask(a))
		}
		for _, path := range []string{"/nowhere/" + url.PathEscape(hostile), "/t/" + url.PathEscape(hostile), "/desk/tickets/" + url.PathEscape(hostile), "/admin/sheets/" + url.PathEscape(hostile)} {
			w.harmless(path, w.ask(asked{method: "GET", path: path, login: loginOf(ticket.SystemAdmin, cityCenter)}))
		}
	})
}

// TestIllegibleAddresses: an address that is no text leads nowhere, and reaches
// no store.
func TestIllegibleAddresses(t *testing.T) {
	t.Parallel()
	towns(t, Server{}, func(w *town) {
		s := w.stage(false, deptA)
		for _, bytes := range []string{"%00", "a%00b", "%ff%fe", "%ed%a0%80"} {
			for _, r := range w.surface.Pages {
				login := ""
				if r.Roles != nil {
					login = loginOf(r.Roles[0], cityCenter)
				}
				request := trial{town: w, route: r, scene: s, command: "accept"}.request(login)
				plain := request.path
				for _, name := range []string{"q", "step", "cursor", "kind", "do"} {
					request.path = plain + "?" + name + "=" + bytes
					if a := w.ask(request); a.Code != http.StatusNotFound {
						w.t.Errorf("%s: %d", request.path, a.Code)
					}
				}
				for _, wild := range []string{"{number}", "{command}", "{sha256}", "{clock}", "{key}", "{sheet}", "{login}", "{act}"} {
					if !strings.Contains(r.Path, wild) {
						continue
					}
					there := r
					there.Path = strings.Replace(r.Path, wild, bytes, 1)
					request.path = addressOf(w.t, there, s, "accept")
					if a := w.ask(request); a.Code != http.StatusNotFound {
						w.t.Errorf("%s: %d", request.path, a.Code)
					}
				}
			}
		}
	})
}

// sent is a file that comes with a form.
type sent struct {
	name    string
	content []byte
}

// with puts fields and files into one body.
func with(t *testing.T, form url.Values, files ...sent) (body *bytes.Buffer, kind string) {
	t.Helper()
	body = &bytes.Buffer{}
	m := multipart.NewWriter(body)
	for name, values := range form {
		if err := m.WriteField(name, values[0]); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range files {
		part, err := m.CreateFormFile("files", f.name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write(f.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	return body, m.FormDataContentType()
}

// TestUploads: a file of a wrong kind or size is refused by name and the matter
// is taken all the same; too many files, and the form comes back.
func TestUploads(t *testing.T) {
	t.Parallel()
	png := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"), make([]byte, 64)...)
	large := append(bytes.Clone(png), make([]byte, 20<<20)...)
	matter := func() url.Values {
		return url.Values{"kind": {"help"}, "title": {"路灯不亮"}, "body": {"请尽快修理。"}, "who": {"individual"}, "name": {"欧阳小明"}, "phone": {"13800001234"}}
	}
	towns(t, Server{}, func(w *town) {
		submit := func(files ...sent) *httptest.ResponseRecorder {
			body, kind := with(w.t, matter(), files...)
			return w.ask(asked{method: "POST", path: "/submit", body: body, header: map[string]string{"Content-Type": kind}})
		}
		for name, c := range map[string]struct {
			file sent
			ok   bool
		}{
			"a picture": {sent{"照片.png", png}, true}, "a program": {sent{"照片.png", []byte("MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff")}, false},
			"a page": {sent{"说明.txt", []byte("<!DOCTYPE html><script>alert(1)</script>")}, false}, "a drawing with a script": {sent{"图.svg", []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`)}, false},
			"an empty one": {sent{"空.txt", nil}, false}, "a script called text": {sent{"说明.bat", []byte("del C:\\*")}, false}, "a picture called a document": {sent{"说明.pdf", png}, false},
			"too large": {sent{"大.png", large}, false}, "a way out": {sent{`..\..\etc\passwd.png`, png}, true},
		} {
			a := submit(c.file)
			to, err := url.Parse(a.Header().Get("Location"))
			if err != nil || a.Code != http.StatusSeeOther {
				w.t.Errorf("%s: %d %s", name, a.Code, a.Body.String()[:min(a.Body.Len(), 300)])
				continue
			}
			if told := cookieOf(a, "huiyin_told"); (told == nil) != c.ok {
				w.t.Errorf("%s: told %v", name, told)
			}
			number := strings.Split(to.Path, "/")[2]
			var files int
			var stored sql.NullString
			err = w.Store.QueryRow(w.t.Context(), `SELECT COUNT(*), MAX(a.name) FROM attachment a JOIN ticket t ON t.id = a.ticket WHERE t.number = $1`, number).Scan(&files, &stored)
			if err != nil || (files == 1) != c.ok || strings.ContainsAny(stored.String, `/\`) {
				w.t.Errorf("%s: %d stored as %q, %v", name, files, stored.String, err)
			}
		}
		many := make([]sent, 10)
		for i := range many {
			many[i] = sent{"照片.png", png}
		}
		if a := submit(many...); a.Code != http.StatusUnprocessableEntity || !strings.Contains(a.Body.String(), "请尽快修理。") {
			w.t.Errorf("ten files: %d", a.Code)
		}
	})
}
