package api_test

import (
	"bytes"
	"encoding/json"
	"mime"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"huiyin/internal/api"
	"huiyin/internal/ticket"
)

// contract is the OpenAPI document as the server gives it out, and the schemas
// of the answers in it.
type contract struct {
	doc      map[string]any
	compiler *jsonschema.Compiler
	mu       sync.Mutex
	schemas  map[string]*jsonschema.Schema // by pointer
}

const documentURL = "https://huiyin.test/openapi.json"

func newContract(t testing.TB, handler http.Handler) *contract {
	t.Helper()
	rec := httptest.NewRecorder()
	handler.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodGet, api.Prefix+"/openapi.json", nil))
	if rec.Code != http.StatusOK {
		t.Fatalf("openapi.json: %d %s", rec.Code, rec.Body)
	}
	doc, err := jsonschema.UnmarshalJSON(rec.Body)
	if err != nil {
		t.Fatal(err)
	}
	c := &contract{doc: doc.(map[string]any), compiler: jsonschema.NewCompiler(), schemas: map[string]*jsonschema.Schema{}}
	c.compiler.DefaultDraft(jsonschema.Draft2020)
	c.compiler.AssertFormat()
	if err := c.compiler.AddResource(documentURL, doc); err != nil {
		t.Fatal(err)
	}
	return c
}

// at follows names from a node of the document; nil if there is no such node.
func at(node any, names ...string) any {
	for _, name := range names {
		m, _ := node.(map[string]any)
		node = m[name]
	}
	return node
}

