package browser

import (
	"bytes"
	"flag"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"huiyin/internal/casework"
	"huiyin/internal/ticket"
)

var update = flag.Bool("update", false, "write the pictures of the manual anew")

// manual is where the pictures stand that the manual and the README show.
const manual = "../../../docs/manual"

// shot is one picture of the manual.
type shot struct {
	name, who, path string
	phone           bool
}

// oneIn returns the number of the newest ticket in a state that an account may
// see.
func (w *world) oneIn(login string, f casework.Filter) string {
	w.t.Helper()
	account, _ := w.app.City.Current().AccountByLogin(login)
	f.Limit = 1
	page, err := w.app.Cases.List(w.t.Context(), account.Actor(), f)
	if err != nil || len(page.Items) == 0 {
		w.t.Fatalf("nothing for %s in %+v: %v", login, f, err)
	}
	return page.Items[0].Number
}

// busy returns the first account whose unit has something to do.
func (w *world) busy(logins ...string) string {
	w.t.Helper()
	for _, login := range logins {
		account, _ := w.app.City.Current().AccountByLogin(login)
		page, err := w.app.Cases.List(w.t.Context(), account.Actor(), casework.Filter{Todo: true, Limit: 1})
		if err != nil {
			w.t.Fatal(err)
		}
		if len(page.Items) > 0 {
			return login
		}
	}
	w.t.Fatalf("none of %v has anything to do", logins)
	return ""
}

// shots are the pictures, made from the demo city at an instant that stays.
func (w *world) shots() []shot {
	in := func(login string, s ticket.State) string {
		return "/desk/tickets/" + w.oneIn(login, casework.Filter{States: []ticket.State{s}})
	}
	public, err := w.app.Cases.PublishedList(w.t.Context(), casework.PublishedFilter{Limit: 1})
	if err != nil || len(public.Items) == 0 {
		w.t.Fatalf("nothing is published: %v", err)
	}
	unit := w.busy("u0217-handler", "u0168-handler", "u0127-handler")
	work := "/desk/tickets/" + w.oneIn(unit, casework.Filter{Todo: true})
	todo := "/desk/tickets/" + w.oneIn("reviewer01", casework.Filter{Todo: true, Steps: []ticket.Step{ticket.StepReview}})
	return []shot{
		{name: "home", path: "/"},
		{name: "home-phone", path: "/", phone: true},
		{name: "submit-phone", path: "/submit", phone: true},
		{name: "track", path: "/track"},
		{name: "published", path: "/published"},
		{name: "progress", path: "/t/" + public.Items[0].Number},
		{name: "progress-phone", path: "/t/" + public.Items[0].Number, phone: true},
		{name: "figures", path: "/figures"},
		{name: "sign-in", path: "/desk/sign-in"},
		{name: "agent-home", who: "agent01", path: "/desk"},
		{name: "agent-new", who: "agent01", path: "/desk/new"},
		{name: "agent-accept", who: "agent01", path: in("agent01", ticket.Submitted) + "?do=accept"},
		{name: "dispatcher-list", who: "dispatcher01", path: "/desk/todo?step=dispatch"},
		{name: "dispatcher-dispatch", who: "dispatcher01", path: in("dispatcher01", ticket.ToDispatch) + "?do=dispatch"},
		{name: "unit-ticket", who: unit, path: work},
		{name: "unit-phone", who: unit, path: "/desk/todo", phone: true},
		{name: "reviewer-ticket", who: "reviewer01", path: todo + "?do=approve"},
		{name: "followup-ticket", who: "followup01", path: in("followup01", ticket.ToFollowUp) + "?do=follow_up"},
		{name: "supervisor-late", who: "supervisor01", path: "/desk/tickets?late=1"},
		{name: "admin-calendar", who: "sysadmin", path: "/admin/calendar"},
		{name: "admin-units", who: "sysadmin", path: "/admin/units"},
		{name: "admin-limits", who: "sysadmin", path: "/admin/limits?kind=complaint&urgency=normal&channel=website&date=2026-02-11&time=09:00"},
		{name: "admin-account", who: "secadmin", path: "/admin/accounts/agent01"},
		{name: "admin-log", who: "auditadmin", path: "/admin/log"},
	}
}

// TestManual shows each page of the manual at both sizes, and that the manual
// has a picture for each; with -update it makes them.
func TestManual(t *testing.T) {
	t.Parallel()
	w := open(t, "2026-11-23 15:30")
	w.fill()
	texts := w.manuals()
	citizen := w.window()
	for _, s := range w.shots() {
		p := citizen
		if s.who != "" {
			p = w.as(s.who)
		}
		width, height := int64(1440), int64(900)
		if s.phone {
			width, height = 390, 844
		}
		p.run(chromedp.EmulateViewport(width, height))
		p.open(s.path)
		if wide := ask[int](p, `document.documentElement.scrollWidth - innerWidth`); wide > 0 {
			t.Errorf("%s is %d pixels too wide", s.path, wide)
		}
		file := filepath.Join(manual, "images", s.name+".png")
		if *update {
			p.picture(file)
		}
		if _, err := os.Stat(file); err != nil {
			t.Errorf("%s has no picture: run this test with -update", s.name)
		}
		if !strings.Contains(texts, "images/"+s.name+".png") {
			t.Errorf("no manual shows images/%s.png", s.name)
		}
	}
}

// manuals reads all texts that may show pictures.
func (w *world) manuals() string {
	w.t.Helper()
	files, err := filepath.Glob(filepath.Join(manual, "*.md"))
	if err != nil {
		w.t.Fatal(err)
	}
	var all strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			w.t.Fatal(err)
		}
		all.Write(text)
	}
	return all.String()
}

// picture writes what the window shows, as small as it gets without loss.
func (p *page) picture(file string) {
	p.t.Helper()
	var shot []byte
	p.run(chromedp.CaptureScreenshot(&shot))
	image, err := png.Decode(bytes.NewReader(shot))
	if err != nil {
		p.t.Fatal(err)
	}
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, image); err != nil {
		p.t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(file, out.Bytes(), 0o644); err != nil {
		p.t.Fatal(err)
	}
}
