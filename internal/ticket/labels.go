package ticket

var stateLabels = map[State]string{
	Submitted: "待受理", AwaitingInfo: "待补充", ToDispatch: "待批转", Consulting: "会商中", ToSign: "待签收",
	Handling: "办理中", Suspended: "挂账", InReview: "待审核", Replied: "待评价", ToFollowUp: "待回访",
	Closed: "已办结", Archived: "已归档", Rejected: "不予受理", Merged: "已并单", Withdrawn: "已撤单",
}

// Label is the state's name for people.
func (s State) Label() string { return stateLabels[s] }

var assignmentLabels = map[AState]string{
	AToSign: "待签收", AHandling: "办理中", AUnitReview: "待审签", AReturnRequested: "申请退单", ADelegated: "已交办下级",
	AReplied: "已答复", AReturned: "已退单", ACancelled: "已取消",
}

// Label is the state's name for people.
func (s AState) Label() string { return assignmentLabels[s] }

var kindLabels = map[Kind]string{
	Inquiry: "咨询", Help: "求助", Complaint: "投诉", Suggestion: "建议", Report: "举报", Praise: "感谢",
}

// Label is the kind's name for people.
func (k Kind) Label() string { return kindLabels[k] }

var channelLabels = map[Channel]string{
	Website: "网站", Phone: "热线电话", Email: "电子邮件", Weibo: "微博", WeChat: "微信", App: "手机APP", SMS: "短信",
	Fax: "传真", QQ: "QQ", Province: "省平台", Police: "110", Window: "服务窗口", Leader: "领导交办",
}

// Label is the channel's name for people.
func (c Channel) Label() string { return channelLabels[c] }

var stepLabels = map[Step]string{
	StepAccept: "受理", StepSupply: "补充信息", StepDispatch: "批转", StepConsult: "会商", StepReturn: "申请退单", StepSign: "签收",
	StepContact: "联系诉求人", StepHandle: "办理", StepDecide: "审核申请", StepSuspend: "挂账复查", StepReview: "审核回复",
	StepRate: "评价", StepFollowUp: "回访", StepRedo: "重办", StepDecideReview: "复核", StepSupervise: "督办", StepOverall: "全程",
	StepArchive: "归档",
}

// Label is the step's name for people.
func (s Step) Label() string { return stepLabels[s] }

var urgencyLabels = map[Urgency]string{Normal: "一般", Urgent: "紧急", Critical: "特急"}

// Label is the urgency's name for people.
func (u Urgency) Label() string { return urgencyLabels[u] }

var roleLabels = map[Role]string{
	Agent: "坐席", ShiftLeader: "班长", Dispatcher: "批转员", Handler: "经办人", Approver: "分管领导", Reviewer: "审核员",
	FollowUpAgent: "回访员", Supervisor: "督办员", CenterHead: "中心负责人", Assessor: "考核员", KnowledgeEditor: "知识编辑",
	Analyst: "分析员", SystemAdmin: "系统管理员", SecurityAdmin: "安全管理员", AuditAdmin: "审计管理员", Requester: "诉求人", System: "系统",
}

// Label is the role's name for people.
func (r Role) Label() string { return roleLabels[r] }
