package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"huiyin/internal/api"
	"huiyin/internal/blob"
	"huiyin/internal/casework"
	"huiyin/internal/crypt"
	"huiyin/internal/db"
	"huiyin/internal/db/dbtest"
	"huiyin/internal/errs"
	"huiyin/internal/meter"
	"huiyin/internal/org"
	"huiyin/internal/ticket"
)

// The units of the small city.
const (
	center ticket.UnitID = iota + 1
	county
	countyDept
	township
	deptA
	deptB
)

// posts are the units at which somebody holds each role, and nothing else.
var posts = []ticket.UnitID{county, deptA, center}

// town is a small city with the API before it and a clock that the test moves.
type town struct {
	*casework.Service
	db       *db.DB
	files    *blob.Store
	handler  http.Handler
	routes   []api.Route
	contract *contract
	accounts map[string]ticket.Actor // by token
	mu       sync.Mutex
	now      time.Time
}

// monday is a working day, half an hour after the desks open.
var monday = time.Date(2026, 3, 2, 9, 0, 0, 0, time.FixedZone("", 8*3600))

func (w *town) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *town) wait(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// Actor implements api.Keys.
func (w *town) Actor(_ context.Context, token string) (ticket.Actor, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	actor, ok := w.accounts[token]
	if !ok {
		return ticket.Actor{}, errs.New(errs.Unknown, "bad_token", "访问令牌无效、已过期或已被撤销")
	}
	return actor, nil
}

// tokenOf is the token of whoever does all that a unit does.
func tokenOf(unit ticket.UnitID) string { return fmt.Sprint("unit-", unit) }

// tokenFor is the token of whoever holds only the role at the unit.
func tokenFor(role ticket.Role, unit ticket.UnitID) string { return fmt.Sprint(role, "-", unit) }

func found(ctx context.Context, tx *db.Tx) error {
	if err := org.Defaults(ctx, tx); err != nil {
		return err
	}
	unit := func(id, parent ticket.UnitID, path, name string, level org.Level, kind org.UnitKind) org.Unit {
		return org.Unit{ID: id, Parent: parent, Path: path, Code: fmt.Sprint("u", id), Name: name, Short: name, Level: level, Kind: kind, Active: true}
	}
	if err := org.InsertUnits(ctx, tx, []org.Unit{
		unit(center, 0, "/1/", "市智慧中心", org.CityLevel, org.Center),
		unit(county, center, "/1/2/", "甲区智慧中心", org.CountyLevel, org.Center),
		unit(countyDept, county, "/1/2/3/", "甲区城管局", org.CountyLevel, org.Department),
		unit(township, county, "/1/2/4/", "甲区东街街道", org.TownshipLevel, org.Township),
		unit(deptA, center, "/1/5/", "市城管局", org.CityLevel, org.Department),
		unit(deptB, center, "/1/6/", "市交通局", org.CityLevel, org.Department),
	}); err != nil {
		return err
	}
	if err := org.InsertAreas(ctx, tx, []org.Area{{Code: "3501", Name: "示范市", Level: 1}, {Code: "350102", Parent: "3501", Name: "甲区", Level: 2}}); err != nil {
		return err
	}
	if err := org.InsertCategories(ctx, tx, []org.Category{
		{Code: "c1", Path: "/c1/", Name: "市政", Level: 1, Active: true},
		{Code: "c1-1", Parent: "c1", Path: "/c1/c1-1/", Name: "路灯", Level: 2, Active: true},
	}); err != nil {
		return err
	}
	return org.InsertEntries(ctx, tx, []org.Entry{{ID: 1, Category: "c1-1", Lead: deptA, LegalBasis: "城市照明管理规定", ValidFrom: "2020-01-01"}})
}

// staff are the accounts of the city, by token.
func staff() map[string]ticket.Actor {
	accounts := map[string]ticket.Actor{}
	add := func(token string, unit ticket.UnitID, roles ...ticket.Role) {
		accounts[token] = ticket.Actor{Account: ticket.AccountID(len(accounts) + 1), Unit: unit, Roles: roles}
	}
	add(tokenOf(center), center, ticket.Agent, ticket.Dispatcher, ticket.Reviewer, ticket.FollowUpAgent, ticket.Supervisor, ticket.CenterHead)
	for unit := county; unit <= deptB; unit++ {
		add(tokenOf(unit), unit, ticket.Handler, ticket.Approver, ticket.Dispatcher)
	}
	for _, unit := range posts {
		for _, role := range ticket.Roles {
			add(tokenFor(role, unit), unit, role)
		}
	}
	return accounts
}

func setup(t testing.TB, d *db.DB, change ...func(*api.Config)) *town {
	t.Helper()
	if err := d.Update(t.Context(), func(tx *db.Tx) error { return found(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
	live, err := org.NewLive(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	files, err := blob.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	w := &town{db: d, files: files, accounts: staff(), now: monday}
	w.Service = casework.New(casework.Config{DB: d, City: live, Keys: crypt.Ephemeral(), Index: &wordIndex{}, Clock: w.clock})
	c := api.Config{
		Cases: w.Service, City: live, Keys: w, Files: files, Clock: w.clock, Version: "test",
		Log: slog.New(slog.DiscardHandler), Meter: meter.NewPublic(0, w.clock),
	}
	for _, f := range change {
		f(&c)
	}
	mux := http.NewServeMux()
	w.routes = api.Mount(mux, c)
	w.handler = mux
	w.contract = newContract(t, mux)
	return w
}

// follow lets the API tell of changes until the test ends.
func (w *town) follow(t *testing.T) {
	t.Helper()
	ctx, end := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.Follow(ctx, func(err error) { t.Error(err) })
	}()
	t.Cleanup(func() {
		end()
		<-done
	})
}

// small is a town on the embedded store, for tests of what does not depend on
// the store.
func small(t testing.TB, change ...func(*api.Config)) *town {
	t.Helper()
	return setup(t, dbtest.Open(t, db.SQLite), change...)
}

// wordIndex finds tickets by a part of their text, newest first.
type wordIndex struct {
	mu    sync.Mutex
	texts []struct {
		id   int64
		text string
	}
}

func (x *wordIndex) Add(_ context.Context, _ *db.Tx, id int64, fields ...string) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.texts = append(x.texts, struct {
		id   int64
		text string
	}{id, strings.Join(fields, "\n")})
	return nil
}

func (x *wordIndex) Scan(_ context.Context, _ db.Queryer, query string, before int64, _ int) (ids []int64, next int64, err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, entry := range slices.Backward(x.texts) {
		if strings.Contains(entry.text, query) && (before == 0 || entry.id < before) {
			ids = append(ids, entry.id)
		}
	}
	return ids, 0, nil
}

// call is one request. A body that is not bytes or a reader is sent as JSON.
type call struct {
	method, path string // below the prefix
	token        string
	code         string // query code
	header       map[string]string
	body         any
	from         string // address of the client
	hungUp       bool   // the client is gone before the answer is
}

// recorder also takes the deadlines that streams set.
type recorder struct{ *httptest.ResponseRecorder }

func (recorder) SetWriteDeadline(time.Time) error { return nil }
func (recorder) SetReadDeadline(time.Time) error  { return nil }

// reply is one answer.
type reply struct {
	status int
	header http.Header
	body   []byte
}

func (c call) request(t testing.TB) *http.Request {
	t.Helper()
	var body io.Reader = http.NoBody
	kind := "application/json"
	switch b := c.body.(type) {
	case nil:
		kind = ""
	case []byte:
		body = bytes.NewReader(b)
	case io.Reader:
		body, kind = b, "application/octet-stream"
	default:
		text, err := json.Marshal(b)
		if err != nil {
			t.Fatal(err)
		}
		body = bytes.NewReader(text)
	}
	ctx := t.Context()
	if c.hungUp {
		gone, hangUp := context.WithCancel(ctx)
		hangUp()
		ctx = gone
	}
	r := httptest.NewRequestWithContext(ctx, c.method, api.Prefix+c.path, body)
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	if c.code != "" {
		r.Header.Set("X-Query-Code", c.code)
	}
	if c.from != "" {
		r.RemoteAddr = c.from
	}
	for name, value := range c.header {
		r.Header.Set(name, value)
	}
	return r
}

// ask sends a request, checks that the answer is one that the document
// describes, and returns it.
func (w *town) ask(t testing.TB, c call) reply {
	t.Helper()
	r := c.request(t)
	rec := recorder{httptest.NewRecorder()}
	w.handler.ServeHTTP(rec, r)
	a := reply{rec.Code, rec.Header(), rec.Body.Bytes()}
	w.contract.check(t, r.Pattern, a)
	return a
}

func (a reply) String() string { return strconv.Itoa(a.status) + " " + string(a.body) }

func (a reply) into(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal(a.body, v); err != nil {
		t.Fatalf("%v in %s", err, a)
	}
}

func (a reply) problem(t testing.TB) (p api.Problem) {
	t.Helper()
	a.into(t, &p)
	return p
}

// want fails the test unless the answer has the status.
func (a reply) want(t testing.TB, status int) reply {
	t.Helper()
	if a.status != status {
		t.Fatalf("got %s, want %d", a, status)
	}
	return a
}

// refused fails the test unless the answer is a problem of this sort.
func (a reply) refused(t testing.TB, status int, code string) {
	t.Helper()
	if p := a.want(t, status).problem(t); p.Code != code {
		t.Fatalf("got %s, want the code %s", a, code)
	}
}

// M is a JSON object.
type M map[string]any

func matter(title string) M {
	return M{
		"kind": "help", "category": "c1-1", "area": "350102", "title": title, "body": title + "，请尽快处理。", "may_publish": true,
		"requester": M{"kind": "individual", "name": "欧阳小明", "phone": "13800001234"},
	}
}

// taken is a ticket as its requester knows it.
type taken struct{ Number, Code string }

func (w *town) submit(t testing.TB, m M) (r taken) {
	t.Helper()
	w.ask(t, call{method: "POST", path: "/tickets", token: tokenOf(center), body: m}).want(t, http.StatusCreated).into(t, &r)
	return r
}

// state is where a ticket stands after a command.
type state struct {
	Number  string
	State   ticket.State
	Version int
}

// do gives a command at a unit, which must be carried out.
func (w *town) do(t testing.TB, unit ticket.UnitID, number, command string, body any) (s state) {
	t.Helper()
	if body == nil {
		body = M{}
	}
	w.try(t, unit, number, command, body).want(t, http.StatusOK).into(t, &s)
	return s
}

// try gives a command at a unit.
func (w *town) try(t testing.TB, unit ticket.UnitID, number, command string, body any) reply {
	t.Helper()
	return w.ask(t, call{method: "POST", path: "/tickets/" + number + "/" + command, token: tokenOf(unit), body: body})
}

// self gives a command as the requester.
func (w *town) self(t testing.TB, r taken, command string, body any) (s state) {
	t.Helper()
	w.ask(t, call{method: "POST", path: "/public/tickets/" + r.Number + "/" + command, code: r.Code, body: body}).
		want(t, http.StatusOK).into(t, &s)
	return s
}

func (w *town) view(t testing.TB, unit ticket.UnitID, number string) (b api.TicketBody) {
	t.Helper()
	w.ask(t, call{method: "GET", path: "/tickets/" + number, token: tokenOf(unit)}).want(t, http.StatusOK).into(t, &b)
	return b
}
