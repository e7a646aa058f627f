package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"huiyin/internal/auth"
	"huiyin/internal/casework"
	"huiyin/internal/db"
	"huiyin/internal/org"
	"huiyin/internal/requester"
	"huiyin/internal/ticket"
	"huiyin/internal/web"
)

// The units of the town whose pages are tried.
const (
	cityCenter ticket.UnitID = iota + 1
	countyCenter
	deptA
	township // below the county
	deptB
	otherCounty
)

var allUnits = []ticket.UnitID{deptA, township, deptB, otherCounty, countyCenter, cityCenter}

// town is an installation with somebody for every role at every unit, and its
// pages.
type town struct {
	*house
	t       *testing.T
	surface Surface
	cookies map[string]string // of sign-ins, by login
}

func loginOf(role ticket.Role, unit ticket.UnitID) string {
	return fmt.Sprintf("%s-%d", role, unit)
}

// towns runs a test on a town of each engine.
func towns(t *testing.T, s Server, test func(w *town)) {
	t.Helper()
	installed(t, fillTown, func(t *testing.T, h *house) {
		w := &town{house: h, t: t, cookies: map[string]string{}}
		var err error
		if w.surface, err = h.Surface(s); err != nil {
			t.Fatal(err)
		}
		test(w)
	})
}

func fillTown(ctx context.Context, tx *db.Tx) error {
	unit := func(id ticket.UnitID, path, name string, level org.Level, kind org.UnitKind) org.Unit {
		return org.Unit{ID: id, Path: path, Code: fmt.Sprint("u", id), Name: name, Short: name, Level: level, Kind: kind, Active: true}
	}
	units := []org.Unit{
		unit(cityCenter, "/1/", "市智慧中心", org.CityLevel, org.Center),
		unit(countyCenter, "/1/2/", "甲区智慧中心", org.CountyLevel, org.Center),
		unit(deptA, "/1/3/", "市城管局", org.CityLevel, org.Department),
		unit(township, "/1/2/4/", "甲区东街街道", org.TownshipLevel, org.Township),
		unit(deptB, "/1/5/", "市交通局", org.CityLevel, org.Department),
		unit(otherCounty, "/1/6/", "乙区智慧中心", org.CountyLevel, org.Center),
	}
	for i, parent := range []ticket.UnitID{0, cityCenter, cityCenter, countyCenter, cityCenter, cityCenter} {
		units[i].Parent = parent
	}
	units[1].Area, units[5].Area = "350102", "350103"
	var accounts []org.Account
	for _, u := range units {
		for _, role := range ticket.Roles {
			login := loginOf(role, u.ID)
			accounts = append(accounts, org.Account{
				ID: ticket.AccountID(len(accounts) + 1), Login: login, Name: "某人", Unit: u.ID, Roles: []ticket.Role{role}, Active: true,
			})
		}
	}
	accounts = append(accounts, org.Account{ID: 1000, Login: "somebody", Name: "某人", Unit: deptB, Roles: []ticket.Role{ticket.Handler}, Active: true})
	return errors.Join(
		org.InsertAreas(ctx, tx, []org.Area{{Code: "3501", Name: "示范市", Level: 1}, {Code: "350102", Parent: "3501", Name: "甲区", Level: 2}, {Code: "350103", Parent: "3501", Name: "乙区", Level: 2}}),
		org.InsertUnits(ctx, tx, units),
		org.InsertCategories(ctx, tx, []org.Category{{Code: "c1", Path: "/c1/", Name: "市政", Level: 1, Active: true}, {Code: "c1-1", Parent: "c1", Path: "/c1/c1-1/", Name: "路灯", Level: 2, Active: true}}),
		org.InsertAccounts(ctx, tx, accounts),
	)
}

