package ticket

import "slices"

// Name names a command, in the API, in permissions and in the docs.
type Name string

// Place says where the actor must stand to give a command.
type Place string

// The places.
const (
	AtCenter   Place = "center"   // at the center that accepted the ticket
	AtUnit     Place = "unit"     // at the unit of the assignment
	AtSuperior Place = "superior" // at the unit that dispatched or delegated the assignment
	Anywhere   Place = "anywhere" // the role alone decides
)

// Rule is one line of the life cycle: from which states a command may be
// given, by whom and where, which states follow, and which clocks it may
// start. The table drives Decide, the permission check, the docs' diagram and
// the property tests.
type Rule struct {
	Command Name
	Label   string                                      // 中文, as in "不能…"
	Decode  func(into func(any) error) (Command, error) // reads a command with e.g. a JSON decoder
	From    []State
	On      []AState   // states of the target assignment
	Request RequestFor // the endorsed request that must be pending on it
	By      []Role
	Place   Place
	To      []State // nil: the state stays
	Starts  []Step
	Offer   func(*Ticket, Actor) bool // whether a desk offers it; nil: always
}

var (
	beforeUnits = []State{Submitted, ToDispatch}
	withCenter  = []State{Submitted, AwaitingInfo, ToDispatch, Consulting}
	atWork      = []State{ToSign, Handling}
	// A co-handler goes on while the lead changes hands.
	betweenLeads = []State{ToDispatch, Consulting}
	unreplied    = []State{Submitted, AwaitingInfo, ToDispatch, Consulting, ToSign, Handling, Suspended, InReview}
	whileOpen    = append(slices.Clone(unreplied), Replied, ToFollowUp)
	notEnded     = append(slices.Clone(whileOpen), Closed)
	everywhere   = States
	afterReturn  = []State{ToDispatch, Consulting, ToSign, Handling}
	unitStaff    = []Role{Handler, Approver, Dispatcher}
	citizen      = []Role{Requester, Agent}
	intake       = []Role{Agent, Dispatcher}
	unsigned     = []AState{AToSign, AHandling}
)

func rule[C Command](label string, from []State, place Place, by []Role, to []State, starts ...Step) Rule {
	var zero C
	return Rule{
		Command: zero.Name(), Label: label, From: from, Place: place, By: by, To: to, Starts: starts,
		Decode: func(into func(any) error) (Command, error) {
			var c C
			err := into(&c)
			return c, err
		},
	}
}

func (r Rule) on(states ...AState) Rule { r.On = states; return r }

func (r Rule) offered(when func(*Ticket, Actor) bool) Rule { r.Offer = when; return r }

// never is for commands that another ticket's command carries along.
func never(*Ticket, Actor) bool { return false }

func appealed(t *Ticket, _ Actor) bool { return t.underAppeal() }

// unendorsed: a request of the actor's unit waits for its approver.
func unendorsed(t *Ticket, actor Actor) bool {
	return slices.ContainsFunc(t.Assignments, func(a Assignment) bool {
		return a.Unit == actor.Unit && a.State.Live() && a.Request != nil && !a.Request.Endorsed
	})
}

func published(t *Ticket, _ Actor) bool { return t.Published }

func ordered(t *Ticket, actor Actor) bool {
	return slices.ContainsFunc(t.Assignments, func(a Assignment) bool {
		return a.Unit == actor.Unit && (a.State.Live() || a.State == AReplied) && t.ordered(a.No, false)
	})
}

func (r Rule) asked(what RequestFor) Rule { r.Request = what; return r }

// RuleOf returns the rule of a command; nil if there is none.
func RuleOf(name Name) *Rule {
	for i := range Lifecycle {
		if Lifecycle[i].Command == name {
			return &Lifecycle[i]
		}
	}
	return nil
}

// role returns the first role of the rule that the actor holds.
func (r *Rule) role(actor Actor) (Role, bool) {
	for _, role := range r.By {
		if actor.Holds(role) {
			return role, true
		}
	}
	return "", false
}

// beside reports whether the command also may be given about a co-handler's
// part while the lead changes hands at the center; the state then stays.
func (r *Rule) beside() bool { return r.On != nil && slices.Contains(r.From, ToSign) }

// from reports whether the command may be given in the state.
func (r *Rule) from(state State) bool {
	return slices.Contains(r.From, state) || r.beside() && slices.Contains(betweenLeads, state)
}

