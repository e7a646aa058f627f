package app

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"huiyin/internal/ticket"
	"huiyin/internal/web"
)

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
	line := unit == countyCenter && slices.Contains(s.units, township) && !s.confidential
	return unit == cityCenter || slices.Contains(s.units, unit) || line
}

// wildcards are what stands for the parts of addresses that are no ticket's.
var wildcards = map[string]string{"{clock}": "1", "{key}": "new", "{sheet}": "limits", "{login}": "somebody", "{act}": "sign-out"}

// addressOf puts a ticket into the address of a route.
func addressOf(t *testing.T, r web.Route, s *scene, command ticket.Name) string {
	t.Helper()
	path := strings.NewReplacer("{number}", s.number, "{sha256}", s.sha256, "{command}", string(command), "{$}", "").Replace(r.Path)
	for name, value := range wildcards {
		path = strings.ReplaceAll(path, name, value)
	}
	if strings.ContainsAny(path, "{}") {
		t.Fatalf("%s: nothing is known to stand there", path)
	}
	return path
}

// answers are what the forms of all commands ask, so that whoever may do
// something does it.
func answers(s *scene) url.Values {
	return url.Values{
		"lead": {"5"}, "code": {"not_our_duty"}, "reason": {"不属于本单位职责"}, "text": {"已处理完毕。"}, "note": {"请尽快"}, "basis": {"三定方案"},
		"days": {"3"}, "until": {"2026-03-20"}, "grade": {"satisfied"}, "result": {"satisfied"}, "process": {"satisfied"}, "solved": {"solved"},
		"kind": {"help"}, "category": {"c1-1"}, "area": {"350102"}, "urgency": {"normal"}, "approved": {"true"}, "granted": {"true"}, "agree": {"true"},
		"reached": {"true"}, "way": {"phone"}, "title": {"路灯不亮"}, "body": {"请修理"}, "reply": {"已修好"}, "question": {"在哪里？"}, "assignment": {"1"},
		"confidential": {"true"}, "field": {"phone"}, "purpose": {"contact"}, "number": {s.number}, "interim": {"正在处理"}, "unit": {"5"},
		"login": {"somebody"}, "name": {"某人"},
	}
}

// trial is a call of a route by somebody on a ticket.
type trial struct {
	*town
	route   web.Route
	scene   *scene
	again   func() *scene // sets the scene anew
	command ticket.Name
}

func (c trial) request(login string) asked {
	a := asked{method: c.route.Method, path: addressOf(c.t, c.route, c.scene, c.command), login: login}
	if a.method == http.MethodPost {
		a.form = answers(c.scene)
	} else if c.route.Path == "/desk/new" {
		a.path += "?form=one" // without, it leads to one
	}
	return a
}

// Every page and every form, as nobody, as every role at a city department, a
// township, another department, a county center and the city center, on
// tickets of one's own and of others, open and confidential. What is expected
// follows from the route table and from the rules of who knows of a ticket.
func TestPagesPermissions(t *testing.T) {
	t.Parallel()
	towns(t, Server{}, func(w *town) {
		for _, r := range w.surface.Pages {
			commands := []ticket.Name{""}
			if r.Commands {
				commands = nil
				for i := range ticket.Lifecycle {
					commands = append(commands, ticket.Lifecycle[i].Command)
				}
			}
			for _, command := range commands {
				w.tryRoute(trial{town: w, route: r, command: command})
			}
		}
	})
}

func (w *town) tryRoute(c trial) {
	for _, set := range []func() *scene{
		func() *scene { return w.stage(false, deptA, countyCenter) },
		func() *scene { return w.stage(false, township) },
		func() *scene { return w.stage(true, deptA, countyCenter) },
		func() *scene { return w.stage(true, township) },
		func() *scene { return w.finish(w.stage(false, deptA)) },
	} {
		c.again = set
		c.scene = set()
		if c.route.Roles == nil {
			c.anybody()
		} else {
			c.staff()
		}
		if !strings.Contains(c.route.Path, "{number}") {
			return // the ticket makes no difference
		}
	}
}

func (c trial) staff() {
	c.t.Helper()
	if a := c.ask(c.request("")); a.Code != http.StatusUnauthorized {
		c.fault("nobody", a)
	}
	for _, unit := range allUnits { // the city center last: it alone changes who knows of a ticket
		for _, role := range ticket.Roles {
			if !slices.Contains(c.route.Roles, role) && (unit != deptA || c.scene.confidential) {
				continue // refused by role wherever they are: once is enough
			}
			c.as(role, unit)
		}
	}
}

func (c *trial) as(role ticket.Role, unit ticket.UnitID) {
	c.t.Helper()
	own := strings.Contains(c.route.Path, "{number}") && c.route.Reach == web.OwnTicket
	before := c.seq(c.scene)
	a := c.ask(c.request(loginOf(role, unit)))
	changed := c.seq(c.scene) != before
	var wrong bool
	switch {
	case !slices.Contains(c.route.Roles, role):
		wrong = a.Code != http.StatusForbidden || changed
	case own && !knows(role, unit, c.scene), !c.formed():
		wrong = a.Code != http.StatusNotFound || changed
	case c.route.Method == http.MethodGet:
		wrong = a.Code != http.StatusOK || changed
	default:
		wrong = !slices.Contains([]int{http.StatusOK, http.StatusNoContent, http.StatusSeeOther, http.StatusConflict, http.StatusUnprocessableEntity}, a.Code) ||
			changed && c.command != "" && !mayGive(c.command, role, unit, c.scene)
	}
	if wrong {
		c.fault(string(role)+" at "+c.unitName(unit), a)
	}
	if changed {
		c.scene = c.again()
	}
}

