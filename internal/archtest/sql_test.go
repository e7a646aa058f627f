package archtest

import (
	"path/filepath"
	"regexp"
	"testing"
)

// bound finds a LIMIT or OFFSET that is a parameter.
var bound = regexp.MustCompile("(LIMIT|OFFSET) *(\\$|[`\"] *\\+ *[a-z]+\\.arg\\()")

// TestLimitsAreLiteral: a bound LIMIT makes SQLite plan the statement anew at
// every call.
func TestLimitsAreLiteral(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"LIMIT $2", "OFFSET `+b.arg(n)", `LIMIT " + q.arg(1)`} {
		if !bound.MatchString(text) {
			t.Errorf("%s is not found", text)
		}
	}
	walk(t, func(path string, body []byte) {
		if dir := filepath.Base(filepath.Dir(path)); filepath.Ext(path) != ".go" || dir == "archtest" {
			return
		}
		if at := bound.Find(body); at != nil {
			t.Errorf("%s has %s", path, at)
		}
	})
}
