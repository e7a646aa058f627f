package ticket_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"huiyin/internal/errs"
	. "huiyin/internal/ticket"
)

const start Instant = 1_700_000_000_000

func submission() Submission {
	return Submission{
		ID: 42, Number: "231114000042", Center: center, Requester: 5, Kind: Help, Channel: Phone, Category: "c1", Area: "c350102",
		Title: "路灯不亮", Body: "门前路灯坏了三天", MayPublish: true,
	}
}

// TestRandomHistories proves rules 1–4 of the house over random command
// sequences: one owner and one clock (1), no skipped step, only authorised
// actors, refusals that change nothing (2), no ticket lost (3), and a replay
// that gives the state byte for byte (4).
func TestRandomHistories(t *testing.T) {
	t.Parallel()
	reached := map[State]bool{Archived: true} // by the clock alone, a month after closing
	for range 20 {
		rapid.Check(t, func(t *rapid.T) { checkHistory(t, reached) })
		if len(reached) == len(States) {
			return
		}
	}
	t.Errorf("random histories reached only %v", slices.Sorted(maps.Keys(reached)))
}

func checkHistory(t *rapid.T, reached map[State]bool) {
	review := rapid.Bool().Draw(t, "review first")
	now := start
	tk, records, err := Submit(submission(), env(now, TheRequester(), review))
	if err != nil {
		t.Fatal(err)
	}
	if rapid.Bool().Draw(t, "delegated") { // two levels are rare by chance alone
		for _, act := range []struct {
			by  Actor
			cmd Command
		}{
			{someone(center, centerStaff...), Accept{}},
			{someone(center, centerStaff...), Dispatch{Lead: county, CoHandlers: []UnitID{deptA}}},
			{someone(county, Approver), Delegate{Lead: countyDept, CoHandlers: []UnitID{township}}},
		} {
			next, more, err := Decide(tk, act.cmd, env(now, act.by, review))
			if err != nil {
				t.Fatal(err)
			}
			tk, records = next, append(records, more...)
		}
	}
	for range rapid.IntRange(5, 200).Draw(t, "length") {
		now += Instant(rapid.Int64Range(1, 30*3600*1000).Draw(t, "wait"))
		cmd := world.Command(t, &tk, actors(), now)
		actor := drawActor(t, &tk, cmd)
		before, _ := json.Marshal(tk)
		next, more, err := Decide(tk, cmd, env(now, actor, review))
		if after, _ := json.Marshal(tk); string(after) != string(before) {
			t.Fatalf("%s changed the ticket it was given", cmd.Name())
		}
		if err != nil {
			checkRefusal(t, cmd, err, next, before)
			continue
		}
		checkStep(t, &tk, &next, cmd, actor)
		tk, records = next, append(records, more...)
		reached[tk.State()] = true
	}
	checkReplay(t, &tk, records)
}

func checkRefusal(t *rapid.T, cmd Command, err error, next Ticket, before []byte) {
	if kind := errs.KindOf(err); kind == errs.Internal {
		t.Fatalf("%s: %v", cmd.Name(), err)
	}
	if after, _ := json.Marshal(next); string(after) != string(before) {
		t.Fatalf("refused %s gives another ticket", cmd.Name())
	}
}

func checkStep(t *rapid.T, before, after *Ticket, cmd Command, actor Actor) {
	if err := after.Check(); err != nil {
		t.Fatalf("%s → %s by %s: %v", before.State(), after.State(), cmd.Name(), err)
	}
	rule := RuleOf(cmd.Name())
	if !slices.ContainsFunc(rule.By, actor.Holds) {
		t.Fatalf("%s was done by %v", cmd.Name(), actor.Roles)
	}
	if rule.Place == AtCenter && actor.Unit != center && !actor.Holds(System) {
		t.Fatalf("%s was done by unit %d", cmd.Name(), actor.Unit)
	}
	checkTasks(t, after)
	if before.State() == Archived && cmd.Name() != "unpublish" {
		t.Fatalf("%s changed an archived ticket", cmd.Name())
	}
}

