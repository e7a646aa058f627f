package ui

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestWordsAreSaid: every text that is translated stands somewhere in the
// sources as it is, and its translation takes the same arguments. That every
// text that is said is translated, the pages are asked.
func TestWordsAreSaid(t *testing.T) {
	t.Parallel()
	words, err := readWords(English)
	if err != nil {
		t.Fatal(err)
	}
	sources := sources(t)
	verb := regexp.MustCompile(`%[a-z]`)
	for chinese, english := range words {
		if !slices.Equal(verb.FindAllString(chinese, -1), verb.FindAllString(english, -1)) {
			t.Errorf("%q and %q take other arguments", chinese, english)
		}
		if strings.TrimSpace(english) == "" {
			t.Errorf("%q is translated by nothing", chinese)
		}
		said := strings.NewReplacer("50", "%d", "200", "%d").Replace(strings.TrimPrefix(chinese, "请填写")) // made of parts
		if !strings.Contains(sources, chinese) && !strings.Contains(sources, said) {
			t.Errorf("%q is said nowhere", chinese)
		}
	}
	if len(words) < 300 {
		t.Errorf("only %d texts", len(words))
	}
}

// sources are the program's own texts: all but tests.
func sources(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir("../../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && slices.Contains([]string{"bin", "vendor", ".git", "data"}, d.Name()) {
			return filepath.SkipDir
		}
		if ext := filepath.Ext(path); d.IsDir() || ext != ".go" && ext != ".html" || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		source, err := os.ReadFile(path)
		all.Write(source)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}