// mayGive says whether somebody could give a command, whatever the state: by
// their role, and from where they stand.
func mayGive(command ticket.Name, role ticket.Role, unit ticket.UnitID, s *scene) bool {
	rule := ticket.RuleOf(command)
	if !slices.Contains(rule.By, role) {
		return false
	}
	switch rule.Place {
	case ticket.AtCenter, ticket.AtSuperior: // the city's center accepted and dispatched
		return unit == cityCenter
	case ticket.AtUnit:
		return slices.Contains(s.units, unit)
	}
	return true
}

// formed reports whether the command has a form at all: some are the platform's.
func (c trial) formed() bool {
	_, ok := web.ActByName(c.command)
	return ok || c.command == ""
}

func (c trial) unitName(unit ticket.UnitID) string {
	u, _ := c.City.Current().Unit(unit)
	return u.Name
}

// anybody tries what needs no account: on a ticket, without its code, with that
// of another ticket, and with its own.
func (c trial) anybody() {
	c.t.Helper()
	if !strings.Contains(c.route.Path, "{number}") {
		if a := c.ask(c.request("")); a.Code >= http.StatusInternalServerError || a.Code == http.StatusForbidden {
			c.fault("nobody", a)
		}
		return
	}
	other := c.stage(false)
	for who, cookie := range map[string]string{
		"nobody": "", "somebody with another ticket's code": other.number + ":" + other.code,
		"somebody with a wrong code": c.scene.number + ":" + wrongCode(c.scene.code), "one with nonsense": "..:" + c.scene.number,
	} {
		before := c.seq(c.scene)
		request := c.request("")
		request.cookies, request.from = map[string]string{"huiyin_follow": cookie}, "198.51.100."+strconv.Itoa(len(who))
		a := c.ask(request)
		open := c.route.Reach == web.Everyone && !c.scene.confidential
		if open != (a.Code == http.StatusOK) || !open && a.Code != http.StatusNotFound || c.seq(c.scene) != before {
			c.fault(who, a)
		}
		if strings.Contains(a.Body.String(), "路灯不亮") {
			c.fault(who+" reads the words", a)
		}
	}
	request := c.request("")
	request.cookies = map[string]string{"huiyin_follow": c.scene.number + ":" + c.scene.code}
	a := c.ask(request)
	offered := c.command == "" || a.Code != http.StatusNotFound // not every command is the requester's
	if offered && !slices.Contains([]int{http.StatusOK, http.StatusSeeOther, http.StatusConflict, http.StatusUnprocessableEntity}, a.Code) {
		c.fault("the requester", a)
	}
	if a.Code == http.StatusNotFound && slices.Contains(ticket.RuleOf(c.command).By, ticket.Requester) && c.command != "submit" {
		c.fault("the requester, whose command it is,", a)
	}
}

func (c trial) fault(who string, a *httptest.ResponseRecorder) {
	c.t.Helper()
	text := a.Body.String()
	if i := strings.Index(text, "<main"); i >= 0 {
		text = text[i:]
	}
	c.t.Errorf("%s %s (%s) as %s on %s: %d\n%s", c.route.Method, c.route.Path, c.command, who, c.scene, a.Code, text[:min(len(text), 600)])
}

// wrongCode is a code that differs in one digit.
func wrongCode(code string) string {
	return string('0'+(code[0]-'0'+1)%10) + code[1:]
}

// TestHiddenIsLikeNone: to somebody who may not know of it, a ticket is answered
// for as one that does not exist, to the letter.
func TestHiddenIsLikeNone(t *testing.T) {
	t.Parallel()
	const none = "991231000001"
	towns(t, Server{}, func(w *town) {
		tried := 0
		for _, confidential := range []bool{false, true} {
			s := w.stage(confidential, deptA)
			for _, r := range w.surface.Pages {
				if r.Reach != web.OwnTicket || !strings.Contains(r.Path, "{number}") {
					continue
				}
				request := trial{town: w, route: r, scene: s, command: "urge"}.request(loginOf(r.Roles[0], otherCounty))
				hidden := w.ask(request)
				request.path = strings.ReplaceAll(request.path, s.number, none)
				other := w.ask(request)
				if hidden.Code != http.StatusNotFound || hidden.Code != other.Code || strings.ReplaceAll(hidden.Body.String(), s.number, none) != other.Body.String() {
					w.t.Errorf("%s %s: %d, and %d for none", r.Method, r.Path, hidden.Code, other.Code)
				}
				tried++
			}
		}
		if tried < 12 {
			w.t.Errorf("only %d tried", tried)
		}
	})
}