// signedIn returns the cookie of an open sign-in.
func (w *town) signedIn(login string) string {
	w.t.Helper()
	if w.cookies[login] != "" {
		return w.cookies[login]
	}
	account, ok := w.City.Current().AccountByLogin(login)
	if !ok {
		w.t.Fatalf("nobody is called %s", login)
	}
	ctx, from, now := w.t.Context(), atDesk(), w.time()
	var open auth.Secret
	err := w.Store.Update(ctx, func(tx *db.Tx) error {
		knocked, err := w.Sessions.Begin(ctx, tx, int64(account.ID), from, now)
		if err != nil {
			return err
		}
		pending, err := w.Sessions.Pending(ctx, tx, knocked, now)
		if err != nil {
			return err
		}
		open, err = w.Sessions.Open(ctx, tx, pending, from, auth.SessionLimits{Idle: time.Hour, Life: time.Hour, Count: 3}, now)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.cookies[login] = open.Plain()
	return w.cookies[login]
}

// asked is a request for a page.
type asked struct {
	method, path string
	login        string // who asks; empty: nobody who is signed in
	form         url.Values
	body         io.Reader // instead of a form
	header       map[string]string
	cookies      map[string]string
	from         string
}

// caller is a client that hangs up when a stream begins.
type caller struct {
	*httptest.ResponseRecorder
	hangUp context.CancelFunc
}

// Flush ends what would go on for ever.
func (c caller) Flush() { c.hangUp() }

// ask answers a request.
func (w *town) ask(a asked) *httptest.ResponseRecorder {
	w.t.Helper()
	body := a.body
	if body == nil {
		body = strings.NewReader(a.form.Encode())
	}
	ctx, cancel := context.WithCancel(w.t.Context())
	defer cancel()
	r := httptest.NewRequestWithContext(ctx, a.method, "http://huiyin.example"+a.path, body)
	r.RemoteAddr = "192.0.2.1:1234"
	if a.from != "" {
		r.RemoteAddr = a.from + ":1234"
	}
	if a.method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	r.Header.Set("Accept", "text/html")
	if a.login != "" {
		r.AddCookie(&http.Cookie{Name: web.SessionCookie, Value: w.signedIn(a.login)})
	}
	for name, value := range a.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	for name, value := range a.header {
		r.Header.Set(name, value)
	}
	answer := httptest.NewRecorder()
	w.surface.ServeHTTP(caller{answer, cancel}, r)
	return answer
}

// scene is a ticket that somebody may or may not know of.
type scene struct {
	id           int64
	number, code string
	sha256       string
	units        []ticket.UnitID // with an assignment
	confidential bool
	closed       bool
}

func (s *scene) String() string {
	return fmt.Sprintf("the ticket at %v, confidential %v, closed %v", s.units, s.confidential, s.closed)
}

// stage brings a ticket to its units.
func (w *town) stage(confidential bool, units ...ticket.UnitID) *scene {
	w.t.Helper()
	ctx := w.t.Context()
	r, err := w.Cases.Submit(ctx, ticket.TheRequester(), casework.Matter{
		Kind: ticket.Help, Channel: ticket.Website, Category: "c1-1", Area: "350102", Title: "路灯不亮", Body: "请尽快修理。", MayPublish: true,
		Confidential: confidential, Person: requester.Person{Kind: requester.Individual, Name: "欧阳小明", Phone: "13800001234"},
	}, "")
	if err != nil {
		w.t.Fatal(err)
	}
	s := &scene{id: r.Ticket.ID, number: r.Ticket.Number, code: r.Code, units: units, confidential: confidential}
	info, err := w.Files.Put(strings.NewReader("现场情况说明"), "说明.txt")
	if err != nil {
		w.t.Fatal(err)
	}
	s.sha256 = info.SHA256
	if _, err := w.Cases.Attach(ctx, ticket.TheRequester(), s.id, casework.Attachment{SHA256: info.SHA256, Name: "说明.txt", Type: info.Type, Size: info.Size}); err != nil {
		w.t.Fatal(err)
	}
	if len(units) == 0 {
		return s
	}
	w.command(s, ticket.Agent, cityCenter, ticket.Accept{})
	w.command(s, ticket.Dispatcher, cityCenter, ticket.Dispatch{Lead: units[0], CoHandlers: units[1:]})
	return s
}

// finish brings a ticket to its end.
func (w *town) finish(s *scene) *scene {
	w.t.Helper()
	w.command(s, ticket.Handler, deptA, ticket.Sign{})
	w.command(s, ticket.Handler, deptA, ticket.Draft{Text: "已修好。", Solved: "solved", Override: "已一并处理"})
	w.command(s, ticket.Approver, deptA, ticket.SignOff{})
	w.asRequester(s, ticket.Rate{Result: ticket.Satisfied, Process: ticket.Satisfied})
	w.command(s, ticket.FollowUpAgent, cityCenter, ticket.FollowUp{Reached: true, Contacted: true, Solved: true, Grade: ticket.Satisfied})
	s.closed = true
	return s
}

func (w *town) command(s *scene, role ticket.Role, unit ticket.UnitID, cmd ticket.Command) {
	w.t.Helper()
	if _, err := w.Cases.Do(w.t.Context(), w.actor(loginOf(role, unit)), s.id, cmd, casework.Options{}); err != nil {
		w.t.Fatalf("%s: %v", cmd.Name(), err)
	}
}

// seq is how many records a ticket has.
func (w *town) seq(s *scene) (n int) {
	w.t.Helper()
	if err := w.Store.QueryRow(w.t.Context(), `SELECT seq FROM ticket WHERE id = $1`, s.id).Scan(&n); err != nil {
		w.t.Fatal(err)
	}
	return n
}
