package org

// The code tables that the loop asks for by name.
const (
	ReturnReasons      = "return_reason"      // 退单理由
	RejectReasons      = "reject_reason"      // 不予受理情形; the note is the right channel
	UnsatisfiedReasons = "unsatisfied_reason" // 不满意原因
	WithdrawReasons    = "withdraw_reason"    // 撤单原因
	ExtensionReasons   = "extension_reason"   // 延期理由
	SuspensionReasons  = "suspension_reason"  // 挂账理由
	SendBackReasons    = "send_back_reason"   // 审核退回原因
	SupervisionReasons = "supervision_reason" // 督办事由
	HandoverTargets    = "handover_target"    // 应急移交去向
	ExclusionReasons   = "exclusion_reason"   // 剔除考核理由
	RevealPurposes     = "reveal_purpose"     // 查看个人信息的用途
	UnreachableReasons = "unreachable_reason" // 回访未接通情形
	NuisanceReasons    = "nuisance_reason"    // 限制来电事由
)

// CodeSets lists the code tables.
var CodeSets = []string{
	ReturnReasons, RejectReasons, UnsatisfiedReasons, WithdrawReasons, ExtensionReasons, SuspensionReasons, SendBackReasons,
	SupervisionReasons, HandoverTargets, ExclusionReasons, RevealPurposes, UnreachableReasons, NuisanceReasons,
}

// CodeSetTitles names the code tables for people.
var CodeSetTitles = map[string]string{
	ReturnReasons: "退单理由", RejectReasons: "不予受理情形", UnsatisfiedReasons: "不满意原因", WithdrawReasons: "撤单原因",
	ExtensionReasons: "延期理由", SuspensionReasons: "挂账理由", SendBackReasons: "审核退回原因", SupervisionReasons: "督办事由",
	HandoverTargets: "应急移交去向", ExclusionReasons: "剔除考核理由", RevealPurposes: "查看个人信息的用途",
	UnreachableReasons: "回访未接通情形", NuisanceReasons: "限制来电事由",
}

// DefaultCodes are the code tables of the rules of the house §5 to §7.
func DefaultCodes() []Code {
	var all []Code
	put := func(set string, lines ...[3]string) {
		for i, l := range lines {
			all = append(all, Code{Set: set, Code: l[0], Name: l[1], Note: l[2], Order: i + 1, Active: true})
		}
	}
	put(ReturnReasons,
		[3]string{"not_our_area", "不属本单位管辖区域", "请注明应属区域"},
		[3]string{"not_our_duty", "不属本单位职责", "请注明职责依据和建议承办单位"},
		[3]string{"unclear_ownership", "权属不清", "请说明已核实的情况"},
		[3]string{"overlapping_duty", "职责交叉", "请列明相关单位及各自职责"},
		[3]string{"duplicate", "重复诉求", "请注明在办工单编号"},
		[3]string{"lacks_information", "信息不全，无法办理", "请注明需补充的内容以及与诉求人联系的情况"},
		[3]string{"in_legal_procedure", "已进入法定程序", "请注明程序名称和受理机关"},
	)
	put(RejectReasons, rejectReasons()...)
	put(UnsatisfiedReasons,
		[3]string{"not_solved", "问题没有解决", ""},
		[3]string{"reply_off_topic", "答非所问", ""},
		[3]string{"not_contacted", "承办单位没有联系", ""},
		[3]string{"too_slow", "办理太慢", ""},
		[3]string{"bad_attitude", "服务态度不好", ""},
		[3]string{"not_as_replied", "回复与实际不符", ""},
		[3]string{"promise_not_kept", "承诺未兑现", ""},
		[3]string{"disagree_with_policy", "不认同政策规定", "非承办单位原因"},
		[3]string{"other", "其他", ""},
	)
	put(WithdrawReasons,
		[3]string{"solved", "问题已自行解决", ""},
		[3]string{"submitted_by_mistake", "误提交", ""},
		[3]string{"submitted_elsewhere", "已通过其他途径反映", ""},
		[3]string{"no_longer_wanted", "不再需要办理", ""},
		[3]string{"other", "其他", ""},
	)
	put(ExtensionReasons,
		[3]string{"complex", "情况复杂，需进一步调查核实", ""},
		[3]string{"joint_work", "涉及多个单位，需协调处理", ""},
		[3]string{"procedure", "需履行检验、鉴定、听证等程序", ""},
		[3]string{"works", "需组织施工或采购", ""},
		[3]string{"weather", "受恶劣天气或其他不可抗力影响", ""},
		[3]string{"waiting_requester", "需等待诉求人配合", ""},
	)
	put(SuspensionReasons,
		[3]string{"plan_and_budget", "须列入建设计划或年度预算", ""},
		[3]string{"policy_pending", "有待上级政策明确", ""},
		[3]string{"legal_procedure", "须待诉讼、仲裁、复议等程序终结", ""},
		[3]string{"historic", "历史遗留问题，短期内难以解决", ""},
		[3]string{"works_under_way", "工程已实施，须待完工", ""},
	)
	put(SendBackReasons,
		[3]string{"no_answer", "未正面答复诉求", ""},
		[3]string{"no_contact", "未与诉求人联系", ""},
		[3]string{"no_basis", "缺少政策法规依据", ""},
		[3]string{"no_result", "只有计划，没有结果", ""},
		[3]string{"wording", "用语不当或有错漏", ""},
		[3]string{"personal_data", "公开内容含有个人信息", ""},
	)
	put(SupervisionReasons,
		[3]string{"overdue", "逾期未办结", ""},
		[3]string{"redo_failed", "重办后仍不满意", ""},
		[3]string{"careless", "办理敷衍", ""},
		[3]string{"group_matter", "群体性或反复反映事项", ""},
		[3]string{"leader_note", "领导批示事项", ""},
		[3]string{"public_safety", "涉及公共安全", ""},
	)
	put(HandoverTargets,
		[3]string{"110", "公安 110", ""},
		[3]string{"119", "消防 119", ""},
		[3]string{"120", "医疗急救 120", ""},
		[3]string{"122", "交通事故报警 122", ""},
	)
	put(ExclusionReasons,
		[3]string{"unreasonable", "诉求不合理", ""},
		[3]string{"beyond_duty", "超出职责权限", ""},
		[3]string{"policy_limit", "受现行政策限制", ""},
		[3]string{"force_majeure", "不可抗力", ""},
		[3]string{"malicious", "恶意投诉", ""},
		[3]string{"system_fault", "系统故障", ""},
	)
	put(RevealPurposes,
		[3]string{"contact", "联系诉求人", ""},
		[3]string{"site_visit", "现场核实", ""},
		[3]string{"follow_up", "回访", ""},
		[3]string{"identity", "核对身份", ""},
		[3]string{"emergency", "应急处置", ""},
	)
	put(UnreachableReasons,
		[3]string{"no_answer", "无人接听", ""},
		[3]string{"switched_off", "关机或无法接通", ""},
		[3]string{"wrong_number", "号码错误", ""},
		[3]string{"refused", "拒绝接受回访", ""},
	)
	put(NuisanceReasons,
		[3]string{"abuse", "辱骂、威胁工作人员", ""},
		[3]string{"flooding", "反复拨打而无诉求内容", ""},
		[3]string{"false_report", "虚构事实", ""},
		[3]string{"advertising", "推销、广告", ""},
	)
	return all
}

