package open311_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiyin/internal/casework"
	"huiyin/internal/db"
	"huiyin/internal/db/dbtest"
	"huiyin/internal/org"
	"huiyin/internal/requester"
	"huiyin/internal/ticket"
)

// matter is what the tests hand in at the desk.
func matter() casework.Matter {
	return casework.Matter{
		Kind: ticket.Complaint, Channel: ticket.Phone, Category: "a1a", Area: "350102", Title: "停水", MayPublish: true,
		Body: "东街12号张三家停水，电话13900000000", Person: requester.Person{Kind: requester.Anonymous},
	}
}

func answered(t *testing.T, w *httptest.ResponseRecorder, status int) string {
	t.Helper()
	if w.Code != status {
		t.Fatalf("status %d, want %d: %s", w.Code, status, w.Body)
	}
	if got := w.Header().Get("X-Content-Type-Options"); got != "nosniff" {
		t.Errorf("X-Content-Type-Options is %q", got)
	}
	return w.Body.String()
}

// Every resource answers in both formats, as the schemas and the examples of
// the specification say, and says the same in both.
func TestAnswersFollowTheSpecification(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		c := setup(t, d)
		published := c.submit(t, matter())
		c.do(t, center, published.ID, ticket.Answer{Text: "已派人维修", Public: "已维修"})
		c.do(t, center, published.ID, ticket.Publish{Title: "停水", Body: "某处停水", Reply: "已维修，恢复供水"})
		other := c.submit(t, matter())

		for _, tt := range []struct{ path, schema, example string }{
			{"/services", "services", "services"},
			{"/services/a1", "service-definition", "service_definition"},
			{"/requests", "requests", "requests"},
			{"/requests/" + published.Number, "requests", "request"},
			{"/requests/" + other.Number, "requests", "request"},
			{"/tokens/" + published.Number, "", "token"},
			{"/discovery", "", "discovery"},
		} {
			inJSON, inXML := c.get(t, tt.path+".json"), c.get(t, tt.path+".xml")
			j, x := answered(t, inJSON, http.StatusOK), answered(t, inXML, http.StatusOK)
			if got := inJSON.Header().Get("Content-Type"); got != "application/json; charset=utf-8" {
				t.Errorf("%s: %q", tt.path, got)
			}
			if got := inXML.Header().Get("Content-Type"); got != "text/xml; charset=utf-8" {
				t.Errorf("%s: %q", tt.path, got)
			}
			if tt.schema != "" {
				conforms(t, tt.schema, j)
			}
			looksLike(t, tt.example, x)
			if diff := cmp.Diff(parseXML(t, x).spark(), plain(parseJSON(t, j))); diff != "" {
				t.Errorf("%s: XML and JSON differ (-XML +JSON):\n%s", tt.path, diff)
			}
		}
	})
}

func TestServices(t *testing.T) {
	t.Parallel()
	c := setup(t, dbtest.Open(t, db.SQLite))
	list := parseJSON(t, answered(t, c.get(t, "/services.json?jurisdiction_id="+jurisdiction), http.StatusOK)).([]any)
	var codes []string
	for _, s := range list {
		codes = append(codes, s.(map[string]any)["service_code"].(string))
	}
	if diff := cmp.Diff([]string{"a1", "a2", "b"}, codes); diff != "" {
		t.Error(diff)
	}
	want := map[string]any{
		"service_code": "a1", "service_name": "供水", "description": "城市建设／供水", "metadata": true, "type": "realtime",
		"keywords": "停水, 水压<低>", "group": "城市建设",
	}
	if diff := cmp.Diff(want, list[0]); diff != "" {
		t.Error(diff)
	}

	def := parseJSON(t, answered(t, c.get(t, "/services/a1a.json"), http.StatusOK)).(map[string]any)
	kind := def["attributes"].([]any)[0].(map[string]any)
	if got := len(kind["values"].([]any)); kind["code"] != "kind" || got != 4 {
		t.Errorf("kinds: %v", kind)
	}
	area := def["attributes"].([]any)[1].(map[string]any)
	if diff := cmp.Diff([]any{
		map[string]any{"key": "350102", "name": "鼓楼区"}, map[string]any{"key": "350103", "name": "台江区"},
	}, area["values"]); diff != "" {
		t.Error(diff)
	}
}

