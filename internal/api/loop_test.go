package api_test

import (
	"maps"
	"net/http"
	"slices"
	"testing"
	"time"

	"huiyin/internal/api"
	"huiyin/internal/db"
	"huiyin/internal/db/dbtest"
	"huiyin/internal/ticket"
)

// move is one command of a scenario.
type move struct {
	by      ticket.UnitID // zero is the requester, with the query code
	as      ticket.Role   // the only one of who gives it; empty: all of the unit's
	command string
	body    M
	after   time.Duration // that passes first
	state   ticket.State  // after it
	refused string        // code of the conflict instead
}

const day = 24 * time.Hour

func sign(by ticket.UnitID) move { return move{by: by, command: "sign", state: "handling"} }

func accepted() []move {
	return []move{{by: center, command: "accept", state: "to_dispatch"}}
}

func dispatched(units ...ticket.UnitID) []move {
	return append(accepted(), move{by: center, command: "dispatch", body: M{"lead": units[0], "co_handlers": units[1:]}, state: "to_sign"})
}

// answers drafts and signs off a unit's reply.
func answers(by ticket.UnitID, after ticket.State) []move {
	return []move{
		{by: by, command: "draft", body: M{"text": "已修好，请放心。", "public": "已修好。", "solved": "solved"}, state: "handling"},
		{by: by, command: "sign_off", state: after},
	}
}

func rated(grade, code string) []move {
	body := M{"result": grade, "process": "satisfied", "remark": "谢谢"}
	if code != "" {
		body["code"] = code
	}
	return []move{{command: "rate", body: body, state: "to_follow_up"}}
}

var (
	pleased  = move{by: center, command: "follow_up", body: M{"reached": true, "contacted": true, "solved": true, "grade": "satisfied"}, state: "closed"}
	wantBack = M{"code": "not_our_duty", "reason": "路灯归市交通局管理", "basis": "三定方案第五条", "suggested": deptB}
	yes      = M{"approve": true, "note": "同意"}
	no       = M{"approve": false, "note": "理由不充分"}
)