// rejectReasons are the grounds on which a center refuses, each with where the
// matter belongs.
func rejectReasons() [][3]string {
	return [][3]string{
		{"court", "已经或应当通过诉讼解决", "请向有管辖权的人民法院提起诉讼；诉讼服务热线 12368"},
		{"arbitration", "已经或应当通过仲裁解决", "劳动人事争议请向劳动人事争议仲裁委员会申请；其他纠纷按约定向仲裁机构申请"},
		{"discipline", "反映党员干部违纪违法", "请向纪检监察机关反映；举报电话 12388"},
		{"prosecution", "属于检察机关职权", "请向人民检察院反映；检察服务热线 12309"},
		{"admin_review", "已经或应当通过行政复议解决", "请向行政复议机关申请行政复议"},
		{"petition", "已由信访机构受理或应当通过信访办理", "请向信访机构提出或查询信访事项"},
		{"npc_cppcc", "属于人大、政协职权", "请向人大常委会或政协的办事机构反映"},
		{"military", "属于军队事务", "请向部队有关机关反映"},
		{"emergency_110", "属于警情", "请立即拨打 110"},
		{"emergency_119", "属于火警或抢险救援", "请立即拨打 119"},
		{"emergency_120", "属于医疗急救", "请立即拨打 120"},
		{"emergency_122", "属于交通事故报警", "请立即拨打 122"},
		{"outside_city", "不属于本市行政区域", "请拨打事发地的 12345 热线（外地拨打须加区号）"},
		{"secret", "涉及国家秘密、商业秘密", "请通过保密渠道向有关机关反映，请勿在本平台提交"},
		{"privacy", "涉及他人隐私且无正当理由", "如合法权益受到侵害，请通过法律途径解决"},
		{"civil", "属于民事纠纷，行政机关无权处理", "请协商或申请人民调解，也可向人民法院起诉；法律服务热线 12348"},
		{"closed_same", "同一事项已办结，没有新的事实和理由", "请查看原工单的答复；如不同意，可在规定期限内申请复核一次"},
		{"no_content", "没有实质内容或无法核实", "请补充时间、地点、经过后重新提交"},
		{"unlawful", "诉求违反法律法规或公序良俗", "请依法表达诉求"},
		{"commercial", "属于商业广告、推销", "请通过商业渠道联系"},
	}
}
