package web

import "huiyin/internal/audit"

var actNames = map[audit.ActKind]string{
	audit.ActOpen: "打开工单", audit.ActReveal: "查看诉求人信息", audit.ActFile: "下载附件", audit.ActToken: "签发令牌", audit.ActRevoke: "撤销令牌",
	audit.ActSignIn: "登录", audit.ActSignInFailed: "登录失败", audit.ActSignOut: "退出登录", audit.ActFactor: "动态口令",
	audit.ActUser: "变更账号", audit.ActCity: "变更设置", audit.ActFind: "查询诉求人以前的诉求",
}

// ActText says in words what somebody did, from the access log.
func ActText(kind audit.ActKind, detail string) string {
	text := actNames[kind]
	if text == "" {
		text = string(kind)
	}
	if detail != "" {
		text += "：" + detail
	}
	return text
}
