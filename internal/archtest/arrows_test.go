package archtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// module is the name that every package of the house begins with.
const module = "huiyin"

// floors lists the rooms of the house from the ground up. A room may import
// rooms of lower floors only, never a neighbour on its own.
var floors = [][]string{
	{"internal/errs"},
	// Platform: no domain word inside.
	{"internal/text", "internal/crypt", "internal/blob", "internal/schema"},
	{"internal/db"},
	{"internal/search", "internal/jobs", "internal/meter", "internal/db/dbtest"},
	// Domain, the pure core first.
	{"internal/worktime", "internal/ticket"},
	{"internal/ticket/tickettest", "internal/org", "internal/requester", "internal/auth", "internal/audit", "internal/draft", "internal/figures"},
	{"internal/casework"},
	{"internal/demo"},
	// Surfaces: they translate and never decide.
	{"internal/api", "internal/api/open311", "internal/intake", "internal/channel/mail", "internal/web/ui"},
	{"internal/web"},
	{"internal/web/portal", "internal/web/desk", "internal/web/admin"},
	{"internal/bench"},
	{"internal/app"},
	{"cmd/huiyin"},
	{"internal/archtest", "internal/e2e", "internal/e2e/browser"},
}

// only names rooms that may import less than their floor allows.
var only = map[string][]string{
	"internal/errs":     nil,
	"internal/ticket":   {"internal/errs"},
	"internal/worktime": {"internal/errs"},
	"internal/schema":   nil,
	"internal/text":     {"internal/errs"},
	"internal/crypt":    {"internal/errs"},
	"internal/blob":     {"internal/errs"},
}

// surfaces are imported by the composition root only.
var (
	surfaces = []string{"internal/api", "internal/api/open311", "internal/intake", "internal/channel/mail", "internal/web/portal", "internal/web/desk", "internal/web/admin"}
	roots    = []string{"internal/app", "internal/bench", "cmd/huiyin"}
)

// forbidden are package names that say nothing about what is inside.
var forbidden = []string{"models", "model", "utils", "util", "common", "helpers", "helper", "misc", "base", "shared"}

// pkg is what the test wants to know of a package.
type pkg struct {
	ImportPath string
	Name       string
	Doc        string
	Imports    []string
	Deps       []string
}

func (p pkg) room() string { return strings.TrimPrefix(p.ImportPath, module+"/") }

func TestArrowsPointDown(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		from := p.room()
		here := floorOf(from)
		if here < 0 {
			t.Errorf("%s stands on no floor: add it to floors", from)
			continue
		}
		for _, imported := range rooms(p.Imports) {
			switch there := floorOf(imported); {
			case there < 0:
				t.Errorf("%s imports %s, which stands on no floor", from, imported)
			case there >= here:
				t.Errorf("%s (floor %d) imports %s (floor %d): arrows point down", from, here, imported, there)
			}
			if few, ok := only[from]; ok && !slices.Contains(few, imported) {
				t.Errorf("%s imports %s; it may import only %v", from, imported, few)
			}
			if slices.Contains(surfaces, imported) && !slices.Contains(roots, from) {
				t.Errorf("%s imports the surface %s; only %v may", from, imported, roots)
			}
		}
	}
}

// TestPureRoomsReachNoOutside looks at everything a pure room pulls in, not
// only at what it names.
func TestPureRoomsReachNoOutside(t *testing.T) {
	t.Parallel()
	outside := []string{"database/sql", "net", "net/http", "os/exec", "os/signal", "log", "log/slog"}
	for _, p := range packages(t) {
		if room := p.room(); room != "internal/ticket" && room != "internal/worktime" {
			continue
		}
		for _, dep := range p.Deps {
			first, _, _ := strings.Cut(dep, "/")
			switch {
			case slices.Contains(outside, dep):
				t.Errorf("%s reaches %s", p.room(), dep)
			case strings.Contains(first, ".") && !strings.HasPrefix(dep, "vendor/"):
				t.Errorf("%s reaches the foreign module of %s", p.room(), dep)
			}
		}
	}
}

// TestPlatformKnowsNoDomain also catches what comes in by way of a third room.
func TestPlatformKnowsNoDomain(t *testing.T) {
	t.Parallel()
	first := floorOf("internal/ticket")
	for _, p := range packages(t) {
		if floorOf(p.room()) >= first {
			continue
		}
		for _, dep := range rooms(p.Deps) {
			if floorOf(dep) >= first {
				t.Errorf("platform room %s reaches %s", p.room(), dep)
			}
		}
	}
}

func TestDomainKnowsNoHTTP(t *testing.T) {
	t.Parallel()
	from, to := floorOf("internal/ticket"), floorOf("internal/demo")
	for _, p := range packages(t) {
		if f := floorOf(p.room()); f >= from && f <= to && slices.Contains(p.Imports, "net/http") {
			t.Errorf("%s imports net/http", p.room())
		}
	}
}

func TestPackagesSayWhatTheyAreFor(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		if strings.TrimSpace(p.Doc) == "" {
			t.Errorf("%s has no package comment", p.room())
		}
		if slices.Contains(forbidden, p.Name) {
			t.Errorf("%s: %q says nothing about what is inside", p.room(), p.Name)
		}
	}
}

func floorOf(room string) int {
	return slices.IndexFunc(floors, func(f []string) bool { return slices.Contains(f, room) })
}

// rooms keeps the packages of the house, by their room.
func rooms(paths []string) []string {
	var list []string
	for _, path := range paths {
		if room, ok := strings.CutPrefix(path, module+"/"); ok {
			list = append(list, room)
		}
	}
	return list
}

// packages lists the packages of the house. A package that does not build is
// listed too: that it does not is for the compiler to say.
func packages(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e", "-json=ImportPath,Name,Doc,Imports,Deps", "./...")
	cmd.Dir = root(t)
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, complaints.String())
	}
	var list []pkg
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
	if len(list) == 0 {
		t.Fatal("go list found no package")
	}
	return list
}

// root finds the folder of go.mod.
func root(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && strings.HasPrefix(string(mod), "module "+module+"\n") {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Fatal("no go.mod of the house above the test")
		}
		dir = up
	}
}
