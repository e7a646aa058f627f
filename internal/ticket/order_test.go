package ticket_test

import (
	"testing"

	. "huiyin/internal/ticket"
)

// An order that a reply has overtaken may be answered late, without ending the
// clock of a later order that followed from the last round.
func TestOrderAnsweredLate(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.do(center, Dispatch{Lead: deptA})
	s.do(deptA, Sign{})
	s.do(center, Supervise{Reason: "久拖"})
	unhappy := FollowUp{Reached: true, Grade: Unsatisfied, UnitCause: true}
	for range policy.RedoRounds + 1 {
		s.do(deptA, Draft{Text: "已办", Solved: "solved"})
		s.do(deptA, SignOff{})
		if s.tk.State() == InReview {
			s.do(center, Approve{})
		}
		if err := s.tk.Check(); err != nil {
			t.Fatal(err)
		}
		next, more, err := Decide(s.tk, Rate{Result: Unsatisfied, Process: Unsatisfied, Code: "c1"}, env(s.now, TheRequester(), false))
		if err != nil {
			t.Fatal(err)
		}
		s.tk, s.records = next, append(s.records, more...)
		s.do(center, unhappy)
	}
	if duty, _ := s.tk.Duty(); duty.Unit != deptA || duty.Clock.Step != StepSupervise {
		t.Fatalf("after the last round %+v is owed", duty)
	}
	s.do(deptA, AnswerOrder{Answer: "已说明"})
	if duty, _ := s.tk.Duty(); duty.Unit != deptA || duty.Clock == nil || duty.Clock.Step != StepSupervise {
		t.Errorf("the answer ended the round: %+v", duty)
	}
}