// scenarios are ways through the loop, each from a new ticket.
var scenarios = map[string][]move{
	"all seven steps": slices.Concat(dispatched(deptA), []move{
		sign(deptA),
		{by: deptA, command: "contact", body: M{"way": "phone", "reached": true, "note": "约定明日现场查看"}, state: "handling"},
		{command: "urge", body: M{"note": "什么时候修？"}, state: "handling"},
	}, answers(deptA, "replied"), rated("satisfied", ""), []move{
		pleased,
		{by: center, command: "publish", body: M{"title": "路灯维修", "body": "某路段路灯不亮。", "reply": "已修好。"}, state: "closed"},
		{by: center, command: "unpublish", body: M{"note": "有误"}, state: "closed"},
	}),
	"information is asked for": {
		{by: center, command: "ask_info", body: M{"question": "请问在哪条路？"}, state: "awaiting_info"},
		{by: center, command: "accept", refused: "state"},
		{command: "supply", body: M{"text": "东街口"}, state: "submitted", after: time.Hour},
		{command: "add_material", body: M{"text": "灯杆号 12"}, state: "submitted"},
		{by: center, command: "classify", body: M{"kind": "complaint", "category": "c1"}, state: "submitted"},
		{by: center, command: "accept", state: "to_dispatch"},
	},
	"answered at once": slices.Concat([]move{{by: center, command: "answer", body: M{"text": "请拨打供电热线。"}, state: "replied"}}, rated("basically", ""), []move{pleased}),
	"refused": {
		{by: center, command: "reject", body: M{"code": "court", "note": "请向法院起诉"}, state: "rejected"},
		{by: center, command: "accept", refused: "state"},
	},
	"withdrawn": {
		{command: "withdraw", body: M{"note": "已自行解决"}, state: "withdrawn"},
		{command: "withdraw", body: M{}, refused: "state"},
	},
	"recalled": append(dispatched(deptA), move{by: center, command: "recall", body: M{"note": "派错"}, state: "to_dispatch"}),
	"return, consult, fallback": slices.Concat(dispatched(deptA), []move{
		{by: deptA, command: "request_return", body: wantBack, state: "handling"},
		{by: center, command: "decide_return", body: yes, state: "to_dispatch"},
		{by: center, command: "dispatch", body: M{"lead": deptB}, state: "to_sign"},
		{by: deptB, command: "request_return", body: M{"code": "unclear_ownership", "reason": "权属不清", "basis": "无"}, state: "handling"},
		{by: center, command: "decide_return", body: yes, state: "consulting"},
		{by: center, command: "arbitrate", body: M{"lead": deptA, "fallback": true, "note": "兜底办理"}, state: "to_sign"},
		{by: deptA, command: "request_return", body: wantBack, refused: "no_return"},
		sign(deptA),
	}, answers(deptA, "replied")),
	"a return is refused": append(dispatched(deptA),
		move{by: deptA, command: "request_return", body: wantBack, state: "handling"},
		move{by: center, command: "decide_return", body: no, state: "to_sign"},
		move{by: deptA, command: "request_return", body: wantBack, refused: "returned_before"}),
	"consult before dispatch": append(accepted(),
		move{by: center, command: "consult", body: M{"note": "涉及两家"}, state: "consulting"},
		move{by: center, command: "arbitrate", body: M{"lead": deptB, "co_handlers": []ticket.UnitID{deptA}, "note": "交通局牵头"}, state: "to_sign"}),
	"joint handling": slices.Concat(dispatched(deptA, deptB), []move{
		sign(deptA), sign(deptB),
		{by: deptA, command: "draft", body: M{"text": "已修好", "solved": "solved"}, refused: "co_handlers"},
	}, answers(deptB, "handling"), []move{
		{by: center, command: "send_back_part", body: M{"assignment": 2, "note": "请写明时间"}, state: "handling"},
	}, answers(deptB, "handling"), answers(deptA, "replied")),
	"the lead does not wait": append(dispatched(deptA, deptB), sign(deptA),
		move{by: deptA, command: "draft", body: M{"text": "已修好", "solved": "partly", "override": "协办部分不影响答复"}, state: "handling"},
		move{by: deptA, command: "send_back_draft", body: M{"note": "措辞"}, state: "handling"},
		move{by: deptA, command: "draft", body: M{"text": "已修好。", "solved": "partly", "override": "协办部分不影响答复"}, state: "handling"},
		move{by: deptA, command: "sign_off", state: "replied"}),
	"two levels": slices.Concat(dispatched(county), []move{
		sign(county),
		{by: county, command: "delegate", body: M{"lead": township, "co_handlers": []ticket.UnitID{countyDept}, "note": "请办理"}, state: "handling"},
		sign(township), sign(countyDept),
	}, answers(countyDept, "handling"), answers(township, "handling"), answers(county, "replied"), rated("satisfied", ""), []move{pleased}),
	"delegated by mistake": slices.Concat(dispatched(county), []move{
		{by: county, command: "take_back", body: M{"reason": "未曾交办"}, refused: "assignment_state"},
		{by: county, command: "delegate", body: M{"lead": township, "note": "请办理"}, state: "handling"},
		{by: county, command: "take_back", body: M{"reason": "属部门职责"}, state: "handling"},
		{by: township, command: "sign", refused: "assignment_state"},
		{by: county, command: "delegate", body: M{"lead": countyDept}, state: "handling"},
		sign(countyDept),
		{by: county, command: "take_back", body: M{"reason": "改由本级办理"}, state: "handling"},
		{by: countyDept, command: "draft", body: M{"text": "已修好", "solved": "solved"}, refused: "assignment_state"},
		{by: county, command: "delegate", body: M{"lead": township}, state: "handling"},
		sign(township),
	}, answers(township, "handling")[:1], []move{
		{by: county, command: "take_back", body: M{"reason": "来不及了"}, refused: "reply_drafted"},
		{by: township, command: "sign_off", state: "handling"},
	}, answers(county, "replied")),
	"extension": append(dispatched(deptA), sign(deptA),
		move{by: deptA, command: "request_extension", body: M{"days": 5, "reason": "需采购灯具"}, state: "handling"},
		move{by: center, command: "decide_extension", body: yes, state: "handling"},
		move{by: deptA, command: "request_extension", body: M{"days": 2, "reason": "到货延误"}, state: "handling"},
		move{by: center, command: "decide_extension", body: no, state: "handling"},
		move{by: deptA, command: "request_extension", body: M{"days": 2, "reason": "到货延误"}, refused: "overdue", after: 60 * day}),
	"a handler asks, the approver decides": append(dispatched(deptA),
		move{by: deptA, as: ticket.Handler, command: "sign", state: "handling"},
		move{by: deptA, as: ticket.Handler, command: "request_extension", body: M{"days": 3, "reason": "需采购灯具"}, state: "handling"},
		move{by: center, command: "decide_extension", body: yes, refused: "assignment_state"},
		move{by: deptA, as: ticket.Approver, command: "decline", body: M{"note": "不必延期"}, state: "handling"},
		move{by: deptA, as: ticket.Handler, command: "request_extension", body: M{"days": 1, "reason": "下雨"}, state: "handling"},
		move{by: deptA, as: ticket.Approver, command: "endorse", state: "handling"},
		move{by: center, as: ticket.Reviewer, command: "decide_extension", body: yes, state: "handling"}),
	"suspension": append(dispatched(deptA), sign(deptA),
		move{by: deptA, command: "request_suspension", body: M{"until": monday.Add(200 * day).UnixMilli(), "reason": "列入年度预算", "interim": "已列入计划"}, state: "handling"},
		move{by: center, command: "decide_suspension", body: yes, state: "suspended"},
		move{by: deptA, command: "resume", body: M{"note": "资金到位"}, state: "handling", after: day}),
	"supervision": append(dispatched(deptA), sign(deptA),
		move{by: center, command: "supervise", body: M{"reason": "久拖不决"}, state: "handling"},
		move{by: deptA, command: "answer_order", body: M{"answer": "今日办结"}, state: "handling"},
		move{by: deptA, command: "answer_order", body: M{"answer": "再答"}, refused: "no_order"}),
	"redo": slices.Concat(dispatched(deptA), []move{sign(deptA)}, answers(deptA, "replied"), rated("unsatisfied", "not_solved"), []move{
		{by: center, command: "follow_up", body: M{"reached": true, "grade": "unsatisfied", "unit_cause": true}, state: "handling"},
	}, answers(deptA, "in_review"), []move{
		{by: center, command: "send_back", body: M{"note": "没有结果"}, state: "handling"},
	}, answers(deptA, "in_review"), []move{
		{by: center, command: "approve", state: "replied"},
	}, rated("satisfied", ""), []move{pleased}),
	"review after closing": slices.Concat(dispatched(deptA), []move{sign(deptA)}, answers(deptA, "replied"), rated("satisfied", ""), []move{
		pleased,
		{command: "request_review", body: M{"reason": "又不亮了"}, state: "closed", after: day},
		{by: center, command: "decide_review", body: yes, state: "handling"},
	}),
	"confidential": {
		{command: "set_confidential", body: M{"confidential": true}, state: "submitted"},
		{by: center, command: "accept", state: "to_dispatch"},
	},
}

