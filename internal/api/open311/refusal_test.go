package open311_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode"

	"huiyin/internal/api/open311"
	"huiyin/internal/casework"
	"huiyin/internal/db"
	"huiyin/internal/db/dbtest"
	"huiyin/internal/errs"
	"huiyin/internal/ticket"
)

// refused checks that an answer is an error of the specification, in Chinese
// words.
func refused(t *testing.T, w *httptest.ResponseRecorder, status int, word string) {
	t.Helper()
	body := answered(t, w, status)
	var problems []any
	if strings.HasPrefix(w.Header().Get("Content-Type"), "text/xml") {
		looksLike(t, "errors", body)
		problems = parseXML(t, body).spark().([]any)
	} else {
		problems = plain(parseJSON(t, body)).([]any)
	}
	for _, p := range problems {
		p := p.(map[string]any)
		if p["code"] != fmt.Sprint(status) {
			t.Errorf("code %v, want %d", p["code"], status)
		}
		if words := p["description"].(string); !strings.ContainsFunc(words, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
			t.Errorf("description %q", words)
		}
	}
	if !strings.Contains(body, word) {
		t.Errorf("%q is not said in %s", word, body)
	}
}

func TestRefusedPosts(t *testing.T) {
	t.Parallel()
	c := setup(t, dbtest.Open(t, db.SQLite))
	const good = "api_key=agent-key&service_code=a2&address_string=x"
	for _, tt := range []struct {
		name, contentType, body string
		status                  int
		word                    string
	}{
		{"no key", formType, "service_code=a2&address_string=x", 403, "缺少api_key"},
		{"unknown key", formType, "api_key=nobody&service_code=a2&address_string=x", 403, "令牌无效"},
		{"failing look-up", formType, "api_key=broken-key&service_code=a2&address_string=x", 500, "系统内部错误"},
		{"no service", formType, "api_key=agent-key&address_string=x", 400, "service_code"},
		{"unknown service", formType, "api_key=agent-key&service_code=zz&address_string=x", 404, "service_code"},
		{"service out of use", formType, "api_key=agent-key&service_code=a9&address_string=x", 404, "service_code"},
		{"no place", formType, "api_key=agent-key&service_code=a2", 400, "address_string"},
		{"half a place", formType, "api_key=agent-key&service_code=a2&lat=26", 400, "一并填写"},
		{"latitude", formType, good + "&lat=91&long=0", 400, "lat：须为-90至90"},
		{"longitude in words", formType, good + "&lat=1&long=east", 400, "long："},
		{"not a number", formType, good + "&lat=NaN&long=Inf", 400, "lat："},
		{"unknown area", formType, good + "&address_id=99", 400, "address_id：没有"},
		{"areas apart", formType, good + "&address_id=350102001&attribute[area]=350103", 400, "不一致"},
		{"unknown kind", formType, good + "&attribute[kind]=praise", 400, "attribute[kind]：没有"},
		{"unknown attribute", formType, good + "&attribute[colour]=red", 400, "attribute[colour]"},
		{"two values", formType, good + "&attribute[kind][]=help&attribute[kind][]=complaint", 400, "只能填写一次"},
		{"neither yes nor no", formType, good + "&attribute[confidential]=maybe", 400, "true或false"},
		{"phone", formType, good + "&phone=12", 400, "phone：联系电话"},
		{"name without a way to answer", formType, good + "&first_name=x", 400, "phone：请至少填写"},
		{"two wrong fields", formType, good + "&phone=12&email=x&first_name=y", 400, "email：电子邮箱"},
		{"script link", formType, good + "&media_url=javascript:alert(1)", 400, "media_url"},
		{"foreign jurisdiction", formType, good + "&jurisdiction_id=sfgov.org", 404, "jurisdiction_id"},
		{"long description", formType, good + "&description=" + strings.Repeat("x", 4001), 400, "4000"},
		{"long body", formType, good + "&description=" + strings.Repeat("x", 200<<10), 400, "128KB"},
		{"GBK", formType, good + "&description=%CB%AE%B9%DC", 400, "UTF-8"},
		{"control character", formType, good + "&description=a%00b", 400, "控制字符"},
		{"line break in a line", formType, good + "&address_id=%0A3", 400, "控制字符"},
		{"turned text", formType, good + "&description=a%E2%80%AEb", 400, "控制字符"},
		{"broken escape", formType, good + "&description=%zz", 400, "表单编码"},
		{"semicolons", formType, "api_key=agent-key;service_code=a2", 400, "表单编码"},
		{"GBK in JSON", jsonType, "{\"description\":\"\xb9\xdc\"}", 400, "UTF-8"},
		{"no object", jsonType, `[]`, 400, "JSON"},
		{"two objects", jsonType, `{}{}`, 400, "JSON"},
		{"cut off", jsonType, `{"api_key":"agent-key"`, 400, "JSON"},
		{"nothing", jsonType, ``, 400, "JSON"},
		{"object in a field", jsonType, `{"description":{"a":1}}`, 400, "单个值"},
		{"said twice", jsonType, `{"description":"a","description":"b"}`, 400, "只能填写一次"},
		{"attributes that are none", jsonType, `{"attribute":[1]}`, 400, "JSON"},
		{"NUL in JSON", jsonType, `{"description":"a\u0000"}`, 400, "控制字符"},
		{"foreign charset", "application/x-www-form-urlencoded; charset=gbk", good, 415, "UTF-8"},
		{"XML", "text/xml", "<request/>", 415, "application/json"},
		{"no type", "", good, 415, "application/json"},
		{"parts", "multipart/form-data; boundary=x", good, 415, "application/json"},
	} {
		for _, format := range []string{"json", "xml"} {
			t.Run(tt.name+"/"+format, func(t *testing.T) {
				t.Parallel()
				refused(t, c.post(t, "/requests."+format, tt.contentType, tt.body), tt.status, tt.word)
			})
		}
	}
	t.Cleanup(func() {
		list, err := c.Public(context.Background(), casework.PublicFilter{Limit: 10})
		if err != nil || len(list) > 0 {
			t.Errorf("a refused request left something behind: %v, %v", list, err)
		}
	})
}

