package ticket

// UnitID names a unit of the city's directory. Zero is no unit.
type UnitID int64

// AccountID names a person's account. Zero is nobody, as for a requester
// who needs no account and for the system itself.
type AccountID int64

// Kind is 诉求类型, what a ticket asks for.
type Kind string

// The four kinds of the mission, and two that a city may switch on.
const (
	Inquiry    Kind = "inquiry"    // 咨询
	Help       Kind = "help"       // 求助
	Complaint  Kind = "complaint"  // 投诉
	Suggestion Kind = "suggestion" // 建议
	Report     Kind = "report"     // 举报: confidential unless said otherwise
	Praise     Kind = "praise"     // 感谢
)

// Kinds lists every kind in the order people know them.
var Kinds = []Kind{Inquiry, Help, Complaint, Suggestion, Report, Praise}

// Channel is 渠道, the way a ticket came in.
type Channel string

// The nine channels of the mission, and the four other ways in.
const (
	Website  Channel = "website"
	Phone    Channel = "phone"
	Email    Channel = "email"
	Weibo    Channel = "weibo"
	WeChat   Channel = "wechat"
	App      Channel = "app"
	SMS      Channel = "sms"
	Fax      Channel = "fax"
	QQ       Channel = "qq"
	Province Channel = "province"
	Police   Channel = "police"
	Window   Channel = "window"
	Leader   Channel = "leader"
)

// Channels lists every channel in the order of the mission.
var Channels = []Channel{Website, Phone, Email, Weibo, WeChat, App, SMS, Fax, QQ, Province, Police, Window, Leader}

// Urgency is 紧急程度; it shortens limits.
type Urgency string

const (
	Normal   Urgency = "normal"   // 一般
	Urgent   Urgency = "urgent"   // 紧急
	Critical Urgency = "critical" // 特急
)

// Urgencies lists every urgency, the calmest first.
var Urgencies = []Urgency{Normal, Urgent, Critical}

// Role says what an actor may do; rules of the house §2. One account may hold
// several, and holds them at its own unit only.
type Role string

const (
	Requester       Role = "requester"        // 诉求人
	Agent           Role = "agent"            // 坐席
	ShiftLeader     Role = "shift_leader"     // 班长/质检
	Dispatcher      Role = "dispatcher"       // 批转员
	Handler         Role = "handler"          // 经办人
	Approver        Role = "approver"         // 分管领导
	Reviewer        Role = "reviewer"         // 审核员
	FollowUpAgent   Role = "follow_up_agent"  // 回访员
	Supervisor      Role = "supervisor"       // 督办员
	CenterHead      Role = "center_head"      // 中心负责人: decides second extensions
	Assessor        Role = "assessor"         // 考核员
	KnowledgeEditor Role = "knowledge_editor" // 知识编辑
	Analyst         Role = "analyst"          // 分析员/领导
	SystemAdmin     Role = "system_admin"     // 系统管理员
	SecurityAdmin   Role = "security_admin"   // 安全管理员
	AuditAdmin      Role = "audit_admin"      // 审计管理员
	System          Role = "system"           // the platform itself: sweeps and seals
)

// Roles lists every role that an account may hold.
var Roles = []Role{
	Agent, ShiftLeader, Dispatcher, Handler, Approver, Reviewer, FollowUpAgent, Supervisor, CenterHead,
	Assessor, KnowledgeEditor, Analyst, SystemAdmin, SecurityAdmin, AuditAdmin,
}

// Step is one timed part of the loop; each has its limit.
type Step string

const (
	StepAccept       Step = "accept"        // center accepts an online item
	StepSupply       Step = "supply"        // requester supplies what was asked
	StepDispatch     Step = "dispatch"      // center dispatches
	StepConsult      Step = "consult"       // center arbitrates
	StepReturn       Step = "return"        // asking for a return, counted from dispatch; no clock runs
	StepSign         Step = "sign"          // unit signs
	StepContact      Step = "contact"       // unit contacts the requester
	StepHandle       Step = "handle"        // unit handles, from dispatch to reply
	StepDecide       Step = "decide"        // superior decides a return, extension or suspension
	StepSuspend      Step = "suspend"       // until the review date of a suspension
	StepReview       Step = "review"        // center reviews a reply
	StepRate         Step = "rate"          // requester's rating window
	StepFollowUp     Step = "follow_up"     // center follows up
	StepRedo         Step = "redo"          // unit handles again
	StepDecideReview Step = "decide_review" // center decides a request for review
	StepSupervise    Step = "supervise"     // unit answers a supervision order
	StepOverall      Step = "overall"       // the whole, as the requester sees it
	StepArchive      Step = "archive"       // closed tickets rest this long, then are archived
)

// Steps lists every step in the order of the loop.
var Steps = []Step{
	StepAccept, StepSupply, StepDispatch, StepConsult, StepReturn, StepSign, StepContact, StepHandle, StepDecide,
	StepSuspend, StepReview, StepRate, StepFollowUp, StepRedo, StepDecideReview, StepSupervise, StepOverall, StepArchive,
}