func (m move) path(number string) string {
	if m.by == 0 {
		return "/public/tickets/" + number + "/" + m.command
	}
	return "/tickets/" + number + "/" + m.command
}

func (w *town) play(t *testing.T, r taken, m move) {
	t.Helper()
	w.wait(m.after + time.Minute)
	asked := call{method: http.MethodPost, path: m.path(r.Number), body: m.body}
	if m.body == nil {
		asked.body = M{}
	}
	if m.by == 0 {
		asked.code = r.Code
	} else {
		asked.token = tokenOf(m.by)
	}
	if m.as != "" {
		asked.token = tokenFor(m.as, m.by)
	}
	a := w.ask(t, asked)
	if m.refused != "" {
		a.refused(t, http.StatusConflict, m.refused)
		return
	}
	if a.status != http.StatusOK {
		t.Fatalf("%s: %s", m.command, a)
	}
	var s state
	a.into(t, &s)
	if s.State != m.state {
		t.Fatalf("%s leads to %s, want %s", m.command, s.State, m.state)
	}
	if etag := a.header.Get("ETag"); etag == "" {
		t.Errorf("%s: no version in the answer", m.command)
	}
}

func TestLoop(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		w := setup(t, d)
		for _, name := range slices.Sorted(maps.Keys(scenarios)) {
			moves := scenarios[name]
			t.Run(name, func(t *testing.T) {
				r := w.submit(t, matter("路灯不亮"))
				for _, m := range moves {
					w.play(t, r, m)
				}
				last := moves[len(moves)-1]
				v := w.view(t, center, r.Number)
				if last.refused == "" && v.State != last.state {
					t.Errorf("the page says %s, want %s", v.State, last.state)
				}
				for _, c := range v.Clocks {
					w.ask(t, call{method: "GET", path: "/tickets/" + r.Number + "/clocks/" + itoa(c.No), token: tokenOf(center)}).want(t, http.StatusOK)
				}
				var track api.TrackBody
				w.ask(t, call{method: "GET", path: "/public/tickets/" + r.Number + "/track", code: r.Code}).want(t, http.StatusOK).into(t, &track)
				if track.State != v.State || len(track.Steps) != 7 || track.Body == "" {
					t.Errorf("the requester sees %+v", track)
				}
			})
		}
	})
}

