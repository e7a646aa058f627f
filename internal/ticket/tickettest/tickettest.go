// Package tickettest draws random histories for the property tests of the
// core and of everything that stores what the core decides.
//
// What may not enter: expectations. What must hold belongs to the tests.
package tickettest

import (
	"slices"

	"pgregory.net/rapid"

	. "huiyin/internal/ticket" //nolint:revive,staticcheck // commands read as they do in the core
)

// World is what random commands talk about.
type World struct {
	Center      UnitID
	Units       []UnitID // that may be given tickets
	Category    string   // known codes
	Reject      string
	Return      string
	Unsatisfied string
	Other       int64 // another ticket
}

// Command draws a command with plausible and implausible fields: more often
// than not one that somebody among the actors may give now, so that random
// histories get far.
func (w World) Command(t *rapid.T, tk *Ticket, actors []Actor, now Instant) Command {
	able := map[Name]bool{}
	for _, actor := range actors {
		for _, name := range Allowed(tk, actor) {
			able[name] = true
		}
	}
	// What ends a history early or only adds to it is drawn from all below.
	for _, name := range []Name{
		"withdraw", "reject", "answer", "merge", "add_material", "set_confidential", "urge", "classify", "unpublish", "add_member", "remove_member",
	} {
		delete(able, name)
	}
	text := rapid.SampledFrom([]string{"文字", "说明", "意见", "理由", ""}).Draw(t, "text")
	unit := rapid.SampledFrom(append(slices.Clone(w.Units), w.Center, 99)).Draw(t, "unit")
	co := rapid.SliceOfNDistinct(rapid.SampledFrom(w.Units), 0, 2, rapid.ID).Draw(t, "co")
	on := On{Assignment: rapid.SampledFrom([]int{0, 0, 0, 1, 2, 3}).Draw(t, "assignment")}
	yes := !rapid.Bool().Draw(t, "yes")
	grade := rapid.SampledFrom(append(slices.Clone(Grades), "odd")).Draw(t, "grade")
	days := rapid.SampledFrom([]int{5, 10, 1, 0, -1, 12}).Draw(t, "days")
	verdict := Verdict{On: on, Approve: yes, Note: text}
	all := []Command{
		AddMaterial{Text: text},
		Supply{Text: text},
		AskInfo{Question: text},
		Accept{Facts: Facts{Kind: Help, Category: w.Category}},
		Answer{Facts: Facts{Category: w.Category}, Text: text},
		Reject{Code: w.Reject},
		Classify{Facts: Facts{Kind: Complaint, Category: w.Category}},
		Dispatch{Lead: unit, CoHandlers: co},
		Recall{},
		Consult{Note: text},
		Arbitrate{Lead: unit, CoHandlers: co, Fallback: yes, Note: text},
		Merge{Master: w.Other},
		Unmerge{},
		AddMember{Member: w.Other},
		RemoveMember{Member: w.Other},
		Sign{On: on},
		Contact{On: on, Way: "phone", Reached: yes},
		Delegate{On: on, Lead: unit, CoHandlers: co},
		TakeBack{On: on, Reason: text},
		RequestReturn{On: on, Code: w.Return, Reason: text, Basis: text},
		RequestExtension{On: on, Days: days, Reason: text},
		RequestSuspension{On: on, Until: now + Instant(days)*86400000, Reason: text, Interim: text},
		Endorse{On: on},
		Decline{On: on},
		DecideReturn{Verdict: verdict},
		DecideExtension{Verdict: verdict},
		DecideSuspension{Verdict: verdict},
		Resume{On: on},
		Draft{On: on, Text: text, Solved: "solved", Override: rapid.SampledFrom([]string{"", "急"}).Draw(t, "override")},
		SendBackDraft{On: on, Note: text},
		SignOff{On: on},
		SendBackPart{On: on, Note: text},
		Approve{},
		SendBack{Note: text},
		Rate{Result: grade, Process: Satisfied, Code: w.Unsatisfied},
		FollowUp{Reached: yes, Grade: grade, UnitCause: true},
		Urge{},
		Supervise{Assignment: on.Assignment, Reason: text},
		AnswerOrder{On: on, Answer: text},
		Withdraw{},
		RequestReview{Reason: text},
		DecideReview{Approve: yes, Note: text},
		SetConfidential{Confidential: yes},
		Publish{Title: text, Body: text, Reply: text},
		Unpublish{},
		MasterReply{Text: "答复"},
		Lapse{},
		Notice{WarnDays: 1},
	}
	fitting := slices.DeleteFunc(slices.Clone(all), func(c Command) bool { return !able[c.Name()] })
	if len(fitting) > 0 && rapid.IntRange(0, 7).Draw(t, "fitting") > 0 {
		return evenly(t, "command", fitting)
	}
	return evenly(t, "command", all)
}

// evenly draws each element as often as any other; rapid alone prefers the
// first ones, and histories would never get to the end of the loop.
func evenly[T any](t *rapid.T, label string, list []T) T {
	n := rapid.Uint64().Draw(t, label) * 0x9E3779B97F4A7C15
	return list[(n>>33)%uint64(len(list))]
}