// schema compiles what a pointer leads to.
func (c *contract) schema(t testing.TB, names ...string) *jsonschema.Schema {
	t.Helper()
	escape := strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D")
	var pointer strings.Builder
	for _, name := range names {
		pointer.WriteString("/" + escape.Replace(name))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	s, ok := c.schemas[pointer.String()]
	if !ok {
		var err error
		if s, err = c.compiler.Compile(documentURL + "#" + pointer.String()); err != nil {
			t.Fatal(err)
		}
		c.schemas[pointer.String()] = s
	}
	return s
}

// check fails the test unless the document describes the answer: its status,
// its type and every field of it.
func (c *contract) check(t testing.TB, pattern string, a reply) {
	t.Helper()
	method, path, _ := strings.Cut(pattern, " ")
	responses, _ := at(c.doc, "paths", path, strings.ToLower(method), "responses").(map[string]any)
	if responses == nil {
		t.Errorf("%s is not in the document", pattern)
		return
	}
	status := strconv.Itoa(a.status)
	if responses[status] == nil {
		t.Errorf("%s: an answer with the status %s is not in the document: %s", pattern, status, a)
		return
	}
	if a.status >= http.StatusInternalServerError {
		t.Errorf("%s: %s", pattern, a)
	}
	content, _ := at(responses[status], "content").(map[string]any)
	kind, _, err := mime.ParseMediaType(a.header.Get("Content-Type"))
	if err != nil || content[kind] == nil {
		t.Errorf("%s: an answer %s of type %q is not in the document", pattern, status, a.header.Get("Content-Type"))
		return
	}
	if !strings.HasSuffix(kind, "json") {
		return
	}
	schema := c.schema(t, "paths", path, strings.ToLower(method), "responses", status, "content", kind, "schema")
	body, err := jsonschema.UnmarshalJSON(bytes.NewReader(a.body))
	if err == nil {
		err = schema.Validate(body)
	}
	if err != nil {
		t.Errorf("%s: %v in %s", pattern, err, a)
	}
}

// The three tables say the same: routes, document, life cycle.
func TestTables(t *testing.T) {
	t.Parallel()
	w := small(t)
	var table, document []string
	public := map[string]bool{}
	for _, r := range w.routes {
		table = append(table, r.Method+" "+api.Prefix+r.Path)
		public[r.Method+" "+api.Prefix+r.Path] = r.Roles == nil
	}
	for path, methods := range at(w.contract.doc, "paths").(map[string]any) {
		for method, op := range methods.(map[string]any) {
			name := strings.ToUpper(method) + " " + path
			document = append(document, name)
			if open := at(op, "security") == nil; open != public[name] {
				t.Errorf("%s: public in the document %v, in the table %v", name, open, public[name])
			}
		}
	}
	slices.Sort(table)
	slices.Sort(document)
	if diff := cmp.Diff(table, document); diff != "" {
		t.Errorf("table and document differ:\n%s", diff)
	}
	if version := at(w.contract.doc, "openapi"); !strings.HasPrefix(version.(string), "3.1") {
		t.Errorf("OpenAPI %v", version)
	}
	for _, rule := range ticket.Lifecycle {
		people := slices.DeleteFunc(slices.Clone(rule.By), func(r ticket.Role) bool { return r == ticket.Requester || r == ticket.System })
		staffed := slices.ContainsFunc(w.routes, func(r api.Route) bool {
			return r.Command == rule.Command && slices.Equal(r.Roles, people) && r.Reach == api.OwnTicket
		})
		byCode := slices.ContainsFunc(w.routes, func(r api.Route) bool { return r.Command == rule.Command && r.Reach == api.ByCode })
		switch {
		case rule.Command == "add_member" || rule.Command == "remove_member": // the master's side of merge and unmerge
		case len(people) > 0 && !staffed:
			t.Errorf("%s has no route for %v", rule.Command, people)
		case slices.Contains(rule.By, ticket.Requester) && !byCode:
			t.Errorf("%s has no route for requesters", rule.Command)
		}
	}
}

// Every schema of the document can be compiled, and its errors are problems.
func TestDocument(t *testing.T) {
	t.Parallel()
	w := small(t)
	for name, schema := range at(w.contract.doc, "components", "schemas").(map[string]any) {
		w.contract.schema(t, "components", "schemas", name)
		for _, word := range []string{"state", "kind", "channel", "urgency", "step", "about"} {
			if property := at(schema, "properties", word); property != nil && at(property, "enum") == nil {
				t.Errorf("%s does not list the words of %s", name, word)
			}
		}
	}
	for path, methods := range at(w.contract.doc, "paths").(map[string]any) {
		for method, op := range methods.(map[string]any) {
			responses := at(op, "responses").(map[string]any)
			for status, response := range responses {
				if status >= "400" && at(response, "content", "application/problem+json") == nil {
					t.Errorf("%s %s: the answer %s is no problem", method, path, status)
				}
			}
			for _, status := range []string{"401", "403", "404", "500"} {
				if responses[status] == nil {
					t.Errorf("%s %s: no answer %s", method, path, status)
				}
			}
		}
	}
}

// bodies makes bodies that the document allows, with known codes where a word
// alone would not do.
type bodies struct {
	*contract
	words map[string]any // by the name of the property
}

// of returns the least body of an operation; nil if it has none.
func (b bodies) of(pattern string) any {
	method, path, _ := strings.Cut(pattern, " ")
	schema := at(b.doc, "paths", path, strings.ToLower(method), "requestBody", "content", "application/json", "schema")
	if schema == nil {
		return nil
	}
	return b.value("", schema)
}

func (b bodies) value(name string, schema any) any {
	if ref, ok := at(schema, "$ref").(string); ok {
		schema = at(b.doc, strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
	}
	if word, ok := b.words[name]; ok {
		return word
	}
	if options, ok := at(schema, "enum").([]any); ok {
		return options[0]
	}
	switch at(schema, "type") {
	case "object":
		object := map[string]any{}
		required, _ := at(schema, "required").([]any)
		for _, name := range required {
			object[name.(string)] = b.value(name.(string), at(schema, "properties", name.(string)))
		}
		return object
	case "integer", "number":
		return json.Number("1")
	case "boolean":
		return true
	case "string":
		return "测试用语"
	}
	return []any{}
}
