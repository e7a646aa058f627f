package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"testing"
	"time"
)

// client speaks to servers; one connection dying with a server harms nobody.
var client = &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 16}}

// answer is what a server said.
type answer struct {
	status int
	kind   string // content type
	body   []byte
}

// said is what the answers here have in common.
type said struct {
	Number  string `json:"number"`
	Code    string `json:"code"`
	Version int    `json:"version"`
	State   string `json:"state"`
	Status  int    `json:"status"`
	Detail  string `json:"detail"`
}

func (a answer) read(t *testing.T) (s said) {
	t.Helper()
	if err := json.Unmarshal(a.body, &s); err != nil {
		t.Fatalf("%d %s: %v", a.status, a.body, err)
	}
	return s
}

// ask sends a request. Its error means that no complete answer came.
func (s *server) ask(ctx context.Context, method, path, token, key string, body any) (answer, error) {
	var content io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return answer{}, err
		}
		content = bytes.NewReader(b)
	}
	r, err := http.NewRequestWithContext(ctx, method, s.url+path, content)
	if err != nil {
		return answer{}, err
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	response, err := client.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	b, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header.Get("Content-Type"), b}, err
}

// must sends a request that must be answered with 2xx.
func (s *server) must(t *testing.T, method, path, token, key string, body any) answer {
	t.Helper()
	a, err := s.ask(t.Context(), method, path, token, key, body)
	if err != nil || a.status >= 300 {
		t.Fatalf("%s %s: %d %s %v", method, path, a.status, a.body, err)
	}
	return a
}

const (
	api     = "/api/v1"
	problem = "application/problem+json"
)

// matter is a submission as the API takes it.
func matter(title string) map[string]any {
	return map[string]any{
		"kind": "help", "channel": "phone", "category": "010102", "area": "350102",
		"title": title, "body": title + "，请尽快派人处理。", "may_publish": true,
		"requester": map[string]any{"kind": "individual", "name": "林建国", "phone": "13900001234"},
	}
}

// department returns the id of a city department.
func (s *server) department(t *testing.T, token string) int {
	t.Helper()
	for _, u := range s.units(t, token) {
		if u.Kind == "department" && u.Level == "city" {
			return u.ID
		}
	}
	t.Fatal("the city has no department")
	return 0
}

// staffed returns the id and the name of a city department for which the demo
// has accounts.
func (s *server) staffed(t *testing.T, h home, token string) (id int, name string) {
	t.Helper()
	for _, u := range s.units(t, token) {
		if u.Kind == "department" && u.Level == "city" && slices.ContainsFunc(h.accounts(t), func(a []string) bool { return a[3] == u.Name }) {
			return u.ID, u.Name
		}
	}
	t.Fatal("no department has demo accounts")
	return 0, ""
}

// unit is a unit as the API lists it.
type unit struct {
	ID    int    `json:"id"`
	Name  string `json:"name"`
	Kind  string `json:"kind"`
	Level string `json:"level"`
}

func (s *server) units(t *testing.T, token string) []unit {
	t.Helper()
	var list struct{ Items []unit }
	if err := json.Unmarshal(s.must(t, http.MethodGet, api+"/units", token, "", nil).body, &list); err != nil {
		t.Fatal(err)
	}
	return list.Items
}
