package demo_test

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"huiyin/internal/db"
	"huiyin/internal/db/dbtest"
	"huiyin/internal/demo"
	"huiyin/internal/errs"
	"huiyin/internal/org"
	"huiyin/internal/ticket"
)

func city(t testing.TB) *demo.City {
	t.Helper()
	c, err := demo.New()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func filled(t testing.TB, d *db.DB) *org.Directory {
	t.Helper()
	if err := demo.Fill(t.Context(), d, demo.Options{}); err != nil {
		t.Fatal(err)
	}
	dir, err := org.Load(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestUnits(t *testing.T) {
	t.Parallel()
	units := city(t).Units
	if len(units) != 1341 {
		t.Errorf("%d units, the city of the mission has 1,341", len(units))
	}
	kinds, levels := map[org.UnitKind]int{}, map[org.Level]int{}
	codes, names := map[string]bool{}, map[string]bool{}
	for i, u := range units {
		kinds[u.Kind]++
		levels[u.Level]++
		if codes[u.Code] || names[u.Name] {
			t.Errorf("%s %s comes twice", u.Code, u.Name)
		}
		codes[u.Code], names[u.Name] = true, true
		if int(u.ID) != i+1 || u.Parent >= u.ID || !strings.HasSuffix(u.Path, "/") || strings.ContainsAny(u.Name+u.Short, "{}") {
			t.Errorf("%+v", u)
		}
	}
	if kinds[org.Center] != 14 || kinds[org.Township] != 186 || levels[org.TownshipLevel] != 186 {
		t.Errorf("%v %v", kinds, levels)
	}
}

func TestAccounts(t *testing.T) {
	t.Parallel()
	c := city(t)
	if len(c.Accounts) < 2800 {
		t.Errorf("only %d accounts", len(c.Accounts))
	}
	logins := map[string]bool{}
	held := map[ticket.Role]int{}
	staff := map[ticket.UnitID][]ticket.Role{}
	for _, a := range c.Accounts {
		if logins[a.Login] {
			t.Errorf("%s comes twice", a.Login)
		}
		logins[a.Login] = true
		staff[a.Unit] = append(staff[a.Unit], a.Roles...)
		for _, r := range a.Roles {
			held[r]++
		}
	}
	for _, r := range ticket.Roles {
		if held[r] == 0 {
			t.Errorf("nobody is %s", r)
		}
	}
	if held[ticket.Agent] < 60 || held[ticket.SystemAdmin] != 1 || held[ticket.SecurityAdmin] != 1 || held[ticket.AuditAdmin] != 1 {
		t.Errorf("%v", held)
	}
	for _, u := range c.Units {
		if !slices.Contains(staff[u.ID], ticket.Handler) || !slices.Contains(staff[u.ID], ticket.Approver) {
			t.Errorf("%s has nobody to handle or nobody to sign off", u.Name)
		}
	}
}

func TestSameEveryTime(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff(city(t), city(t)); diff != "" {
		t.Error(diff)
	}
}

// Every matter has a unit that answers, wherever it happens; what is proposed
// for a county or a township lies in it, or is a unit of the city.
func TestEveryMatterIsProposed(t *testing.T) {
	t.Parallel()
	d := filled(t, dbtest.Open(t, db.SQLite))
	for _, c := range d.Categories() {
		for _, a := range d.Areas() {
			e, ok := d.Propose(c.Code, a.Code, "2026-01-01")
			if !ok {
				t.Fatalf("%s in %s: nobody", c.Name, a.Name)
			}
			u, _ := d.Unit(e.Lead)
			if u.Level != org.CityLevel && !d.AreaWithin(a.Code, u.Area) {
				t.Fatalf("%s in %s: %s", c.Name, a.Name, u.Name)
			}
		}
		if e, ok := d.Propose(c.Code, "", "2026-01-01"); !ok || e.Area != "" {
			t.Errorf("%s without an area: %+v", c.Name, e)
		}
	}
	proposed := func(category, area, unit string) {
		t.Helper()
		e, _ := d.Propose(category, area, "2026-01-01")
		if u, _ := d.Unit(e.Lead); u.Code != unit {
			t.Errorf("%s in %s: %s, want %s", category, area, u.Code, unit)
		}
	}
	named := func(name string) string {
		i := slices.IndexFunc(d.Categories(), func(c org.Category) bool { return c.Name == name })
		return d.Categories()[i].Code
	}
	proposed(named("地铁运营服务"), "350102001", "city-metro")
	proposed(named("村居环境"), "350181106", "350181106")
	proposed(named("占用消防车通道"), "350102001", "350102-fire")
	proposed(named("流动摊贩"), "3501", "city-urban-enforcement")
}

func TestCategories(t *testing.T) {
	t.Parallel()
	levels, names := map[int]int{}, map[string]bool{}
	for _, c := range city(t).Categories {
		levels[c.Level]++
		if names[c.Name] {
			t.Errorf("%s comes twice", c.Name)
		}
		names[c.Name] = true
		if !strings.HasSuffix(c.Path, "/"+c.Code+"/") || strings.Count(c.Path, "/") != c.Level+1 {
			t.Errorf("%+v", c)
		}
	}
	if levels[1] < 15 || levels[2] < 90 || levels[3] < 350 || len(levels) != 3 {
		t.Errorf("%v", levels)
	}
}

func TestFill(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		first := filled(t, d)
		c := city(t)
		if diff := cmp.Diff(c.Units, first.Units()); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(c.Entries, first.Entries()); diff != "" {
			t.Error(diff)
		}
		if len(first.Accounts()) != len(c.Accounts) || len(first.Areas()) != 200 {
			t.Errorf("%d accounts, %d areas", len(first.Accounts()), len(first.Areas()))
		}
		again := filled(t, d)
		if again.Revision() != first.Revision() {
			t.Error("a second Fill wrote something")
		}
	})
}

func TestFillKeepsOffAnotherCity(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t, db.SQLite)
	err := d.Update(t.Context(), func(tx *db.Tx) error {
		return org.InsertUnits(t.Context(), tx, []org.Unit{{ID: 1, Path: "/1/", Code: "elsewhere", Level: org.CityLevel, Kind: org.Center}})
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := demo.Fill(t.Context(), d, demo.Options{}); !errs.Is(err, errs.Conflict) {
		t.Errorf("%v", err)
	}
}

func TestShowcase(t *testing.T) {
	t.Parallel()
	d := filled(t, dbtest.Open(t, db.SQLite))
	shown := demo.Showcase(d)
	if len(shown) < 40 || len(shown) > 60 {
		t.Errorf("%d accounts", len(shown))
	}
	var roles []ticket.Role
	logins := make([]demo.Login, len(shown))
	for i, a := range shown {
		u, _ := d.Unit(a.Unit)
		logins[i] = demo.Login{Account: a, Unit: u.Name, Password: "secret, \"quoted\"", Factor: "JBSWY3DPEHPK3PXP"}
		roles = append(roles, a.Roles...)
	}
	for _, r := range ticket.Roles {
		if !slices.Contains(roles, r) {
			t.Errorf("nobody to show is %s", r)
		}
	}
	path := filepath.Join(t.TempDir(), "demo-accounts.csv")
	if err := os.WriteFile(path, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := demo.WriteAccounts(path, logins); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) != len(shown)+1 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	if diff := cmp.Diff([]string{"head", shown[0].Name, "center_head", "市12345智慧中心", "secret, \"quoted\"", "JBSWY3DPEHPK3PXP"}, rows[1]); diff != "" {
		t.Error(diff)
	}
	for login, want := range map[string]bool{"head": true, "login": false, "": false, "市12345智慧中心": false} {
		if got, err := demo.Listed(path, login); err != nil || got != want {
			t.Errorf("%q is listed: %v, %v", login, got, err)
		}
	}
	if got, err := demo.Listed(path+".none", "head"); err != nil || got {
		t.Errorf("without a list: %v, %v", got, err)
	}
}

func TestMessages(t *testing.T) {
	t.Parallel()
	messages, err := demo.Messages()
	if err != nil {
		t.Fatal(err)
	}
	if len(messages) < 40 {
		t.Errorf("only %d messages", len(messages))
	}
	d := filled(t, dbtest.Open(t, db.SQLite))
	fictional := regexp.MustCompile(`^1380000\d{4}$`)
	kinds := map[ticket.Kind]bool{}
	for _, m := range messages {
		c, known := d.Category(m.Category)
		_, somewhere := d.Area(m.Area)
		switch {
		case !known || c.Level != 3 || !somewhere:
			t.Errorf("%s: category %q, area %q", m.ID, m.Category, m.Area)
		case !slices.Contains(ticket.Channels, m.Channel) || !d.Policy().KindOn(m.Kind):
			t.Errorf("%s: %s, %s", m.ID, m.Channel, m.Kind)
		case m.Subject == "" || m.Detail == "" || m.Reply == "" || m.Name == "" || m.DaysAgo < 1 || m.ReplyHours < 1:
			t.Errorf("%s lacks something", m.ID)
		case !fictional.MatchString(m.Phone):
			t.Errorf("%s: %s may be somebody's", m.ID, m.Phone)
		}
		kinds[m.Kind] = true
	}
	if len(kinds) != 4 {
		t.Errorf("%v", kinds)
	}
}

func BenchmarkLoad(b *testing.B) {
	d := dbtest.Open(b, db.SQLite)
	filled(b, d)
	for b.Loop() {
		if _, err := org.Load(b.Context(), d); err != nil {
			b.Fatal(err)
		}
	}
}
