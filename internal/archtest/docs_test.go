package archtest

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var link = regexp.MustCompile(`\]\(([^)#\s]+)(#[^)\s]*)?\)`)

// TestLinksLeadSomewhere checks the links between the documents of the
// repository; what lies outside is not asked for.
func TestLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	top := root(t)
	walk(t, func(from string, body []byte) {
		if path.Ext(from) != ".md" {
			return
		}
		for _, m := range link.FindAllSubmatch(body, -1) {
			to := string(m[1])
			if strings.Contains(to, "://") || strings.HasPrefix(to, "mailto:") {
				continue
			}
			if _, err := os.Stat(filepath.Join(top, path.Dir(from), to)); err != nil {
				t.Errorf("%s links to %s: %v", from, to, err)
			}
		}
	})
}

// TestTranslationsKeepStep: a page and its translation have the same outline
// and the same commands.
func TestTranslationsKeepStep(t *testing.T) {
	t.Parallel()
	walk(t, func(name string, translated []byte) {
		base, ok := strings.CutSuffix(name, ".zh-CN.md")
		if !ok {
			return
		}
		original, err := os.ReadFile(filepath.Join(root(t), base+".md"))
		if err != nil {
			t.Error(err)
			return
		}
		for _, part := range []struct {
			what string
			find *regexp.Regexp
		}{
			{"headings", regexp.MustCompile(`(?m)^#+ `)},
			{"code blocks", regexp.MustCompile("(?m)^\\s*```")},
			{"rows of tables", regexp.MustCompile(`(?m)^\|`)},
			{"list items", regexp.MustCompile(`(?m)^(\*|\d+\.) `)},
		} {
			if a, b := count(part.find, original), count(part.find, translated); a != b {
				t.Errorf("%s has %d %s, its translation %d", base+".md", a, part.what, b)
			}
		}
	})
}

func count(r *regexp.Regexp, body []byte) int {
	return len(r.FindAllIndex(body, -1))
}
