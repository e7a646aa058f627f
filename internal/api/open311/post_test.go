package open311_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"huiyin/internal/api/open311"
	"huiyin/internal/db"
	"huiyin/internal/db/dbtest"
	"huiyin/internal/requester"
	"huiyin/internal/ticket"
)

func TestPost(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		c := setup(t, d)
		form := url.Values{
			"api_key": {"agent-key"}, "jurisdiction_id": {jurisdiction}, "service_code": {"a1a"}, "lat": {"26.0800"}, "long": {"119.30"},
			"address_string": {"东街口天桥下"}, "email": {"someone@example.com"}, "device_id": {"tt222111"}, "account_id": {"123456"},
			"first_name": {"三"}, "last_name": {"张"}, "phone": {"13900000000"}, "description": {"家里停水两天了。\r\n请尽快处理"},
			"media_url": {"https://example.com/a.jpg?x=1"}, "attribute[kind]": {"complaint"}, "attribute[area][]": {"350102"},
			"attribute[may_publish]": {"true"}, "locale": {"zh_CN"},
		}.Encode()
		answer := answered(t, c.post(t, "/requests.xml", formType, form), http.StatusOK)
		looksLike(t, "receipt", answer)
		inForm := parseXML(t, answer).children[0].spark().(map[string]any)

		asJSON := `{"api_key":"agent-key","service_code":"a1a","lat":26.0800,"long":119.30,"address_string":"东街口天桥下",
			"email":"someone@example.com","first_name":"三","last_name":"张","phone":"13900000000","zipcode":null,
			"description":"家里停水两天了。\n请尽快处理","media_url":"https://example.com/a.jpg?x=1","account_id":123456,
			"attribute":{"kind":"complaint","area":["350102"],"may_publish":true}}`
		answer = answered(t, c.post(t, "/requests.json", jsonType, "\ufeff"+asJSON), http.StatusOK)
		inJSON := parseJSON(t, answer).([]any)[0].(map[string]any)

		for _, got := range []map[string]any{inForm, inJSON} {
			if got["account_id"] != "123456" || !strings.Contains(got["service_notice"].(string), "查询码") {
				t.Errorf("receipt %v", got)
			}
			v, err := c.Open(t.Context(), center, got["service_request_id"].(string))
			if err != nil {
				t.Fatal(err)
			}
			tk := v.Ticket
			if tk.Kind != ticket.Complaint || tk.Channel != ticket.App || tk.Category != "a1a" || tk.Area != "350102" || !tk.MayPublish || tk.Confidential {
				t.Errorf("ticket %+v", tk)
			}
			want := "家里停水两天了。\n请尽快处理\n地点：东街口天桥下 （北纬26.0800，东经119.30）\n附件链接：https://example.com/a.jpg?x=1"
			if diff := cmp.Diff(want, v.Text(tk.Body)); diff != "" {
				t.Error(diff)
			}
			if v.Text(tk.Title) != "家里停水两天了" || v.Person.Kind != requester.Individual {
				t.Errorf("title %q, person %v", v.Text(tk.Title), v.Person.Kind)
			}
			if by := v.Timeline[0].By; by.Account != center.Account || by.Role != ticket.Agent {
				t.Errorf("handed in by %+v", by)
			}
		}
	})
}

// The least that the specification allows: a service and a place.
func TestPostLittle(t *testing.T) {
	t.Parallel()
	c := setup(t, dbtest.Open(t, db.SQLite))
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, open311.Path+"/requests.json", strings.NewReader("service_code=a2&address_id=350102001&phone=87654321"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Authorization", "bearer unit-key")
	answer := answered(t, c.ask(t, r), http.StatusOK)
	number := parseJSON(t, answer).([]any)[0].(map[string]any)["service_request_id"].(string)
	v, err := c.Open(t.Context(), center, number)
	if err != nil {
		t.Fatal(err)
	}
	if v.Ticket.Kind != ticket.Help || v.Ticket.Area != "350102001" || v.Text(v.Ticket.Body) != "路灯" || v.Text(v.Ticket.Title) != "路灯" {
		t.Errorf("%+v %q", v.Ticket, v.Text(v.Ticket.Body))
	}
	if by := v.Timeline[0].By; by.Account != handler.Account || by.Role != ticket.Requester {
		t.Errorf("handed in by %+v", by)
	}
	if got := one(t, c.get(t, "/requests/"+number+".json")); got["service_code"] != "a2" {
		t.Errorf("%v", got)
	}
	token := parseJSON(t, answered(t, c.get(t, "/tokens/"+strconv.FormatInt(v.Ticket.ID, 10)+".json"), http.StatusOK)).([]any)[0]
	if diff := cmp.Diff(map[string]any{"service_request_id": number, "token": strconv.FormatInt(v.Ticket.ID, 10)}, token); diff != "" {
		t.Error(diff)
	}
}

func TestPostIsIdempotent(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		c := setup(t, d)
		body := "api_key=agent-key&service_code=a2&address_string=x&description=y"
		send := func(body, header string) *httptest.ResponseRecorder {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, open311.Path+"/requests.json", strings.NewReader(body))
			r.Header.Set("Content-Type", formType)
			if header != "" {
				r.Header.Set("Idempotency-Key", header)
			}
			return c.ask(t, r)
		}
		first := answered(t, send(body, "k1"), http.StatusOK)
		if again := answered(t, send(body, "k1"), http.StatusOK); again != first {
			t.Errorf("%s, then %s", first, again)
		}
		if again := answered(t, send(body+"&client_request_id=k1", ""), http.StatusOK); again != first {
			t.Errorf("by parameter: %s, then %s", first, again)
		}
		if other := answered(t, send(body, "k2"), http.StatusOK); other == first {
			t.Error("another key got the same ticket")
		}
		answered(t, send(body+"z", "k1"), http.StatusBadRequest)
		answered(t, send(body, strings.Repeat("k", 129)), http.StatusBadRequest)
	})
}
