package archtest

import (
	"bytes"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"huiyin/internal/ticket"
)

var update = flag.Bool("update", false, "write the generated docs anew")

const (
	longFile    = 400 // lines: the aim
	tooLongFile = 600 // lines: the bound
)

func TestFilesStayShort(t *testing.T) {
	t.Parallel()
	walk(t, func(path string, body []byte) {
		if filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return
		}
		switch lines := bytes.Count(body, []byte("\n")); {
		case lines > tooLongFile:
			t.Errorf("%s has %d lines; %d is the bound", path, lines, tooLongFile)
		case lines > longFile:
			t.Logf("%s has %d lines; aim at %d", path, lines, longFile)
		}
	})
}

// TestNoPathOfAMachine: a path that exists on one machine only is a test that
// passes on one machine only, and tells strangers about it.
func TestNoPathOfAMachine(t *testing.T) {
	t.Parallel()
	// Put together here so that this file does not find itself.
	var paths [][]byte
	for _, top := range []string{"work", "root", "home"} {
		paths = append(paths, []byte("/"+top+"/"))
	}
	walk(t, func(path string, body []byte) {
		if strings.HasPrefix(path, ".ci/") || bytes.IndexByte(body[:min(len(body), 8000)], 0) >= 0 {
			return
		}
		for i, line := range bytes.Split(body, []byte("\n")) {
			for _, p := range paths {
				if at := bytes.Index(line, p); at >= 0 && !inURL(line, at) {
					t.Errorf("%s:%d names %s", path, i+1, p)
				}
			}
		}
	})
}

// inURL reports whether the path at a place is the middle of a longer one, as
// in https://example.org/home/page.
func inURL(line []byte, at int) bool {
	return at > 0 && (line[at-1] == '.' || line[at-1] >= '0' && line[at-1] <= '9' || line[at-1] >= 'A' && line[at-1] <= 'Z' || line[at-1] >= 'a' && line[at-1] <= 'z')
}

// TestLifecyclePage: docs/lifecycle.md is what the one table prints.
func TestLifecyclePage(t *testing.T) {
	t.Parallel()
	want := "# The life cycle of a ticket\n\n" +
		"Printed from the table in `internal/ticket/lifecycle.go`; change it there, then run\n" +
		"`go test ./internal/archtest -run TestLifecyclePage -update`.\n\n" +
		"## States\n\n```mermaid\n" + ticket.Diagram() + "```\n\n" +
		"## Commands\n\n" +
		"*Where* says at which place the actor must stand: the center of the ticket, the unit of the assignment, the unit\n" +
		"that dispatched or delegated it (superior), or anywhere. A command whose *to* is \"stays\" never changes the state.\n\n" +
		ticket.Table()
	page := filepath.Join(root(t), "docs", "lifecycle.md")
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("docs/lifecycle.md differs from the table (-table +page); run with -update:\n%s", diff)
	}
}

// walk visits the files that belong to the repository, by their slash paths.
func walk(t *testing.T, visit func(path string, body []byte)) {
	t.Helper()
	top := root(t)
	notOurs := []string{".git", "bin", "data", "dist", "node_modules"}
	err := filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(top, path)
		if err != nil {
			return err
		}
		switch {
		case d.IsDir() && slices.Contains(notOurs, filepath.ToSlash(rel)):
			return fs.SkipDir
		case !d.Type().IsRegular():
			return nil
		}
		body, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		visit(filepath.ToSlash(rel), body)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