// What is not published shows no word and no place; what is confidential does
// not show at all.
func TestOnlyPublishedWordsAreShown(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		c := setup(t, d)
		tk := c.submit(t, matter())
		secret := matter()
		secret.Confidential = true
		hidden := c.submit(t, secret)
		path := "/requests/" + tk.Number + ".json"

		first := one(t, c.get(t, path))
		want := map[string]any{
			"service_request_id": tk.Number, "status": "open", "status_notes": "待受理", "service_name": "供水", "service_code": "a1",
			"description": nil, "agency_responsible": nil, "service_notice": nil, "requested_datetime": "2026-03-02T09:30:00+08:00",
			"updated_datetime": "2026-03-02T09:30:00+08:00", "expected_datetime": nil, "address": nil, "address_id": nil,
			"zipcode": nil, "lat": nil, "long": nil, "media_url": nil,
		}
		if diff := cmp.Diff(want, first); diff != "" {
			t.Error(diff)
		}

		c.now = c.now.Add(time.Hour)
		c.do(t, center, tk.ID, ticket.Accept{})
		c.do(t, center, tk.ID, ticket.Dispatch{Lead: 2})
		got := one(t, c.get(t, path))
		if got["agency_responsible"] != "市水务集团" || got["status_notes"] != "待签收" || got["expected_datetime"] == nil {
			t.Errorf("after dispatch: %v", got)
		}
		if got["updated_datetime"] != "2026-03-02T10:30:00+08:00" {
			t.Errorf("updated %v", got["updated_datetime"])
		}

		for _, query := range []string{"/requests/" + hidden.Number, "/tokens/" + hidden.Number, "/tokens/" + strconv.FormatInt(hidden.ID, 10)} {
			answered(t, c.get(t, query+".json"), http.StatusNotFound)
		}
		for _, query := range []string{"", "?service_request_id=" + hidden.Number + "," + tk.Number} {
			body := answered(t, c.get(t, "/requests.json"+query), http.StatusOK)
			if strings.Contains(body, hidden.Number) || strings.Contains(body, "张三") || !strings.Contains(body, tk.Number) {
				t.Errorf("%s: %s", query, body)
			}
		}
	})
}

func TestPublishedAndWithdrawnFromPublication(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		c := setup(t, d)
		tk := c.submit(t, matter())
		c.do(t, center, tk.ID, ticket.Answer{Text: "已派人维修"})
		c.do(t, center, tk.ID, ticket.Publish{Title: "停水", Body: "初稿", Reply: "初稿"})
		c.do(t, center, tk.ID, ticket.Unpublish{Note: "有误"})
		path := "/requests/" + tk.Number + ".json"
		if got := one(t, c.get(t, path)); got["description"] != nil || got["address"] != nil {
			t.Errorf("withdrawn words are shown: %v", got)
		}
		c.do(t, center, tk.ID, ticket.Publish{Title: "停水", Body: strings.Repeat("长", 5000), Reply: "已恢复"})
		got := one(t, c.get(t, path))
		if want := strings.Repeat("长", 3999) + "…"; got["description"] != want {
			t.Errorf("description %.20v", got["description"])
		}
		if got["address"] != "鼓楼区" || got["address_id"] != "350102" || !strings.HasSuffix(got["status_notes"].(string), "：已恢复") {
			t.Errorf("published: %v %v %v", got["address"], got["address_id"], got["status_notes"])
		}
		if strings.Contains(answered(t, c.get(t, path), http.StatusOK), "派人") {
			t.Error("the private reply is shown")
		}
	})
}

func TestRejectedSaysWhy(t *testing.T) {
	t.Parallel()
	c := setup(t, dbtest.Open(t, db.SQLite))
	tk := c.submit(t, matter())
	c.now = c.now.Add(time.Minute)
	c.do(t, center, tk.ID, ticket.Reject{Code: "court"})
	got := one(t, c.get(t, "/requests/"+tk.Number+".json"))
	if got["status"] != "closed" || got["status_notes"] != "不予受理：已进入诉讼程序" || got["updated_datetime"] != "2026-03-02T09:31:00+08:00" {
		t.Errorf("%v", got)
	}
}

// A closed request was last updated when it was closed, whatever happened to
// it since.
func TestClosedIsUpdatedWhenClosed(t *testing.T) {
	t.Parallel()
	c := setup(t, dbtest.Open(t, db.SQLite))
	closed, later := ticket.At(monday), ticket.At(monday.AddDate(0, 0, 30))
	c.Desk = stillDesk{{Number: "1", State: ticket.Archived, SubmittedAt: closed, ClosedAt: closed, UpdatedAt: later, Due: later}}
	got := one(t, c.get(t, "/requests/1.json"))
	if got["status"] != "closed" || got["updated_datetime"] != "2026-03-02T09:30:00+08:00" || got["expected_datetime"] != "2026-04-01T09:30:00+08:00" {
		t.Errorf("%v", got)
	}
}

