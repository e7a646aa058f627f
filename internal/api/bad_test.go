package api_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"huiyin/internal/api"
	"huiyin/internal/db"
	"huiyin/internal/db/dbtest"
	"huiyin/internal/ticket"
)

// with is a good matter with one thing changed.
func with(name string, value any) []byte {
	m := matter("路灯不亮")
	m[name] = value
	text, err := json.Marshal(m)
	if err != nil {
		panic(err)
	}
	return text
}

func person(name string, value any) []byte {
	return with("requester", M{"kind": "individual", "name": "王芳", "phone": "13800001234", name: value})
}

// raw puts bytes in place of the title.
func raw(title string) []byte {
	return []byte(strings.Replace(string(with("title", "@@")), "@@", title, 1))
}

// badMatters are submissions that are refused, each for one reason.
var badMatters = map[string][]byte{
	"nothing":                 {},
	"spaces":                  []byte("   "),
	"no JSON":                 []byte("kind=help&title=路灯"),
	"half a JSON":             []byte(`{"kind":"help","title":`),
	"two JSONs":               append(with("title", "路灯"), with("title", "路灯")...),
	"HTML":                    []byte("<!DOCTYPE html><p>路灯不亮</p>"),
	"null":                    []byte("null"),
	"a list":                  []byte("[]"),
	"a text":                  []byte(`"路灯不亮"`),
	"binary":                  {0x89, 'P', 'N', 'G', 0, 1, 2, 0xff},
	"GBK":                     raw("\xc2\xb7\xb5\xc6\xb2\xbb\xc1\xc1"),
	"broken UTF-8":            raw("路灯\xe4\xb8"),
	"UTF-16":                  []byte("\xff\xfe{\x00}\x00"),
	"NUL":                     raw(`路灯\u0000不亮`),
	"NUL in a name":           person("name", "王\x00芳"),
	"a raw control character": raw("路灯\x01不亮"),
	"deep":                    []byte(strings.Repeat(`{"a":`, 20000) + "1" + strings.Repeat("}", 20000)),
	"deep lists":              []byte(strings.Repeat("[", 100000)),
	"1 MB":                    with("body", strings.Repeat("长", 350000)),
	"empty title":             with("title", ""),
	"blank title":             with("title", " 　\n"),
	"long title":              with("title", strings.Repeat("长", 201)),
	"empty body":              with("body", ""),
	"long body":               with("body", strings.Repeat("长", 20001)),
	"title is a number":       with("title", 1),
	"title is a list":         with("title", []string{"路灯"}),
	"flag is a text":          with("may_publish", "yes"),
	"huge number":             []byte(`{"kind":1e400}`),
	"unknown kind":            with("kind", "murder"),
	"kind that is off":        with("kind", "praise"),
	"unknown channel":         with("channel", "pigeon"),
	"unknown urgency":         with("urgency", "now"),
	"unknown category":        with("category", "c9"),
	"unknown area":            with("area", "999999"),
	"category in SQL":         with("category", "c1' OR '1'='1"),
	"unknown field":           with("priority", 1),
	"unknown kind of person":  person("kind", "robot"),
	"bad phone":               person("phone", "not a phone"),
	"bad e-mail":              person("email", "王芳"),
	"bad identity number":     person("id_number", "110101199003070000"),
	"long name":               person("name", strings.Repeat("长", 61)),
	"person is a text":        with("requester", "王芳"),
	"unknown field of person": person("age", 30),
}

// kindly fails the test unless the answer is a refusal that people here can
// read.
func (a reply) kindly(t testing.TB) {
	t.Helper()
	if a.status < 400 || a.status >= 500 {
		t.Fatalf("want a refusal, got %s", a)
	}
	p := a.problem(t)
	for _, said := range append([]string{p.Title, p.Detail}, messages(p)...) {
		if !strings.ContainsFunc(said, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
			t.Errorf("%q says nothing to people here: %s", said, a)
		}
	}
	if p.Status != a.status || p.Code == "" || len(a.body) > 4096 {
		t.Errorf("not a good problem: %.300s", a)
	}
}

func messages(p api.Problem) (all []string) {
	for _, e := range p.Errors {
		all = append(all, e.Message)
	}
	return all
}

func TestBadMatters(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		w := setup(t, d)
		for name, body := range badMatters {
			t.Run(name, func(t *testing.T) {
				w.ask(t, call{method: "POST", path: "/tickets", token: tokenOf(center), body: body}).kindly(t)
				if name != "unknown channel" && name != "unknown urgency" { // which the public does not choose
					w.ask(t, call{method: "POST", path: "/public/tickets", body: body}).kindly(t)
				}
			})
		}
		if got := w.ask(t, call{method: "GET", path: "/tickets", token: tokenOf(center)}).numbers(t); len(got) != 0 {
			t.Errorf("refused submissions left %v", got)
		}
	})
}

