package api_test

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"maps"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiyin/internal/api"
	"huiyin/internal/casework"
	"huiyin/internal/db"
	"huiyin/internal/db/dbtest"
	"huiyin/internal/requester"
	"huiyin/internal/ticket"
)

// scene is a ticket that somebody may or may not know of.
type scene struct {
	name         string
	number, code string
	sha256       string
	units        []ticket.UnitID // with an assignment
	confidential bool
}

// scenes are tickets in all the places that matter to the posts: at a city
// department and the county at once, below the county, at another department,
// and not dispatched yet; each open and confidential.
func (w *town) scenes(t testing.TB) []scene {
	t.Helper()
	var all []scene
	for _, confidential := range []bool{false, true} {
		for _, units := range [][]ticket.UnitID{{deptA, county}, {township}, {deptB}, nil} {
			s := scene{name: fmt.Sprintf("units %v confidential %v", units, confidential), units: units, confidential: confidential}
			w.place(t, &s)
			all = append(all, s)
		}
	}
	return all
}

func (w *town) place(t testing.TB, s *scene) {
	t.Helper()
	ctx, boss := t.Context(), w.accounts[tokenOf(center)]
	r, err := w.Submit(ctx, ticket.TheRequester(), casework.Matter{
		Kind: ticket.Help, Channel: ticket.Website, Category: "c1-1", Area: "350102", Title: "路灯不亮", Body: "请尽快修理。",
		Confidential: s.confidential, Person: requester.Person{Kind: requester.Individual, Name: "欧阳小明", Phone: "13800001234"},
	}, "")
	if err != nil {
		t.Fatal(err)
	}
	s.number, s.code = r.Ticket.Number, r.Code
	info, err := w.files.Put(strings.NewReader("现场情况说明"), "说明.txt")
	if err != nil {
		t.Fatal(err)
	}
	s.sha256 = info.SHA256
	if _, err := w.Attach(ctx, ticket.TheRequester(), r.Ticket.ID, casework.Attachment{SHA256: info.SHA256, Name: "说明.txt", Type: info.Type, Size: info.Size}); err != nil {
		t.Fatal(err)
	}
	if s.units == nil {
		return
	}
	for _, cmd := range []ticket.Command{ticket.Accept{}, ticket.Dispatch{Lead: s.units[0], CoHandlers: s.units[1:]}} {
		if _, err := w.Do(ctx, boss, r.Ticket.ID, cmd, casework.Options{}); err != nil {
			t.Fatal(err)
		}
	}
}

// knows says whether somebody who holds one role at a unit may know of the
// ticket: reporting line and task, as the rules of the house have it.
func knows(role ticket.Role, unit ticket.UnitID, s *scene) bool {
	switch role {
	case ticket.KnowledgeEditor, ticket.SystemAdmin, ticket.SecurityAdmin, ticket.AuditAdmin:
		return false
	case ticket.ShiftLeader, ticket.Assessor, ticket.Analyst:
		if s.confidential {
			return false
		}
	}
	line := unit == county && slices.Contains(s.units, township) && !s.confidential
	return unit == center || slices.Contains(s.units, unit) || line
}

// calls makes requests to routes with what each of them needs.
type calls struct {
	*town
	bodies
}

func (c calls) to(r api.Route, s *scene) call {
	c.words = map[string]any{
		"lead": int64(deptB), "code": "not_our_duty", "until": monday.Add(10 * 24 * time.Hour).UnixMilli(),
		"confidential": s.confidential, "master": s.number,
	}
	switch r.Command {
	case "reject":
		c.words["code"] = "court"
	case "delegate":
		c.words["lead"] = int64(township)
	}
	path := strings.NewReplacer("{number}", s.number, "{sha256}", s.sha256, "{clock}", "1").Replace(r.Path)
	sep := "?"
	for _, p := range c.parameters(r) {
		if at(p, "in") == "query" && at(p, "required") == true {
			path += sep + at(p, "name").(string) + "=c1-1"
			sep = "&"
		}
	}
	made := call{method: r.Method, path: path, body: c.of(r.Method + " " + api.Prefix + r.Path), hungUp: r.Path == "/events"}
	if strings.HasSuffix(r.Path, "/files") {
		made.body = bytes.NewReader([]byte("又一份说明"))
	}
	return made
}

func (c calls) parameters(r api.Route) []any {
	list, _ := at(c.doc, "paths", api.Prefix+r.Path, strings.ToLower(r.Method), "parameters").([]any)
	return list
}

// Every route, as nobody, as a stranger and as every role at a county center,
// a department and the city center, on tickets of one's own and of others.
func TestPermissions(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		w := setup(t, d)
		c := calls{w, bodies{contract: w.contract}}
		for _, r := range w.routes {
			t.Run(r.Method+" "+r.Path, func(t *testing.T) {
				for _, s := range w.scenes(t) {
					switch {
					case r.Roles != nil:
						c.staffOnly(t, r, &s)
					case r.Reach == api.ByCode:
						c.byCode(t, r, &s)
					default:
						c.open(t, r, &s)
					}
					if !strings.Contains(r.Path, "{") {
						break // the ticket makes no difference
					}
				}
			})
		}
	})
}

