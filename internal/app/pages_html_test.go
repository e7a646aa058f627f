package app

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// elements returns all elements of a page, as a browser reads it.
func elements(t testing.TB, page string) []*html.Node {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var all []*html.Node
	for n := range root.Descendants() {
		if n.Type == html.ElementNode {
			all = append(all, n)
		}
	}
	return all
}

// attributes of an element by name.
func attributes(n *html.Node) map[string]string {
	list := make(map[string]string, len(n.Attr))
	for _, a := range n.Attr {
		list[a.Key] = a.Val
	}
	return list
}

// inputs are the attributes of all fields of a page.
func inputs(t testing.TB, page string) (list []map[string]string) {
	t.Helper()
	for _, n := range elements(t, page) {
		if n.Data == "input" {
			list = append(list, attributes(n))
		}
	}
	return list
}

// formOf returns what the form with a field would send as it stands.
func formOf(t testing.TB, page, field string) url.Values {
	t.Helper()
	for _, form := range elements(t, page) {
		if form.Data != "form" {
			continue
		}
		values := url.Values{}
		for n := range form.Descendants() {
			if n.Type == html.ElementNode && slices.Contains([]string{"input", "textarea", "select"}, n.Data) {
				collect(values, n)
			}
		}
		if values.Has(field) {
			return values
		}
	}
	t.Fatalf("no form asks %s:\n%s", field, page)
	return nil
}

// collect adds what one field would send.
func collect(values url.Values, n *html.Node) {
	a := attributes(n)
	_, checked := a["checked"]
	switch {
	case n.Data == "textarea":
		text := ""
		for c := range n.ChildNodes() {
			text += c.Data
		}
		values.Add(a["name"], text)
	case a["type"] == "radio" || a["type"] == "checkbox":
		if checked {
			values.Add(a["name"], a["value"])
		}
	default:
		values.Add(a["name"], a["value"])
	}
}