// What looks odd and is somebody's words all the same is taken as it is.
func TestOddMatters(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		w := setup(t, d)
		for name, title := range map[string]string{
			"HTML": "<script>alert('路灯')</script>", "SQL": "'; DROP TABLE ticket; --", "rare characters": "𠮷野家 \U0001F6A8", "full width": "ＡＢＣ　１２３",
			"escaped escape": `路径 \u0000`, "longest": strings.Repeat("长", 200), "right to left": "\u202e路灯", "line breaks": "路灯\r\n不亮",
		} {
			r := w.submit(t, matter(title))
			if v := w.view(t, center, r.Number); v.Title != title {
				t.Errorf("%s: %q became %q", name, title, v.Title)
			}
		}
		marked := append([]byte("\xef\xbb\xbf"), with("title", "有字节顺序标记")...)
		w.ask(t, call{method: "POST", path: "/tickets", token: tokenOf(center), body: marked}).want(t, http.StatusCreated)
	})
}

func TestBadRequests(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		w := setup(t, d)
		r := w.submit(t, matter("路灯不亮"))
		w.do(t, center, r.Number, "accept", nil)
		w.do(t, center, r.Number, "dispatch", M{"lead": deptA})
		w.do(t, deptA, r.Number, "sign", nil)
		page := "/tickets/" + r.Number
		post := func(path string, unit ticket.UnitID, body any) call {
			return call{method: "POST", path: path, token: tokenOf(unit), body: body}
		}
		typed := func(kind string) call {
			c := post("/tickets", center, with("title", "路灯"))
			c.header = map[string]string{"Content-Type": kind}
			return c
		}
		get := func(path string) call { return call{method: "GET", path: path, token: tokenOf(center)} }
		keyed := post("/tickets", center, with("title", "路灯"))
		keyed.header = map[string]string{"Idempotency-Key": "\xc2\xb7"[:1]}
		coded := call{method: "GET", path: "/public" + page + "/track", code: "\xb7\xb7\xb7\xb7\xb7\xb7"}
		for name, c := range map[string]call{
			"XML":                      typed("application/xml"),
			"form":                     typed("application/x-www-form-urlencoded"),
			"multipart":                typed("multipart/form-data; boundary=x"),
			"plain text":               typed("text/plain"),
			"no such media type":       typed("路灯"),
			"key that is no text":      keyed,
			"code that is no text":     coded,
			"short code":               {method: "GET", path: "/public" + page + "/track", code: "1"},
			"long code":                {method: "GET", path: "/public" + page + "/track", code: strings.Repeat("1", 7)},
			"number that is long":      get("/tickets/" + strings.Repeat("1", 21)),
			"number that is a word":    get("/tickets/abc"),
			"number with NUL":          get("/tickets/1%00"),
			"number in GBK":            get("/tickets/%C2%B7"[:len("/tickets/%C2")]),
			"number in SQL":            get("/tickets/" + url.PathEscape("1' OR 1=1")),
			"clock 0":                  get(page + "/clocks/0"),
			"clock -1":                 get(page + "/clocks/-1"),
			"clock 99":                 get(page + "/clocks/99"),
			"clock that is a word":     get(page + "/clocks/first"),
			"clock that is huge":       get(page + "/clocks/99999999999999999999"),
			"words with NUL":           get("/tickets?q=%00"),
			"words in GBK":             get("/tickets?q=%C2%B7%B5%C6"),
			"words that are long":      get("/tickets?q=" + strings.Repeat("a", 101)),
			"broken escape":            get("/tickets?q=%zz"),
			"unknown state":            get("/tickets?state=lost"),
			"unknown kind":             get("/tickets?kind=murder"),
			"unknown channel":          get("/tickets?channel=pigeon"),
			"unknown urgency":          get("/tickets?urgency=now"),
			"limit 0":                  get("/tickets?limit=0"),
			"limit 201":                get("/tickets?limit=201"),
			"limit that is a word":     get("/tickets?limit=all"),
			"no cursor of ours":        get("/tickets?cursor=abc"),
			"cursor of other bytes":    get("/tickets?cursor=AAAA"),
			"from no day":              get("/tickets?from=yesterday"),
			"lead that is huge":        get("/tickets?lead=99999999999999999999"),
			"flag that is a word":      get("/tickets?late=maybe"),
			"catalogue of nothing":     get("/catalogue"),
			"category with NUL":        get("/catalogue?category=%00"),
			"lead is a text":           post(page+"/dispatch", center, M{"lead": "deptA"}),
			"lead is a fraction":       post(page+"/delegate", deptA, []byte(`{"lead":1.5}`)),
			"lead is huge":             post(page+"/delegate", deptA, []byte(`{"lead":1e30}`)),
			"lead is not there":        post(page+"/delegate", deptA, M{"lead": 999}),
			"lead is not below":        post(page+"/delegate", deptA, M{"lead": deptB}),
			"too many helpers":         post(page+"/delegate", deptA, M{"lead": deptB, "co_handlers": make([]int, 21)}),
			"assignment that is not":   post(page+"/draft", deptA, M{"assignment": 99, "text": "已办", "solved": "solved"}),
			"negative assignment":      post(page+"/draft", deptA, M{"assignment": -1, "text": "已办", "solved": "solved"}),
			"unknown claim":            post(page+"/draft", deptA, M{"text": "已办", "solved": "maybe"}),
			"no text":                  post(page+"/draft", deptA, M{"text": "", "solved": "solved"}),
			"unknown way":              post(page+"/contact", deptA, M{"way": "pigeon", "reached": true}),
			"long note":                post(page+"/contact", deptA, M{"way": "phone", "reached": true, "note": strings.Repeat("长", 2001)}),
			"no days":                  post(page+"/request_extension", deptA, M{"days": 0, "reason": "采购"}),
			"huge days":                post(page+"/request_extension", deptA, M{"days": 1 << 40, "reason": "采购"}),
			"no reason":                post(page+"/request_extension", deptA, M{"days": 1, "reason": ""}),
			"review date in the past":  post(page+"/request_suspension", deptA, M{"until": 1, "reason": "待预算", "interim": "已列入"}),
			"review date after a life": post(page+"/request_suspension", deptA, M{"until": int64(1) << 60, "reason": "待预算", "interim": "已列入"}),
			"unknown reason":           post(page+"/request_return", deptA, M{"code": "lazy", "reason": "不想办", "basis": "无"}),
			"suggested unit is not":    post(page+"/request_return", deptA, M{"code": "not_our_duty", "reason": "不归我管", "basis": "三定", "suggested": 999}),
			"master with NUL":          post(page+"/merge", center, []byte(`{"master":"1\u0000"}`)),
			"unknown master":           post(page+"/merge", center, M{"master": "1"}),
			"file that is none":        post(page+"/files?name=a.txt", deptA, []byte("<html>")),
			"no body":                  {method: "POST", path: page + "/urge", token: tokenOf(center)},
		} {
			t.Run(name, func(t *testing.T) { w.ask(t, c).kindly(t) })
		}
		w.view(t, center, r.Number) // it can still be shown
		w.wait(time.Second)
	})
}