// The scenarios leave no command out.
func TestScenariosAreComplete(t *testing.T) {
	t.Parallel()
	given := map[ticket.Name]bool{"merge": true, "unmerge": true} // in TestMerge
	for _, moves := range scenarios {
		for _, m := range moves {
			given[ticket.Name(m.command)] = given[ticket.Name(m.command)] || m.refused == ""
		}
	}
	for _, r := range small(t).routes {
		if r.Command != "" && !given[r.Command] {
			t.Errorf("no scenario gives %s", r.Command)
		}
	}
}

// A merged ticket keeps its number, its code, its rating and its follow-up.
func TestMerge(t *testing.T) {
	t.Parallel()
	w := small(t)
	master, member, other := w.submit(t, matter("路灯不亮")), w.submit(t, matter("路灯又不亮")), w.submit(t, matter("井盖缺失"))
	w.do(t, center, master.Number, "accept", nil)
	for _, m := range []taken{member, other} {
		w.do(t, center, m.Number, "accept", nil)
		if s := w.do(t, center, m.Number, "merge", M{"master": master.Number}); s.State != ticket.Merged {
			t.Fatalf("merged into %s", s.State)
		}
	}
	w.try(t, center, member.Number, "merge", M{"master": "999999999999"}).refused(t, http.StatusNotFound, "ticket_not_found")
	w.try(t, center, master.Number, "reject", M{"code": "court"}).refused(t, http.StatusConflict, "has_members")
	if s := w.do(t, center, other.Number, "unmerge", M{"note": "不是同一件事"}); s.State != ticket.ToDispatch {
		t.Fatalf("unmerged into %s", s.State)
	}
	w.ask(t, call{method: "POST", path: "/public/tickets/" + member.Number + "/rate", code: member.Code, body: M{"result": "satisfied", "process": "satisfied"}}).
		refused(t, http.StatusConflict, "state")
	for _, m := range slices.Concat(dispatched(deptA)[1:], []move{sign(deptA)}, answers(deptA, "replied")) {
		w.play(t, master, m)
	}
	if s := w.self(t, member, "rate", M{"result": "satisfied", "process": "satisfied"}); s.State != ticket.Merged {
		t.Errorf("the member is %s", s.State)
	}
	var track api.TrackBody
	w.ask(t, call{method: "GET", path: "/public/tickets/" + member.Number + "/track", code: member.Code}).want(t, http.StatusOK).into(t, &track)
	if track.Reply == "" {
		t.Error("the member does not know the master's reply")
	}
}

// What a unit took back is no longer on the list of the unit below, and the
// timeline says by whom and why.
func TestTakenBack(t *testing.T) {
	t.Parallel()
	w := small(t)
	r := w.submit(t, matter("路灯不亮"))
	for _, m := range append(dispatched(county), move{by: county, command: "delegate", body: M{"lead": township}, state: "handling"}) {
		w.play(t, r, m)
	}
	todo := func(unit ticket.UnitID) []string {
		return w.ask(t, call{method: "GET", path: "/tickets?todo=true", token: tokenOf(unit)}).want(t, http.StatusOK).numbers(t)
	}
	if !slices.Equal(todo(township), []string{r.Number}) || len(todo(county)) != 0 {
		t.Fatalf("delegated, to do are %v and %v", todo(township), todo(county))
	}
	w.do(t, county, r.Number, "take_back", M{"reason": "应由本级办理"})
	if len(todo(township)) != 0 || !slices.Equal(todo(county), []string{r.Number}) {
		t.Errorf("taken back, to do are %v and %v", todo(township), todo(county))
	}
	line := w.view(t, county, r.Number).Timeline
	last := line[len(line)-1]
	if last.Type != "taken_back" || last.Unit != county || !slices.Equal(last.Texts, []string{"应由本级办理"}) {
		t.Errorf("the timeline ends with %+v", last)
	}
}
