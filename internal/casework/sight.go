package casework

import (
	"slices"

	"huiyin/internal/org"
	"huiyin/internal/ticket"
)

// Roles that work on tickets at a center, and so see confidential ones too;
// and roles that look on, and see the others.
var (
	working = []ticket.Role{
		ticket.Agent, ticket.Dispatcher, ticket.Reviewer, ticket.FollowUpAgent, ticket.Supervisor, ticket.CenterHead,
		ticket.Handler, ticket.Approver,
	}
	watching = []ticket.Role{ticket.ShiftLeader, ticket.Assessor, ticket.Analyst}
)

func works(actor ticket.Actor) bool { return slices.ContainsFunc(working, actor.Holds) }

func watches(actor ticket.Actor) bool { return slices.ContainsFunc(watching, actor.Holds) }

// sees reports whether the actor may know of the ticket: reporting line and
// task. The city center sees all; a unit what is or was assigned to it or
// below it, or what its agent took down; a confidential ticket only those who work on it or answered it, at
// the center or at the very units. Requesters are let in by number and query code before
// they come here. Administrators see nothing by being administrators.
func sees(dir *org.Directory, actor ticket.Actor, t *ticket.Ticket) bool {
	switch {
	case actor.Holds(ticket.System), actor.Holds(ticket.Requester):
		return true
	case !works(actor) && (!watches(actor) || t.Confidential):
		return false
	case actor.Unit == t.Center, actor.Unit == t.Recorded && !t.Confidential:
		return true
	}
	return slices.ContainsFunc(t.Assignments, func(a ticket.Assignment) bool {
		if t.Confidential {
			return a.Unit == actor.Unit && worksOn(&a)
		}
		return a.Unit == actor.Unit || dir.IsUnder(a.Unit, actor.Unit)
	})
}

// worksOn reports whether a unit is at work by an assignment, or has answered.
func worksOn(a *ticket.Assignment) bool { return a.State.Live() || a.State == ticket.AReplied }
