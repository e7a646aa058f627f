package app

import (
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"huiyin/internal/ticket"
)

// hidden is what a form on a page carries unseen.
func hidden(t *testing.T, page *httptest.ResponseRecorder, name string) string {
	t.Helper()
	field := regexp.MustCompile(`(?:<input type="hidden" name="` + name + `" value="([^"]*)"|<textarea name="` + name + `" hidden>([^<]*)<)`)
	found := field.FindStringSubmatch(page.Body.String())
	if found == nil {
		t.Fatalf("%d: no %s in %s", page.Code, name, page.Body)
	}
	return html.UnescapeString(found[1] + found[2])
}

// post sends a form as the system administrator.
func (w *town) post(path string, form url.Values) *httptest.ResponseRecorder {
	w.t.Helper()
	return w.ask(asked{method: "POST", path: path, login: loginOf(ticket.SystemAdmin, cityCenter), form: form})
}

func (w *town) look(path string) *httptest.ResponseRecorder {
	w.t.Helper()
	return w.ask(asked{method: "GET", path: path, login: loginOf(ticket.SystemAdmin, cityCenter)})
}

// says checks an answer's status and that it holds some words.
func (w *town) says(a *httptest.ResponseRecorder, status int, words ...string) {
	w.t.Helper()
	for _, word := range words {
		if !strings.Contains(a.Body.String(), word) {
			w.t.Errorf("%q is not in %s", word, a.Body)
		}
	}
	if a.Code != status {
		w.t.Errorf("%d, not %d", a.Code, status)
	}
}

// TestRowsOvertaken: who saves a row that somebody else has changed since they
// opened it, or that is there already, is told so, and loses nothing typed.
func TestRowsOvertaken(t *testing.T) {
	t.Parallel()
	towns(t, Server{}, func(w *town) {
		row := func(name, seen string) url.Values {
			return url.Values{"code": {"c1-9"}, "parent": {"c1"}, "name": {name}, "active": {"是"}, "seen": {seen}}
		}
		const save, edit = "/admin/sheets/categories/row", "/admin/sheets/categories?row=c1-9"
		w.says(w.post(save, row("井盖", "")), http.StatusSeeOther)
		w.says(w.post(save, row("窨井盖", "")), http.StatusConflict, "表中已有这一行", `value="窨井盖"`)
		mine := hidden(w.t, w.look(edit), "seen")
		w.says(w.post(save, row("检查井盖", mine)), http.StatusSeeOther)
		again := w.post(save, row("雨水井盖", mine))
		w.says(again, http.StatusConflict, "井盖 → 检查井盖", `value="雨水井盖"`)
		w.says(w.post(save, row("雨水井盖", hidden(w.t, again, "seen"))), http.StatusSeeOther)
		if c, _ := w.City.Current().Category("c1-9"); c.Name != "雨水井盖" {
			w.t.Errorf("the category is %q", c.Name)
		}
	})
}

// TestOfficeHours: the hours of a day are one form, since they make sense only
// together.
func TestOfficeHours(t *testing.T) {
	t.Parallel()
	towns(t, Server{}, func(w *town) {
		hours := func() (list []string) {
			for _, h := range w.City.Current().Calendar().Windows() {
				list = append(list, h.Start()+"-"+h.End())
			}
			return list
		}
		form := w.look("/admin/sheets/windows?row=all")
		w.says(form, http.StatusOK, "上班时间 1", "下班时间 3")
		three := url.Values{
			"seen": {hidden(w.t, form, "seen")}, "from": {"08:00"}, "to": {"11:00"}, "from.1": {"13:00"}, "to.1": {"15:00"}, "from.2": {"15:30"}, "to.2": {"17:00"},
		}
		w.says(w.post("/admin/sheets/windows/row", three), http.StatusSeeOther)
		if got := strings.Join(hours(), " "); got != "08:00-11:00 13:00-15:00 15:30-17:00" {
			w.t.Errorf("the hours are %s", got)
		}
		w.says(w.post("/admin/sheets/windows/row", three), http.StatusSeeOther) // nothing is changed
		three.Set("to.2", "18:00")
		w.says(w.post("/admin/sheets/windows/row", three), http.StatusConflict, `value="18:00"`)
		page := w.sheet("windows", "上班时间,下班时间\n09:00,12:00\n")
		w.says(page, http.StatusOK, "修改", "去掉", "15:30")
		confirmed := w.post("/admin/sheets/windows/import", url.Values{"rows": {hidden(w.t, page, "rows")}, "seen": {hidden(w.t, page, "seen")}})
		w.says(confirmed, http.StatusSeeOther)
		if got := strings.Join(hours(), " "); got != "09:00-12:00" {
			w.t.Errorf("the hours are %s", got)
		}
	})
}