// What is not there is said so, in the same form; and so is what is there for
// other methods.
func TestNoSuchRoute(t *testing.T) {
	t.Parallel()
	w := small(t)
	for _, tt := range []struct{ method, path, allow string }{
		{"GET", "/nothing", ""},
		{"POST", "/tickets/1/explode", ""},
		{"DELETE", "/nothing", ""},
		{"GET", "/", ""},
		{"POST", "/counts", "GET, HEAD"},
		{"DELETE", "/tickets", "GET, HEAD, POST"},
		{"OPTIONS", "/tickets", "GET, HEAD, POST"},
		{"PUT", "/tickets/1", "GET, HEAD"},
		{"GET", "/tickets/1/accept", "POST"},
		{"BREW", "/public/tickets/1/rate", "POST"},
		{"POST", "/openapi.json", "GET, HEAD"},
	} {
		rec := httptest.NewRecorder()
		w.handler.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), tt.method, api.Prefix+tt.path, nil))
		a := reply{rec.Code, rec.Header(), rec.Body.Bytes()}
		if tt.allow == "" {
			a.refused(t, http.StatusNotFound, "no_route")
		} else {
			a.refused(t, http.StatusMethodNotAllowed, "method")
		}
		a.kindly(t)
		if got := a.header.Get("Allow"); got != tt.allow {
			t.Errorf("%s %s allows %q, want %q", tt.method, tt.path, got, tt.allow)
		}
		if kind := a.header.Get("Content-Type"); kind != "application/problem+json" {
			t.Errorf("%s %s answers in %s", tt.method, tt.path, kind)
		}
	}
}

// FuzzSubmit: any bytes are taken as a ticket or refused with a problem, and
// what is taken comes back as text.
func FuzzSubmit(f *testing.F) {
	for _, body := range badMatters {
		if len(body) < 4096 {
			f.Add(body)
		}
	}
	f.Add(with("title", "路灯不亮"))
	w := small(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		a := w.ask(t, call{method: "POST", path: "/public/tickets", body: body})
		if a.status != http.StatusCreated {
			a.kindly(t)
			return
		}
		var r taken
		a.into(t, &r)
		page := w.ask(t, call{method: "GET", path: "/public/tickets/" + r.Number + "/track", code: r.Code}).want(t, http.StatusOK)
		if !utf8.Valid(page.body) {
			t.Errorf("not text: %q", page.body)
		}
	})
}
