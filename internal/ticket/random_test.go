package ticket_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	. "huiyin/internal/ticket"
	"huiyin/internal/ticket/tickettest"
)

// The small city of the tests: a center, a county center with a department
// and a township below it, two city departments.
const (
	center UnitID = iota + 1
	county
	countyDept
	township
	deptA
	deptB
)

var cityUnits = []UnitID{county, countyDept, township, deptA, deptB}

type city struct{ review bool }

func (city) Limit(_ *Ticket, step Step, _ UnitID) string {
	return map[Step]string{
		StepAccept: "1h", StepSupply: "120h", StepDispatch: "1h", StepConsult: "48h", StepReturn: "24h", StepSign: "24h",
		StepContact: "24h", StepHandle: "120h", StepDecide: "24h", StepReview: "24h", StepRate: "168h", StepFollowUp: "72h",
		StepRedo: "72h", StepDecideReview: "24h", StepSupervise: "72h", StepOverall: "120h", StepArchive: "720h",
	}[step]
}
func (c city) ReviewFirst(*Ticket, UnitID) bool { return c.review }
func (city) Active(u UnitID) bool               { return u >= center && u <= deptB }
func (city) Below(u, above UnitID) bool {
	return above == county && (u == countyDept || u == township) || above == countyDept && u == township
}

func (city) Known(_, code string) bool {
	return strings.HasPrefix(code, "c") || code == "help" || code == "phone"
}

// clockTime is a calendar without weekends: the tests here are about the life
// cycle, worktime has its own.
type clockTime struct{}

func (clockTime) Due(from Instant, limit string) (Instant, bool) {
	d, err := time.ParseDuration(limit)
	if err != nil {
		panic(fmt.Sprintf("limit %q: %v", limit, err))
	}
	return from + Instant(d.Milliseconds()), false
}

func (clockTime) Shift(due, paused, resumed Instant, _ string) (Instant, bool) {
	return due + resumed - paused, false
}

func (clockTime) Extend(due Instant, days int) (Instant, bool) {
	return due + Instant(days)*Instant(24*time.Hour/time.Millisecond), false
}
func (clockTime) Day(at Instant) string { return at.Time().Format("2006-01-02") }

var policy = Policy{
	ReturnsPerUnit: 1, ReturnsBeforeConsult: 2, Extensions: 1, ExtensionDays: 10, RedoRounds: 2, FollowUpAttempts: 2,
	AppealDays: 10, SuspensionDays: 365, SubUnitMargin: 1,
}

func env(now Instant, actor Actor, review bool) Env {
	return Env{Now: now, Actor: actor, Salt: []byte("salt"), Policy: policy, Calendar: clockTime{}, City: city{review}}
}

func someone(unit UnitID, roles ...Role) Actor {
	return Actor{Account: AccountID(unit)*100 + 1, Unit: unit, Roles: roles}
}

var centerStaff = []Role{Agent, Dispatcher, Reviewer, FollowUpAgent, Supervisor, CenterHead}

var world = tickettest.World{
	Center: center, Units: cityUnits, Category: "c1", Reject: "c1", Return: "c1", Unsatisfied: "c1", Other: 7,
}

// actors are all who may turn up in a random history.
func actors() []Actor {
	all := []Actor{TheRequester(), ThePlatform(), someone(center, centerStaff...), someone(center, Agent), someone(center, Analyst)}
	for _, u := range cityUnits {
		all = append(all, someone(u, Handler), someone(u, Approver), someone(u, Dispatcher, Reviewer, Approver))
	}
	return all
}

// drawActor prefers somebody who may do it, so that histories get far, but
// also draws those who may not.
func drawActor(t *rapid.T, tk *Ticket, cmd Command) Actor {
	everybody := actors()
	rule := RuleOf(cmd.Name())
	able := slices.DeleteFunc(slices.Clone(everybody), func(a Actor) bool {
		if !slices.ContainsFunc(rule.By, a.Holds) {
			return true
		}
		if duty, ok := tk.Duty(); ok && rule.Place == AtUnit && a.Unit != duty.Unit {
			return cmd.Name() != "take_back" || !slices.Contains(Allowed(tk, a), cmd.Name())
		}
		return false
	})
	if len(able) > 0 && rapid.IntRange(0, 5).Draw(t, "able") > 0 {
		return rapid.SampledFrom(able).Draw(t, "actor")
	}
	return rapid.SampledFrom(everybody).Draw(t, "anybody")
}