// sheet uploads a table to be checked.
func (w *town) sheet(name, content string) *httptest.ResponseRecorder {
	w.t.Helper()
	body, kind := with(w.t, url.Values{}, sent{name + ".csv", []byte(content)})
	return w.ask(asked{
		method: "POST", path: "/admin/sheets/" + name + "/check", login: loginOf(ticket.SystemAdmin, cityCenter), body: body, header: map[string]string{"Content-Type": kind},
	})
}

// TestImportIsCheckedFirst: checking changes nothing; what is confirmed is what
// was checked, and nothing else.
func TestImportIsCheckedFirst(t *testing.T) {
	t.Parallel()
	towns(t, Server{}, func(w *town) {
		name := func() string {
			c, _ := w.City.Current().Category("c1-1")
			return c.Name
		}
		was := name()
		page := w.sheet("categories", "分类代码,上级分类代码,分类名称,是否启用\nc1-1,c1,道路照明,是\nc1-7,c1,公厕,是\n")
		w.says(page, http.StatusOK, "将改变 2 行", was, "道路照明", "公厕")
		if name() != was {
			w.t.Fatal("checking wrote")
		}
		checked := url.Values{"rows": {hidden(w.t, page, "rows")}, "seen": {hidden(w.t, page, "seen")}, "file": {"categories.csv"}}
		w.says(w.post("/admin/sheets/categories/row", url.Values{"code": {"c1-7"}, "parent": {"c1"}, "name": {"公共厕所"}, "active": {"是"}}), http.StatusSeeOther)
		again := w.post("/admin/sheets/categories/import", checked)
		w.says(again, http.StatusConflict, "检查之后表格有了新变化", "公共厕所")
		if name() != was {
			w.t.Error("what nobody had seen was written")
		}
		checked.Set("seen", hidden(w.t, again, "seen"))
		w.says(w.post("/admin/sheets/categories/import", checked), http.StatusSeeOther)
		if name() != "道路照明" {
			w.t.Errorf("the category is %q", name())
		}
		w.says(w.sheet("categories", "没有表头\n"), http.StatusUnprocessableEntity, `id="e-files"`)
	})
}

// TestAccountOvertaken: the form of an account notices what others changed, and
// that of a token says what is wrong beside its field.
func TestAccountOvertaken(t *testing.T) {
	t.Parallel()
	towns(t, Server{}, func(w *town) {
		login := loginOf(ticket.Agent, cityCenter)
		path := "/admin/accounts/" + login
		form := func(name, seen string) url.Values {
			return url.Values{"login": {login}, "name": {name}, "unit": {"1"}, "roles": {string(ticket.Agent)}, "active": {"true"}, "seen": {seen}}
		}
		seen := hidden(w.t, w.look(path), "seen")
		w.says(w.post(path, form("甲某", seen)), http.StatusSeeOther)
		again := w.post(path, form("乙某", seen))
		w.says(again, http.StatusConflict, "某人 → 甲某", `value="乙某"`)
		w.says(w.post(path, form("乙某", hidden(w.t, again, "seen"))), http.StatusSeeOther)
		if a, _ := w.City.Current().AccountByLogin(login); a.Name != "乙某" {
			w.t.Errorf("the account is %q", a.Name)
		}
		token := w.ask(asked{method: "POST", path: path + "/token", login: loginOf(ticket.SecurityAdmin, cityCenter), form: url.Values{"label": {"同步"}, "days": {"0"}}})
		w.says(token, http.StatusUnprocessableEntity, `value="同步"`, `class="note red"`)
	})
}