func TestRefusedGets(t *testing.T) {
	t.Parallel()
	c := setup(t, dbtest.Open(t, db.SQLite))
	for _, tt := range []struct {
		path   string
		status int
		word   string
	}{
		{"/services.json?jurisdiction_id=sfgov.org", 404, "jurisdiction_id"},
		{"/services.yaml", 404, ".json或.xml"},
		{"/services", 404, ".json或.xml"},
		{"/services/a1", 404, ".json或.xml"},
		{"/services/.json", 404, "地址"},
		{"/services/a/b.json", 404, "地址"},
		{"/nothing.json", 404, "地址"},
		{"/services/zz.json", 404, "service_code"},
		{"/services/a9.xml", 404, "service_code"},
		{"/requests/1.xml", 404, "service_request_id"},
		{"/tokens/1.json", 404, "token"},
		{"/tokens/x.json", 404, "token"},
		{"/requests.json?service_code=zz", 404, "service_code"},
		{"/requests.json?status=done", 400, "status"},
		{"/requests.json?start_date=yesterday", 400, "start_date"},
		{"/requests.json?end_date=2026-02-30T00:00:00Z", 400, "end_date"},
		{"/requests.json?start_date=2026-01-01T00:00:00", 400, "时区"},
		{"/requests.json?start_date=2026-02-01T00:00:00Z&end_date=2026-01-01T00:00:00Z", 400, "早于"},
		{"/requests.json?start_date=2026-01-01T00:00:00Z&end_date=2026-04-02T00:00:00Z", 400, "90天"},
		{"/requests.json?page=0", 400, "page"},
		{"/requests.json?page_size=1001", 400, "page_size"},
		{"/requests.json?page=999999", 400, "页码过大"},
		{"/requests.json?page=99999999999999999999", 400, "page"},
		{"/requests.json?service_request_id=%B9%DC", 400, "UTF-8"},
		{"/requests.json?service_request_id=%00", 400, "UTF-8"},
		{"/requests.json?a=%zz", 400, "表单"},
		{"/requests.json?service_request_id=" + commas(1001), 400, "1000"},
	} {
		t.Run(fmt.Sprintf("%.80s", tt.path), func(t *testing.T) {
			t.Parallel()
			refused(t, c.get(t, tt.path), tt.status, tt.word)
		})
	}
}

func commas(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%d,", i)
	}
	return b.String()
}

func TestMethods(t *testing.T) {
	t.Parallel()
	c := setup(t, dbtest.Open(t, db.SQLite))
	for _, tt := range []struct {
		method, path string
		status       int
		allow        string
	}{
		{http.MethodHead, "/services.json", 200, ""},
		{http.MethodPost, "/services.json", 405, "GET, HEAD"},
		{http.MethodDelete, "/requests.json", 405, "GET, HEAD, POST"},
		{http.MethodPut, "/requests/1.xml", 405, "GET, HEAD"},
	} {
		w := c.ask(t, httptest.NewRequestWithContext(t.Context(), tt.method, open311.Path+tt.path, nil))
		if w.Code != tt.status || w.Header().Get("Allow") != tt.allow {
			t.Errorf("%s %s: %d, Allow %q", tt.method, tt.path, w.Code, w.Header().Get("Allow"))
		}
		if tt.method == http.MethodHead && w.Body.Len() > 0 {
			t.Error("HEAD has a body")
		}
	}
}

// brokenDesk fails as the store might.
type brokenDesk struct{ err error }

func (d brokenDesk) Submit(context.Context, ticket.Actor, casework.Matter, string) (casework.Receipt, error) {
	return casework.Receipt{}, d.err
}

func (d brokenDesk) Public(context.Context, casework.PublicFilter) ([]casework.PublicRequest, error) {
	return nil, d.err
}

func TestFailuresOfTheDesk(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		err    error
		status int
		word   string
	}{
		{errs.New(errs.Unavailable, "x", "数据库暂时不可用"), 503, "暂时不可用"},
		{errs.Wrap(errors.New("disk full at /var"), errs.Internal, "x", "保存失败"), 500, "保存失败"},
		{errors.New("disk full at /var"), 500, "系统内部错误"},
		{errs.New(errs.Denied, "x", "岗位不符"), 403, "岗位"},
		{errs.New(errs.Conflict, "x", "已用于另一个请求"), 400, "另一个"},
		{errs.InvalidField("requester.name", "请填写姓名"), 400, "first_name：请填写姓名"},
	} {
		c := setup(t, dbtest.Open(t, db.SQLite))
		var log strings.Builder
		c.Server.Desk, c.Server.Log = brokenDesk{tt.err}, slog.New(slog.NewTextHandler(&log, nil))
		for _, w := range []*httptest.ResponseRecorder{
			c.post(t, "/requests.json", formType, "api_key=agent-key&service_code=a2&address_string=x"),
			c.get(t, "/requests.xml"), c.get(t, "/requests/1.json"), c.get(t, "/tokens/1.json"),
		} {
			refused(t, w, tt.status, tt.word)
			if strings.Contains(w.Body.String(), "/var") {
				t.Errorf("the cause is shown: %s", w.Body)
			}
		}
		if failed := tt.status >= 500; failed != strings.Contains(log.String(), "error=") {
			t.Errorf("%v: logged %q", tt.err, log.String())
		}
	}
}