// does says which commands do a task, or get on with it.
var does = map[Step][]Name{
	StepAccept: {"accept"}, StepDispatch: {"dispatch"}, StepConsult: {"arbitrate"}, StepReview: {"approve"},
	StepFollowUp: {"follow_up"}, StepDecideReview: {"decide_review"}, StepSuspend: {"resume"},
	StepDecide: {"decide_return", "decide_extension", "decide_suspension"},
	// Work may be due before the signing, and a return asked for instead of it.
	StepSign: {"sign", "endorse"}, StepContact: {"contact", "endorse"}, StepHandle: {"sign", "draft", "sign_off", "endorse"},
	StepRedo:      {"draft", "sign_off", "endorse"},
	StepSupervise: {"answer_order", "draft", "sign_off"},
}

// checkTasks proves that a list of things to do names what its unit can do,
// and that nothing a unit is waited for is missing from its list.
func checkTasks(t *rapid.T, tk *Ticket) {
	listed := map[UnitID][]Name{}
	for _, c := range tk.Tasks() {
		allowed := Allowed(tk, someone(c.Unit, append([]Role{Handler, Approver}, centerStaff...)...))
		if !slices.ContainsFunc(does[c.Step], func(n Name) bool { return slices.Contains(allowed, n) }) {
			t.Fatalf("%s: unit %d has %s of assignment %d to do, but may only %v", tk.State(), c.Unit, c.Step, c.Assignment, allowed)
		}
		listed[c.Unit] = append(listed[c.Unit], does[c.Step]...)
		if c.Step == StepSign || c.Step == StepContact { // the work behind them is not listed apart
			listed[c.Unit] = append(listed[c.Unit], does[StepHandle]...)
		}
	}
	waited := []Name{
		"accept", "dispatch", "arbitrate", "approve", "decide_review", "decide_return", "decide_extension", "decide_suspension",
		"sign", "draft", "sign_off",
	}
	for _, unit := range append([]UnitID{center}, cityUnits...) {
		for _, n := range Allowed(tk, someone(unit, append([]Role{Handler, Approver}, centerStaff...)...)) {
			if slices.Contains(waited, n) && !slices.Contains(listed[unit], n) {
				t.Fatalf("%s: unit %d may %s, but has only %v to do", tk.State(), unit, n, listed[unit])
			}
		}
	}
}

func checkReplay(t *rapid.T, tk *Ticket, records []Record) {
	want, err := json.Marshal(tk)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := json.Marshal(records)
	if err != nil {
		t.Fatal(err)
	}
	var read []Record
	if err := json.Unmarshal(stored, &read); err != nil {
		t.Fatal(err)
	}
	again, err := Replay(read)
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(again)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Fatalf("replay differs (-state +replay):\n%s", diff)
	}
	rewritten, err := json.Marshal(read)
	if err != nil || string(rewritten) != string(stored) {
		t.Fatalf("records do not read back as written: %v", err)
	}
	if strings.Contains(string(stored), "路灯") {
		t.Fatal("a record carries free text")
	}
}

// TestNobodyElse tries every command as every actor in every state a random
// history visits: whoever holds none of the rule's roles is always denied.
func TestNobodyElse(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		tk, _, err := Submit(submission(), env(start, TheRequester(), false))
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			cmd := world.Command(t, &tk, actors(), start)
			rule := RuleOf(cmd.Name())
			for _, actor := range actors() {
				if slices.ContainsFunc(rule.By, actor.Holds) {
					continue
				}
				if _, _, err := Decide(tk, cmd, env(start+1000, actor, false)); !errs.Is(err, errs.Denied) {
					t.Fatalf("%s by %v: %v", cmd.Name(), actor.Roles, err)
				}
			}
			if next, _, err := Decide(tk, cmd, env(start+2000, drawActor(t, &tk, cmd), false)); err == nil {
				tk = next
			}
		}
	})
}
