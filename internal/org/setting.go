package org

// Setting says of one setting of the Policy what a page shows beside it.
type Setting struct {
	Key     string
	Title   string
	Unit    string // of the number; empty: it is none
	Meaning string
}

// PolicySettings lists the settings in the order of a page. The figures that
// hold without them are those of DefaultPolicy.
func PolicySettings() []Setting {
	return []Setting{
		{"kinds", "受理的诉求类型", "", "未列出的类型不能登记"},
		{"channels", "开通的渠道", "", "未列出的渠道不能登记"},
		{"count_same_day", "当日计入工作日", "", "工作日自当日起算；否则自下一个工作日起算"},
		{"due_same_time", "到同一时刻届满", "", "工作日时限到起算的时刻届满；否则到下班时届满"},
		{"max_returns_per_unit", "每个单位退单次数", "次", "一个单位对同一工单最多申请退单的次数"},
		{"returns_before_consult", "退单转会商次数", "次", "同一工单退单达到这一次数后，由中心会商"},
		{"max_extensions", "延期次数", "次", "审核员最多同意延期的次数，再延须由中心负责人同意"},
		{"extension_max_wd", "每次延期天数", "个工作日", "一次延期最多的工作日"},
		{"suspension_max_days", "挂账天数", "天", "自申请挂账到复查日最多的天数，按日历计"},
		{"max_redo", "重办次数", "次", "不满意最多重办的次数，此后转督办"},
		{"follow_up_attempts", "回访次数", "次", "在不同日期回访未接通达到这一次数，视为无法联系"},
		{"review_request_wd", "申请复核期限", "个工作日", "办结后可以申请复核的工作日"},
		{"sub_unit_margin_wd", "下级提前量", "个工作日", "交办下级时，下级早于本单位到期的工作日"},
		{"yellow_card_wd", "黄牌提前量", "个工作日", "到期前亮黄牌的工作日"},
		{"session_idle_minutes", "无操作退出", "分钟", "登录后这么久没有操作即退出"},
		{"session_life_hours", "登录有效期", "小时", "一次登录最长的时间"},
		{"sessions_per_account", "同时登录数", "个", "一个账号同时登录的上限，再登录时最早的一个退出"},
	}
}

func settingTitles() map[string]string {
	titles := map[string]string{}
	for _, s := range PolicySettings() {
		titles[s.Key] = s.Title
	}
	return titles
}