func (c calls) staffOnly(t *testing.T, r api.Route, s *scene) {
	c.ask(t, c.to(r, s)).refused(t, http.StatusUnauthorized, "no_token")
	stranger := c.to(r, s)
	stranger.token = "hy_forged"
	c.ask(t, stranger).refused(t, http.StatusUnauthorized, "bad_token")
	for _, unit := range posts { // the center last: it alone changes who knows of a ticket
		for _, role := range ticket.Roles {
			asked := c.to(r, s)
			asked.token = tokenFor(role, unit)
			c.outcome(t, r, s, role, unit, c.ask(t, asked))
		}
	}
}

func (c calls) outcome(t *testing.T, r api.Route, s *scene, role ticket.Role, unit ticket.UnitID, a reply) {
	t.Helper()
	code := ""
	if a.status >= http.StatusBadRequest {
		code = a.problem(t).Code
	}
	var bad bool
	switch {
	case !slices.Contains(r.Roles, role):
		bad = a.status != http.StatusForbidden || code != "role"
	case r.Reach == api.OwnTicket && strings.Contains(r.Path, "{number}") && !knows(role, unit, s):
		bad = a.status != http.StatusNotFound || code != "ticket_not_found"
	case r.Command == "withdraw" && s.confidential && a.status == http.StatusNotFound:
		bad = role != ticket.Agent || unit == center // another agent's withdrawal took it from the units
	default:
		bad = a.status == http.StatusUnauthorized || a.status == http.StatusNotFound || a.status >= http.StatusInternalServerError ||
			a.status == http.StatusBadRequest || a.status == http.StatusForbidden && (code == "role" || r.Command == "")
	}
	if bad {
		t.Errorf("%s at unit %d on %s: %s", role, unit, s.name, a)
	}
}

func (c calls) byCode(t *testing.T, r api.Route, s *scene) {
	none := c.to(r, s)
	c.ask(t, none).want(t, http.StatusUnprocessableEntity)
	wrong := c.to(r, s)
	wrong.code, wrong.from = wrongCode(s.code), sender(r.Path, s.name)
	c.ask(t, wrong).refused(t, http.StatusNotFound, "wrong_code")
	unknown := c.to(r, &scene{number: "9" + s.number[1:], confidential: s.confidential})
	unknown.code, unknown.from = wrong.code, wrong.from
	if a, b := c.ask(t, unknown), c.ask(t, wrong); a.status != b.status || !bytes.Equal(a.body, b.body) {
		t.Errorf("an unknown number and a wrong code can be told apart: %s, %s", a, b)
	}
	account := c.to(r, s)
	account.token, account.code, account.from = tokenOf(center), wrong.code, wrong.from
	c.ask(t, account).refused(t, http.StatusNotFound, "wrong_code")
	right := c.to(r, s)
	right.code = s.code
	a := c.ask(t, right)
	if a.status != http.StatusOK && a.status != http.StatusCreated && a.status != http.StatusConflict && a.status != http.StatusUnprocessableEntity {
		t.Errorf("with the right code: %s", a)
	}
}

// sender is an address of its own for each route and scene, so that wrong codes
// are refused for being wrong.
func sender(path, scene string) string {
	h := fnv.New32()
	h.Write([]byte(path + scene))
	return fmt.Sprintf("%s:1", netip.AddrFrom4([4]byte(h.Sum(nil))))
}

func (c calls) open(t *testing.T, r api.Route, s *scene) {
	want := http.StatusOK
	switch {
	case r.Method == http.MethodPost:
		want = http.StatusCreated
	case strings.Contains(r.Path, "{number}") && s.confidential:
		want = http.StatusNotFound
	}
	c.ask(t, c.to(r, s)).want(t, want)
}

// wrongCode is a code that differs in one digit.
func wrongCode(code string) string {
	return string('0'+(code[0]-'0'+1)%10) + code[1:]
}

// Lists and counts hold what somebody may open, no more and no less.
func TestListsKeepToSight(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		w := setup(t, d)
		scenes := w.scenes(t)
		for _, unit := range posts {
			for _, role := range ticket.Roles {
				token := tokenFor(role, unit)
				want := map[string]bool{}
				for i := range scenes {
					if knows(role, unit, &scenes[i]) {
						want[scenes[i].number] = true
					}
				}
				for _, path := range []string{"/tickets?limit=100", "/tickets?limit=100&q=" + "%E8%B7%AF%E7%81%AF"} {
					a := w.ask(t, call{method: "GET", path: path, token: token})
					if a.status == http.StatusForbidden && len(want) == 0 {
						continue
					}
					if diff := cmp.Diff(slices.Sorted(maps.Keys(want)), a.want(t, http.StatusOK).numbers(t)); diff != "" {
						t.Errorf("%s at %d, %s:\n%s", role, unit, path, diff)
					}
				}
				a := w.ask(t, call{method: "GET", path: "/counts", token: token})
				if a.status == http.StatusForbidden && len(want) == 0 {
					continue
				}
				counts, total := map[string]int{}, 0
				a.want(t, http.StatusOK).into(t, &counts)
				for _, n := range counts {
					total += n
				}
				if total != len(want) {
					t.Errorf("%s at %d: counts %v, want %d", role, unit, counts, len(want))
				}
			}
		}
	})
}

// numbers are those of a list, in order.
func (a reply) numbers(t testing.TB) (numbers []string) {
	t.Helper()
	var list struct{ Items []struct{ Number string } }
	a.into(t, &list)
	for _, item := range list.Items {
		numbers = append(numbers, item.Number)
	}
	slices.Sort(numbers)
	return numbers
}
