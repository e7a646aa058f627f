package ticket

import "slices"

// Env is everything outside the ticket that a decision depends on.
type Env struct {
	Now      Instant
	Actor    Actor
	Salt     []byte // of the ticket, for the digests of texts
	Policy   Policy
	Calendar Calendar
	City     City
}

// Actor is who gives a command: an account with the roles it holds at its
// unit, a requester (role requester, no account) or the platform (role
// system).
type Actor struct {
	Account AccountID
	Unit    UnitID
	Roles   []Role
}

// Holds reports whether the actor has the role.
func (a Actor) Holds(role Role) bool { return slices.Contains(a.Roles, role) }

// ThePlatform is the actor of sweeps and other work nobody asked for.
func ThePlatform() Actor { return Actor{Roles: []Role{System}} }

// TheRequester is the actor behind a query code or a public form.
func TheRequester() Actor { return Actor{Roles: []Role{Requester}} }

// Calendar computes deadlines. It is pure; its version is fixed for one
// decision.
type Calendar interface {
	// Due is when a limit that starts at from ends; provisional if the years
	// it touches are not all published.
	Due(from Instant, limit string) (due Instant, provisional bool)
	// Shift moves a due instant by the time its clock stood still.
	Shift(due, paused, resumed Instant, limit string) (Instant, bool)
	// Extend moves a due instant by working days; negative is earlier.
	Extend(due Instant, workingDays int) (Instant, bool)
	// Day is the local day of an instant, as 2006-01-02.
	Day(at Instant) string
}

// City answers what the city's own data says: limits, units, codes.
type City interface {
	// Limit returns the most specific limit of a step, such as "5wd". Unit is
	// who is measured, zero when it is the center or the requester.
	Limit(t *Ticket, step Step, unit UnitID) string
	// ReviewFirst reports whether the lead's reply waits for the center.
	ReviewFirst(t *Ticket, lead UnitID) bool
	// Active reports whether tickets may be given to the unit.
	Active(unit UnitID) bool
	// Below reports whether the unit belongs to the other one's part of the tree.
	Below(unit, above UnitID) bool
	// Known reports whether the city has the code in a set: "kind", "channel",
	// "category", "area", or one of the code tables, such as "return_reason".
	Known(set, code string) bool
}

// Policy holds the numbers of the rules that are not limits; rules of the
// house §4, §5 and §7. All are a city's own data.
type Policy struct {
	ReturnsPerUnit       int // refused or granted, before a unit may not ask again
	ReturnsBeforeConsult int // granted on one ticket, before the center consults
	Extensions           int // a reviewer may grant; the next needs the center's head
	ExtensionDays        int // at most, working days
	RedoRounds           int // at most, then a supervision order
	FollowUpAttempts     int // failed on different days, then unreachable
	SuspensionDays       int // at most, of the calendar, from the request to the review date
	AppealDays           int // after closing, for a request for review
	SubUnitMargin        int // working days that a sub-unit is due before its parent
}
