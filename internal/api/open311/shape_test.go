package open311_test

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// conforms checks a JSON answer against one of the specification's schemas.
func conforms(t *testing.T, schema, body string) {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft4)
	c.AssertFormat()
	s, err := c.Compile(filepath.Join("testdata", "schema", schema+".json"))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(body))
	if err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	if err := s.Validate(doc); err != nil {
		t.Errorf("%v in %s", err, body)
	}
}

// node is an element of an XML document.
type node struct {
	name     string
	text     string
	children []*node
}

func parseXML(t *testing.T, body string) *node {
	t.Helper()
	dec := xml.NewDecoder(strings.NewReader(body))
	root := &node{}
	open := []*node{root}
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return root.children[0]
		}
		if err != nil {
			t.Fatalf("%v in %s", err, body)
		}
		top := open[len(open)-1]
		switch token := token.(type) {
		case xml.StartElement:
			if len(token.Attr) > 0 || token.Name.Space != "" {
				t.Errorf("%s has attributes or a name space", token.Name.Local)
			}
			child := &node{name: token.Name.Local}
			top.children = append(top.children, child)
			open = append(open, child)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			top.text += string(token)
		}
	}
}

// paths lists every way from the root to an element, each once.
func (n *node) paths() []string {
	list := []string{n.name}
	for _, child := range n.children {
		for _, p := range child.paths() {
			list = append(list, n.name+"/"+p)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// looksLike checks that an XML answer has exactly the elements of the
// specification's example, nested as there.
func looksLike(t *testing.T, example, body string) {
	t.Helper()
	if !strings.HasPrefix(strings.ToLower(body), `<?xml version="1.0" encoding="utf-8"?>`) {
		t.Errorf("no XML declaration in %q", body)
	}
	want, err := os.ReadFile(filepath.Join("testdata", "example", example+".xml"))
	if err != nil {
		t.Fatal(err)
	}
	w, g := parseXML(t, string(want)).paths(), parseXML(t, body).paths()
	if !slices.Equal(w, g) {
		t.Errorf("elements differ from the example %s:\nwant %q\ngot  %q", example, w, g)
	}
}

// spark converts an XML document by the Spark convention: an element with one
// kind of children is an array of them, one with several an object, one with
// none its text, which is null when there is none.
func (n *node) spark() any {
	kinds := map[string]bool{}
	for _, child := range n.children {
		kinds[child.name] = true
	}
	switch len(kinds) {
	case 0:
		if strings.TrimSpace(n.text) == "" {
			return nil
		}
		return n.text
	case 1:
		list := []any{}
		for _, child := range n.children {
			list = append(list, child.spark())
		}
		return list
	}
	object := map[string]any{}
	for _, child := range n.children {
		object[child.name] = child.spark()
	}
	return object
}

// plain writes the scalars of a JSON document as XML has them.
func plain(v any) any {
	switch v := v.(type) {
	case nil, string:
		return v
	case []any:
		list := []any{}
		for _, e := range v {
			list = append(list, plain(e))
		}
		return list
	case map[string]any:
		object := map[string]any{}
		for k, e := range v {
			object[k] = plain(e)
		}
		return object
	}
	return fmt.Sprint(v)
}

func parseJSON(t *testing.T, body string) any {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(body))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	return v
}
