package browser

import (
	"testing"
	"time"

	"huiyin/internal/casework"
	"huiyin/internal/requester"
	"huiyin/internal/ticket"
)

// staged is a ticket that was brought somewhere without a browser, with its
// query code.
type staged struct {
	t      *testing.T
	world  *world
	id     int64
	number string
	code   string
}

// lodged takes a matter from the public site.
func (w *world) lodged(title string) staged {
	w.t.Helper()
	r, err := w.app.Cases.Submit(w.t.Context(), ticket.TheRequester(), casework.Matter{
		Kind: ticket.Complaint, Channel: ticket.Website, Urgency: ticket.Normal, Area: "350102001", Title: title, Body: streetlight.body + "\n地点：八一七路 18 号", MayPublish: true,
		Person: requester.Person{Kind: requester.Individual, Name: "欧阳小明", Phone: "13800001234", Email: "ouyang@example.com"},
	}, "")
	if err != nil {
		w.t.Fatal(err)
	}
	return staged{t: w.t, world: w, id: r.Ticket.ID, number: r.Ticket.Number, code: r.Code}
}

// by gives a command as one of the staff; nobody is the requester.
func (s staged) by(login string, cmd ticket.Command) staged {
	s.t.Helper()
	actor := ticket.TheRequester()
	if login != "" {
		account, _ := s.world.app.City.Current().AccountByLogin(login)
		actor = account.Actor()
	}
	if _, err := s.world.app.Cases.Do(s.t.Context(), actor, s.id, cmd, casework.Options{}); err != nil {
		s.t.Fatalf("%s by %q: %v", cmd.Name(), login, err)
	}
	return s
}

func (w *world) unit(name string) ticket.UnitID {
	w.t.Helper()
	city := w.app.City.Current()
	found := city.FindUnits(name, city.CityCenter(), 1)
	if len(found) == 0 {
		w.t.Fatalf("no unit is called %s", name)
	}
	return found[0].ID
}

// The legs of the road, each from where the one before it ends.

func (s staged) accepted() staged {
	category := s.world.app.City.Current().FindCategories("路灯", 1)[0].Code
	return s.by("agent01", ticket.Accept{Facts: ticket.Facts{Category: category}})
}

func (s staged) dispatched(helpers ...string) staged {
	cmd := ticket.Dispatch{Lead: s.world.unit("市城市管理局"), Note: "请按职责办理"}
	for _, name := range helpers {
		cmd.CoHandlers = append(cmd.CoHandlers, s.world.unit(name))
	}
	return s.by("dispatcher01", cmd)
}

func (s staged) signed() staged {
	return s.by("u0030-handler", ticket.Sign{}).by("u0030-handler", ticket.Contact{Way: "phone", Reached: true, Note: "已说明处理安排"})
}

func (s staged) drafted() staged {
	return s.by("u0030-handler", ticket.Draft{Text: "路灯已经修好，请您留意。", Public: "路灯已修复。", Solved: "solved"})
}

func (s staged) replied() staged { return s.by("u0030-approver", ticket.SignOff{}) }

func (s staged) rated(g ticket.Grade) staged {
	cmd := ticket.Rate{Result: g, Process: ticket.Satisfied}
	if g == ticket.Unsatisfied {
		cmd.Code = "not_solved"
	}
	return s.by("", cmd)
}

func (s staged) followedUp() staged {
	return s.by("followup01", ticket.FollowUp{Reached: true, Contacted: true, Solved: true, Grade: ticket.Satisfied, Remark: "已电话回访"})
}

// handled is a matter that is with its unit.
func (w *world) handled(title string) staged {
	w.t.Helper()
	return w.lodged(title).accepted().dispatched().signed()
}

// asked has a request of the unit before whoever decides it.
func (s staged) asked(cmd ticket.Command) staged {
	return s.by("u0030-handler", cmd).by("u0030-approver", ticket.Endorse{})
}

// until is a day that some days from now begins.
func (w *world) until(days int) ticket.Instant {
	return ticket.At(w.time().Add(time.Duration(days) * 24 * time.Hour))
}