// stillDesk shows what it has.
type stillDesk []casework.PublicRequest

func (stillDesk) Submit(context.Context, ticket.Actor, casework.Matter, string) (casework.Receipt, error) {
	return casework.Receipt{}, nil
}

func (d stillDesk) Public(context.Context, casework.PublicFilter) ([]casework.PublicRequest, error) {
	return d, nil
}

func TestDiscovery(t *testing.T) {
	t.Parallel()
	c := setup(t, dbtest.Open(t, db.SQLite))
	read := func() (document, endpoint map[string]any) {
		document = parseJSON(t, answered(t, c.get(t, "/discovery.json"), http.StatusOK)).(map[string]any)
		return document, document["endpoints"].([]any)[0].(map[string]any)
	}
	first, endpoint := read()
	if endpoint["url"] != "http://example.com/open311/v2" || endpoint["type"] != "test" || first["contact"] != "请拨打12345" {
		t.Errorf("%v", first)
	}
	for range 10 { // one more digit
		if err := c.City.Change(t.Context(), func(tx *db.Tx) error { return org.Bump(t.Context(), tx) }); err != nil {
			t.Fatal(err)
		}
	}
	c.Origin, c.Test = "https://12345.example.gov.cn/", false
	second, endpoint := read()
	if endpoint["url"] != "https://12345.example.gov.cn/open311/v2" || endpoint["type"] != "production" {
		t.Errorf("%v", second)
	}
	if first["changeset"].(string) >= second["changeset"].(string) {
		t.Errorf("changeset %v, then %v", first["changeset"], second["changeset"])
	}
}

// one returns the only request of an answer.
func one(t *testing.T, w *httptest.ResponseRecorder) map[string]any {
	t.Helper()
	body := answered(t, w, http.StatusOK)
	conforms(t, "requests", body)
	list := parseJSON(t, body).([]any)
	if len(list) != 1 {
		t.Fatalf("%d requests: %s", len(list), body)
	}
	return list[0].(map[string]any)
}

func TestRequestsAreFiltered(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		c := setup(t, d)
		var numbers []string
		for i, category := range []string{"a1a", "a2", "b", "a1"} {
			c.now = monday.AddDate(0, 0, 40*i)
			m := matter()
			m.Category = category
			tk := c.submit(t, m)
			numbers = append(numbers, tk.Number)
			if category == "a2" {
				c.do(t, center, tk.ID, ticket.Reject{Code: "court"})
			}
		}
		for _, tt := range []struct {
			name, query string
			want        []int // newest first
		}{
			{"last 90 days", "", []int{3, 2, 1}},
			{"null is as good as nothing", "?status=&service_code=&start_date=&page=", []int{3, 2, 1}},
			{"open", "?status=open", []int{3, 2}},
			{"closed", "?status=closed", []int{1}},
			{"both", "?status=open,closed", []int{3, 2, 1}},
			{"declared twice", "?status=open&status=closed", []int{3, 2, 1}},
			{"category with those below", "?service_code=a1&end_date=2026-03-31T00:00:00Z", []int{0}},
			{"several categories", "?service_code=b,a1", []int{3, 2}},
			{"from", "?start_date=2026-04-11T01:30:00Z", []int{3, 2, 1}},
			{"from, at most 90 days on", "?start_date=2026-03-31T00:00:00Z", []int{2, 1}},
			{"to", "?end_date=2026-04-11T01:30:00Z", []int{1, 0}},
			{"local day", "?start_date=2026-04-11&end_date=2026-04-12", []int{1}},
			{"plus that became a blank", "?start_date=2026-04-11T09:30:00+08:00&end_date=2026-04-11T09:30:00%2B08:00", []int{1}},
			{"pages", "?page=2&page_size=2", []int{1}},
			{"beyond the last page", "?page=9&page_size=2", nil},
			{"numbers override all else", "?status=banana&service_request_id=" + numbers[0] + ",unknown," + numbers[1], []int{1, 0}},
			{"unknown number", "?service_request_id=1", nil},
		} {
			body := answered(t, c.get(t, "/requests.json"+tt.query), http.StatusOK)
			conforms(t, "requests", body)
			var got, want []string
			for _, r := range parseJSON(t, body).([]any) {
				got = append(got, r.(map[string]any)["service_request_id"].(string))
			}
			for _, i := range tt.want {
				want = append(want, numbers[i])
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: %s", tt.name, diff)
			}
		}
		if body := answered(t, c.get(t, "/requests.xml?service_request_id=1"), http.StatusOK); !strings.HasSuffix(body, "<service_requests></service_requests>") {
			t.Errorf("nothing found: %s", body)
		}
	})
}