// leadsTo reports whether the rule lets from become to.
func (r *Rule) leadsTo(from, to State) bool {
	if from == to && (r.To == nil || !slices.Contains(r.From, from)) {
		return true
	}
	return slices.Contains(r.To, to)
}

// Lifecycle is the one table of the loop; rules of the house §3–§7. Submission
// is not in it: it makes a ticket, see Submit.
var Lifecycle = []Rule{
	rule[AddMaterial]("补充材料", unreplied, Anywhere, []Role{Requester, Agent, Handler}, nil),
	rule[Supply]("补充信息", []State{AwaitingInfo}, Anywhere, citizen, []State{Submitted}),
	rule[AskInfo]("要求补充信息", []State{Submitted}, AtCenter, intake, []State{AwaitingInfo}, StepSupply),
	rule[Accept]("受理", []State{Submitted}, AtCenter, intake, []State{ToDispatch}, StepOverall, StepDispatch),
	rule[Answer]("直接答复", []State{Submitted}, AtCenter, intake, []State{Replied}, StepRate),
	rule[Reject]("不予受理", beforeUnits, AtCenter, intake, []State{Rejected}),
	rule[Classify]("调整分类", append(slices.Clone(withCenter), atWork...), AtCenter, intake, nil),
	rule[Dispatch]("批转", []State{ToDispatch}, AtCenter, []Role{Dispatcher}, []State{ToSign}, StepSign, StepContact, StepHandle),
	rule[Recall]("撤回批转", []State{ToSign}, AtCenter, []Role{Dispatcher}, []State{ToDispatch}, StepDispatch),
	rule[Consult]("提请会商", []State{ToDispatch}, AtCenter, []Role{Dispatcher}, []State{Consulting}, StepConsult),
	rule[Arbitrate]("裁定承办单位", []State{Consulting}, AtCenter, []Role{Dispatcher, CenterHead}, []State{ToSign}, StepSign, StepContact, StepHandle),
	rule[Merge]("并单", beforeUnits, AtCenter, []Role{Dispatcher}, []State{Merged}),
	rule[Unmerge]("拆并", []State{Merged}, AtCenter, []Role{Dispatcher}, []State{ToDispatch}, StepOverall, StepDispatch),
	rule[AddMember]("接收并单", []State{ToDispatch, Consulting, ToSign, Handling, Suspended, InReview}, AtCenter, []Role{Dispatcher}, nil).offered(never),
	rule[RemoveMember]("移出并单", notEnded, AtCenter, []Role{Dispatcher, System}, nil).offered(never),

	rule[Sign]("签收", atWork, AtUnit, unitStaff, atWork).on(AToSign),
	rule[Contact]("登记联系情况", []State{ToSign, Handling, Suspended}, AtUnit, unitStaff, nil).on(AHandling, ADelegated, AUnitReview, AReturnRequested),
	rule[Delegate]("交办下级", atWork, AtUnit, unitStaff, atWork, StepSign, StepContact, StepHandle).on(unsigned...),
	rule[TakeBack]("撤回交办", atWork, AtUnit, unitStaff, nil, StepContact).on(ADelegated),
	rule[RequestReturn]("申请退单", atWork, AtUnit, unitStaff, atWork, StepDecide).on(unsigned...),
	rule[RequestExtension]("申请延期", atWork, AtUnit, unitStaff, nil, StepDecide).on(AHandling),
	rule[RequestSuspension]("申请挂账", []State{Handling}, AtUnit, unitStaff, nil, StepDecide).on(AHandling),
	rule[Endorse]("审签申请", atWork, AtUnit, []Role{Approver}, nil, StepDecide).on(AHandling, AReturnRequested).offered(unendorsed),
	rule[Decline]("不同意申请", atWork, AtUnit, []Role{Approver}, atWork).on(AHandling, AReturnRequested).offered(unendorsed),
	rule[DecideReturn]("审核退单", atWork, AtSuperior, []Role{Dispatcher, CenterHead, Approver}, afterReturn, StepDispatch, StepConsult).on(AReturnRequested).asked(ForReturn),
	rule[DecideExtension]("审核延期", atWork, AtSuperior, []Role{CenterHead, Reviewer, Approver}, nil).on(AHandling).asked(ForExtension),
	rule[DecideSuspension]("审核挂账", []State{Handling}, AtSuperior, []Role{Reviewer, CenterHead}, []State{Handling, Suspended}, StepSuspend).on(AHandling).asked(ForSuspension),
	rule[Resume]("恢复办理", []State{Suspended}, AtUnit, []Role{Handler, Approver, Dispatcher, System}, []State{Handling}).on(AHandling),
	rule[Draft]("起草回复", atWork, AtUnit, unitStaff, nil).on(AHandling),
	rule[SendBackDraft]("退回修改", atWork, AtUnit, []Role{Approver}, nil).on(AUnitReview),
	rule[SignOff]("签发回复", atWork, AtUnit, []Role{Approver}, []State{ToSign, Handling, InReview, Replied}, StepReview, StepRate).on(AUnitReview),
	rule[SendBackPart]("退回下级办理", atWork, AtSuperior, []Role{Approver, Reviewer, Dispatcher}, nil, StepRedo).on(AReplied),
	rule[Approve]("审核通过", []State{InReview}, AtCenter, []Role{Reviewer}, []State{Replied}, StepRate),
	rule[SendBack]("退回重新办理", []State{InReview, Replied}, AtCenter, []Role{Reviewer}, []State{Handling}, StepRedo),

	rule[Rate]("评价", []State{Replied, Merged}, Anywhere, citizen, []State{ToFollowUp, Merged}, StepFollowUp),
	rule[FollowUp]("回访", []State{ToFollowUp, Merged}, AtCenter, []Role{FollowUpAgent}, []State{ToFollowUp, Closed, Handling, ToDispatch, Merged}, StepRedo, StepSupervise, StepOverall, StepDispatch, StepArchive),
	rule[Urge]("催办", whileOpen, Anywhere, []Role{Requester, Agent, Supervisor, System}, nil),
	rule[Supervise]("督办", []State{ToSign, Handling, Suspended}, AtCenter, []Role{Supervisor}, nil, StepSupervise),
	rule[AnswerOrder]("答复督办", whileOpen, AtUnit, unitStaff, nil).on(AToSign, AHandling, AUnitReview, AReturnRequested, ADelegated, AReplied).offered(ordered),
	rule[Withdraw]("撤单", unreplied, Anywhere, citizen, []State{Withdrawn}),
	rule[RequestReview]("申请复核", []State{Closed}, Anywhere, citizen, nil, StepDecideReview),
	rule[DecideReview]("审核复核申请", []State{Closed}, AtCenter, []Role{Reviewer, CenterHead}, []State{Closed, Handling, ToDispatch}, StepRedo, StepDispatch, StepArchive).offered(appealed),
	rule[SetConfidential]("设置保密", notEnded, Anywhere, []Role{Requester, Agent, Dispatcher}, nil),
	rule[Publish]("公开", []State{Replied, ToFollowUp, Closed}, AtCenter, []Role{Reviewer}, nil),
	rule[Unpublish]("撤下公开", everywhere, AtCenter, []Role{Reviewer, Dispatcher}, nil).offered(published),

	rule[MasterReply]("转达主单回复", []State{Merged}, Anywhere, []Role{System}, nil, StepRate),
	rule[Lapse]("到期处理", []State{AwaitingInfo, Suspended, Replied, Closed, Merged}, Anywhere, []Role{System}, []State{Submitted, Handling, ToFollowUp, Archived, Merged}, StepFollowUp),
	rule[Notice]("登记时限", everywhere, Anywhere, []Role{System}, nil),
}

// Allowed lists the commands that the actor's roles and place allow in the
// ticket's present state: what a desk offers as next actions. Decide may still
// refuse one for what it says.
func Allowed(t *Ticket, actor Actor) []Name {
	var names []Name
	for i := range Lifecycle {
		r := &Lifecycle[i]
		if role, ok := r.role(actor); !ok || role == System || !r.from(t.State()) {
			continue
		}
		if r.reaches(t, actor) && (r.Offer == nil || r.Offer(t, actor)) {
			names = append(names, r.Command)
		}
	}
	return names
}

// reaches reports whether the actor stands where the rule wants it.
func (r *Rule) reaches(t *Ticket, actor Actor) bool {
	switch {
	case r.On == nil:
		return r.Place == Anywhere || actor.Unit == t.Center
	case r.Place == AtCenter:
		return actor.Unit == t.Center
	}
	return slices.ContainsFunc(t.Assignments, func(a Assignment) bool {
		unit := a.Unit
		if r.Place == AtSuperior {
			unit = t.superior(&a)
		}
		return unit == actor.Unit && slices.Contains(r.On, a.State) && (r.Request == "" || a.asks(r.Request))
	})
}
