package app

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"huiyin/internal/ticket"
)

// TestUploadsAtDesks: staff's files are looked at like anybody's; what is refused
// is said by name and is stored neither with the ticket nor on disk.
func TestUploadsAtDesks(t *testing.T) {
	t.Parallel()
	png := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"), make([]byte, 64)...)
	towns(t, Server{}, func(w *town) {
		s := w.stage(false, deptA)
		w.command(s, ticket.Handler, deptA, ticket.Sign{})
		stored := func() (n int) {
			files, err := filepath.Glob(filepath.Join(w.Data, "*", "*", strings.Repeat("?", 64)))
			if err != nil {
				w.t.Fatal(err)
			}
			return len(files)
		}
		before, seq := stored(), w.seq(s)
		if before == 0 {
			w.t.Fatal("not even the requester's file is where it is looked for")
		}
		for name, content := range map[string][]byte{
			"程序.png": []byte("MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff"), "空.png": nil, "照片.pdf": png, "说明.hta": []byte("说明"),
			"网页.txt": []byte("<!DOCTYPE html><script>alert(1)</script>"),
		} {
			a := w.upload(s, sent{name, content})
			if a.Code != http.StatusSeeOther || stored() != before || w.seq(s) != seq {
				w.t.Errorf("%s: %d, %d files, %d records", name, a.Code, stored()-before, w.seq(s)-seq)
			}
			if page := w.next(a, loginOf(ticket.Handler, deptA)); !strings.Contains(page.Body.String(), name+" — ") {
				w.t.Errorf("%s is not named: %s", name, page.Body)
			}
		}
		if a := w.upload(s, sent{"照片.png", png}); a.Code != http.StatusSeeOther || stored() != before+1 || w.seq(s) != seq+1 {
			w.t.Errorf("a picture: %d, %d files, %d records", a.Code, stored()-before, w.seq(s)-seq)
		}
		left, err := filepath.Glob(filepath.Join(w.Data, "*", "incoming-*"))
		if err != nil || len(left) > 0 {
			w.t.Errorf("on its way still: %v, %v", left, err)
		}
	})
}

// upload sends a file to a ticket as the handler of its unit.
func (w *town) upload(s *scene, files ...sent) *httptest.ResponseRecorder {
	w.t.Helper()
	body, kind := with(w.t, url.Values{}, files...)
	return w.ask(asked{
		method: "POST", path: "/desk/tickets/" + s.number + "/files", login: loginOf(ticket.Handler, deptA), body: body, header: map[string]string{"Content-Type": kind},
	})
}

// next opens the page that an answer leads to, with the cookies that it set.
func (w *town) next(a *httptest.ResponseRecorder, login string) *httptest.ResponseRecorder {
	w.t.Helper()
	cookies := map[string]string{}
	for _, c := range a.Result().Cookies() {
		cookies[c.Name] = c.Value
	}
	return w.ask(asked{method: "GET", path: a.Header().Get("Location"), login: login, cookies: cookies})
}

// TestNothingTaken: nothing is said to be done when no file was taken, nor
// because an address says so; and only what takes files keeps them.
func TestNothingTaken(t *testing.T) {
	t.Parallel()
	towns(t, Server{}, func(w *town) {
		s := w.stage(false, deptA)
		owner := map[string]string{"huiyin_follow": s.number + ":" + s.code}
		send := func(command, name, content string) *httptest.ResponseRecorder {
			body, kind := with(w.t, url.Values{}, sent{name, []byte(content)})
			a := w.ask(asked{method: "POST", path: "/t/" + s.number + "/" + command, cookies: owner, body: body, header: map[string]string{"Content-Type": kind}})
			w.says(a, http.StatusSeeOther)
			cookies := maps.Clone(owner)
			for _, c := range a.Result().Cookies() {
				cookies[c.Name] = c.Value
			}
			return w.ask(asked{method: "GET", path: a.Header().Get("Location"), cookies: cookies})
		}
		if page := send("add_material", "程序.png", "MZ\x90").Body.String(); strings.Contains(page, "已完成：") || !strings.Contains(page, "程序.png") {
			w.t.Error("a file that was refused: not told, or told as done")
		}
		w.says(send("add_material", "说明.txt", "又停了一天"), http.StatusOK, "已完成：补充材料", "说明.txt")
		if page := send("urge", "催办.txt", "请快一点").Body.String(); strings.Contains(page, "催办.txt") {
			w.t.Error("a file came in with what takes none")
		}
		link := w.ask(asked{method: "GET", path: "/t/" + s.number + "?done=withdraw", cookies: owner})
		if w.says(link, http.StatusOK); strings.Contains(link.Body.String(), "已完成：") {
			w.t.Error("a link says that something was done")
		}
	})
}
