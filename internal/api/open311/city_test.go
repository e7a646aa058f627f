package open311_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"huiyin/internal/api/open311"
	"huiyin/internal/casework"
	"huiyin/internal/crypt"
	"huiyin/internal/db"
	"huiyin/internal/errs"
	"huiyin/internal/org"
	"huiyin/internal/ticket"
)

const jurisdiction = "12345.example.gov.cn"

// monday is a working day, an hour after the desks open.
var monday = time.Date(2026, 3, 2, 1, 30, 0, 0, time.UTC)

// city is a small city with the interface before it.
type city struct {
	*casework.Service
	*open311.Server
	now time.Time
}

// keyring says whose the keys of the tests are.
type keyring struct{}

var (
	center  = ticket.Actor{Account: 1, Unit: 1, Roles: []ticket.Role{ticket.Agent, ticket.Dispatcher, ticket.Reviewer}}
	handler = ticket.Actor{Account: 2, Unit: 2, Roles: []ticket.Role{ticket.Handler}}
)

func (keyring) Actor(_ context.Context, token string) (ticket.Actor, error) {
	switch token {
	case "agent-key":
		return center, nil
	case "unit-key":
		return handler, nil
	case "broken-key":
		return ticket.Actor{}, io.ErrUnexpectedEOF
	}
	return ticket.Actor{}, errs.New(errs.Unknown, "bad_token", "令牌无效")
}

// noIndex finds nothing: this interface does not search.
type noIndex struct{}

func (noIndex) Add(context.Context, *db.Tx, int64, ...string) error { return nil }

func (noIndex) Scan(context.Context, db.Queryer, string, int64, int) ([]int64, int64, error) {
	return nil, 0, nil
}

func setup(t testing.TB, d *db.DB) *city {
	t.Helper()
	err := d.Update(t.Context(), func(tx *db.Tx) error { return found(t.Context(), tx) })
	if err != nil {
		t.Fatal(err)
	}
	live, err := org.NewLive(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	c := &city{now: monday}
	clock := func() time.Time { return c.now }
	c.Service = casework.New(casework.Config{DB: d, City: live, Keys: crypt.Ephemeral(), Index: noIndex{}, Clock: clock})
	c.Server = open311.New(open311.Config{
		Desk: c.Service, Keys: keyring{}, City: live, Clock: clock, Log: slog.New(slog.DiscardHandler),
		Jurisdiction: jurisdiction, Contact: "请拨打12345", KeyService: "请向市智慧中心申请", Test: true,
	})
	return c
}

func found(ctx context.Context, tx *db.Tx) error {
	if err := org.Bump(ctx, tx); err != nil {
		return err
	}
	err := org.InsertUnits(ctx, tx, []org.Unit{
		{ID: 1, Path: "/1/", Code: "center", Name: "市智慧中心", Short: "市中心", Level: org.CityLevel, Kind: org.Center, Active: true},
		{ID: 2, Parent: 1, Path: "/1/2/", Code: "water", Name: "市水务集团", Short: "水务", Level: org.CityLevel, Kind: org.Utility, Active: true},
	})
	if err != nil {
		return err
	}
	err = org.InsertCategories(ctx, tx, []org.Category{
		{Code: "a", Path: "/a/", Name: "城市建设", Level: 1, Active: true},
		{Code: "a1", Parent: "a", Path: "/a/a1/", Name: "供水", Level: 2, Active: true},
		{Code: "a1a", Parent: "a1", Path: "/a/a1/a1a/", Name: "停水", Level: 3, Active: true},
		{Code: "a1b", Parent: "a1", Path: "/a/a1/a1b/", Name: "水压<低>", Level: 3, Active: true},
		{Code: "a2", Parent: "a", Path: "/a/a2/", Name: "路灯", Level: 2, Active: true},
		{Code: "a9", Parent: "a", Path: "/a/a9/", Name: "旧分类", Level: 2},
		{Code: "b", Path: "/b/", Name: "其他", Level: 1, Active: true},
	})
	if err != nil {
		return err
	}
	if err := org.SetCode(ctx, tx, org.Code{Set: "reject_reason", Code: "court", Name: "已进入诉讼程序", Active: true}); err != nil {
		return err
	}
	return org.InsertAreas(ctx, tx, []org.Area{
		{Code: "3501", Name: "福州市", Level: 1},
		{Code: "350102", Parent: "3501", Name: "鼓楼区", Level: 2},
		{Code: "350102001", Parent: "350102", Name: "鼓东街道", Level: 3},
		{Code: "350103", Parent: "3501", Name: "台江区", Level: 2},
	})
}

// ask sends a request and returns the answer.
func (c *city) ask(t testing.TB, r *http.Request) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	return w
}

func (c *city) get(t testing.TB, path string) *httptest.ResponseRecorder {
	t.Helper()
	return c.ask(t, httptest.NewRequestWithContext(t.Context(), http.MethodGet, open311.Path+path, nil))
}

const (
	formType = "application/x-www-form-urlencoded; charset=utf-8"
	jsonType = "application/json"
)

func (c *city) post(t testing.TB, path, contentType, body string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, open311.Path+path, strings.NewReader(body))
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	return c.ask(t, r)
}

// submit hands a matter in at the desk and returns its number and id.
func (c *city) submit(t testing.TB, m casework.Matter) ticket.Ticket {
	t.Helper()
	r, err := c.Submit(t.Context(), center, m, "")
	if err != nil {
		t.Fatal(err)
	}
	return r.Ticket
}

func (c *city) do(t testing.TB, actor ticket.Actor, id int64, cmd ticket.Command) {
	t.Helper()
	if _, err := c.Do(t.Context(), actor, id, cmd, casework.Options{}); err != nil {
		t.Fatalf("%T: %v", cmd, err)
	}
}
