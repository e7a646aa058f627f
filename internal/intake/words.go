package intake

import (
	"errors"
	"slices"
	"strings"

	"huiyin/internal/errs"
	"huiyin/internal/org"
	"huiyin/internal/ticket"
)

// messageOf is the sentence of an error that a person may read.
func messageOf(err error) string {
	if e, ok := errors.AsType[*errs.Error](err); ok {
		return e.Message
	}
	return "无法处理"
}

// kindWords are what files call the kinds beside their codes and labels.
var kindWords = map[string]ticket.Kind{
	"投诉求助": ticket.Complaint, "投诉举报": ticket.Complaint, "建言": ticket.Suggestion, "意见建议": ticket.Suggestion,
	"建议意见": ticket.Suggestion, "表扬": ticket.Praise, "咨询类": ticket.Inquiry, "求决": ticket.Help,
}

func kindOf(s string) (ticket.Kind, bool) {
	for _, k := range ticket.Kinds {
		if s == string(k) || s == k.Label() || s == k.Label()+"类" {
			return k, true
		}
	}
	k, ok := kindWords[strings.ReplaceAll(s, "/", "")]
	return k, ok
}

var channelWords = map[string]ticket.Channel{
	"电话": ticket.Phone, "热线": ticket.Phone, "网络": ticket.Website, "门户网站": ticket.Website, "邮件": ticket.Email, "邮箱": ticket.Email,
	"公众号": ticket.WeChat, "手机app": ticket.App, "app": ticket.App, "来访": ticket.Window, "窗口": ticket.Window,
	"领导信箱": ticket.Leader, "省12345": ticket.Province,
}

func channelOf(s string) (ticket.Channel, bool) {
	for _, c := range ticket.Channels {
		if s == string(c) || s == c.Label() {
			return c, true
		}
	}
	c, ok := channelWords[strings.ToLower(s)]
	return c, ok
}

// categoryOf finds an active category by its code or its name.
func categoryOf(dir *org.Directory, s string) string {
	if c, ok := dir.Category(s); ok && c.Active {
		return c.Code
	}
	for _, c := range dir.Categories() {
		if c.Name == s && c.Active {
			return c.Code
		}
	}
	return ""
}

// areaOf finds an area by its code or its name.
func areaOf(dir *org.Directory, s string) string {
	if a, ok := dir.Area(s); ok {
		return a.Code
	}
	for _, a := range dir.Areas() {
		if a.Name == s {
			return a.Code
		}
	}
	return ""
}

// Words that tell a kind. The title weighs three times the body; the kind with
// the most weight wins, the first of equals.
var kindSigns = []struct {
	kind  ticket.Kind
	words []string
}{
	{ticket.Complaint, []string{"投诉", "举报", "反映", "扰民", "乱收费", "违规", "违建", "违法", "不作为", "强制", "拖欠", "欺骗", "虚假", "严重影响", "噪音", "噪声", "污染", "臭味"}},
	{ticket.Help, []string{"求助", "请求", "希望帮", "请帮", "求解决", "尽快解决", "何时能修", "没水", "停水", "停电", "办不了", "迟迟", "维修", "为民做主", "帮忙"}},
	{ticket.Inquiry, []string{"咨询", "请问", "询问", "想问", "是否", "怎么办理", "如何", "什么时候", "何时", "多少", "能不能", "可以吗", "什么条件", "什么材料"}},
	{ticket.Suggestion, []string{"建议", "提议", "建言", "希望增设", "能否增加", "应该增加", "呼吁", "优化"}},
}

// KindOf guesses a kind from the words; help, if they say nothing.
func KindOf(title, body string) ticket.Kind {
	best, most := ticket.Help, 0
	for _, s := range kindSigns {
		weight := 0
		for _, w := range s.words {
			weight += 3*min(strings.Count(title, w), 2) + min(strings.Count(body, w), 2)
		}
		if weight > most {
			best, most = s.kind, weight
		}
	}
	return best
}

// topic ties words of messages to words in the names of categories.
type topic struct {
	words []string // in a message
	names []string // in the name of a category, the most fitting first
}

var topics = []topic{
	{[]string{"噪音", "噪声", "扰民", "高音喇叭"}, []string{"噪声污染", "噪声"}},
	{[]string{"广场舞"}, []string{"广场舞噪声", "噪声污染", "噪声"}},
	{[]string{"夜间施工", "工地施工", "半夜施工"}, []string{"施工噪声", "施工管理", "噪声"}},
	{[]string{"油烟"}, []string{"餐饮油烟", "大气污染"}},
	{[]string{"废气", "异味", "臭味", "恶臭", "空气", "刺鼻"}, []string{"大气污染", "异味"}},
	{[]string{"扬尘", "粉尘", "灰尘"}, []string{"施工扬尘", "大气污染"}},
	{[]string{"污水", "黑臭", "排污", "水质", "河水", "水源"}, []string{"水体污染", "污水"}},
	{[]string{"垃圾", "脏乱", "环卫", "保洁", "厕所", "焚烧"}, []string{"环境卫生", "垃圾"}},
	{[]string{"渣土", "渣土车"}, []string{"建筑垃圾", "环境卫生"}},
	{[]string{"违建", "违章建筑", "违法建设", "私搭", "加盖"}, []string{"违法建设"}},
	{[]string{"占道", "摆摊", "摊贩", "夜市"}, []string{"占道经营"}},
	{[]string{"广告牌", "小广告"}, []string{"户外广告"}},
	{[]string{"路灯"}, []string{"照明设施", "路灯"}},
	{[]string{"路面", "修路", "坑洼", "断头路", "人行道", "井盖", "道路", "马路", "街道改造"}, []string{"市政道路", "道路"}},
	{[]string{"内涝", "积水", "下水道", "排水"}, []string{"排水内涝", "排水"}},
	{[]string{"停车", "车位"}, []string{"停车服务", "停车"}},
	{[]string{"公交", "班车"}, []string{"公共汽车", "公交"}},
	{[]string{"地铁", "轻轨", "轨道"}, []string{"轨道交通", "地铁"}},
	{[]string{"出租车", "的士", "网约车", "滴滴"}, []string{"出租汽车", "出租"}},
	{[]string{"客运", "大巴", "驾校", "货车超载"}, []string{"道路客货运输", "客运"}},
	{[]string{"农村公路", "村道", "通村", "水泥路", "县道", "国道", "省道", "高速公路", "高速"}, []string{"公路养护", "公路"}},
	{[]string{"快递", "邮政"}, []string{"邮政快递", "邮政"}},
	{[]string{"红绿灯", "信号灯", "斑马线"}, []string{"交通设施", "交通"}},
	{[]string{"拥堵", "堵车", "交警", "抓拍", "闯红灯", "逆行", "违停"}, []string{"交通秩序", "交通"}},
	{[]string{"驾驶证", "上牌", "车管所", "年检"}, []string{"车驾管业务", "交通"}},
	{[]string{"户口", "落户", "身份证", "居住证", "户籍"}, []string{"户籍证件", "户籍"}},
	{[]string{"护照", "通行证"}, []string{"出入境"}},
	{[]string{"派出所", "治安", "打架", "赌博", "盗窃", "偷", "黑恶", "报案", "传销"}, []string{"社会治安", "治安"}},
	{[]string{"诈骗", "电信诈骗"}, []string{"电信网络诈骗", "网络安全", "治安"}},
	{[]string{"工资", "欠薪", "农民工"}, []string{"工资报酬", "工资"}},
	{[]string{"劳动合同", "加班", "辞退", "劳动仲裁"}, []string{"劳动合同", "劳动"}},
	{[]string{"社保", "养老金", "养老保险", "退休", "失业"}, []string{"社会保险", "社保"}},
	{[]string{"工伤"}, []string{"工伤保险", "工伤"}},
	{[]string{"职称", "事业单位", "编制", "招聘", "考试录用", "公务员"}, []string{"人才人事", "人事"}},
	{[]string{"人才补贴", "人才引进", "购房补贴"}, []string{"人才引进", "人才人事"}},
	{[]string{"就业", "创业"}, []string{"就业创业"}},
	{[]string{"医院", "医生", "看病", "卫生院", "医疗纠纷", "门诊"}, []string{"医疗服务", "医疗"}},
	{[]string{"医保", "新农合", "报销", "合作医疗"}, []string{"医疗保险", "医保"}},
	{[]string{"疫苗", "防疫", "疫情"}, []string{"公共卫生"}},
	{[]string{"二胎", "生育", "计生", "独生子女", "社会抚养费"}, []string{"人口家庭"}},
	{[]string{"入学", "学位", "招生", "学区", "择校"}, []string{"招生入学", "招生"}},
	{[]string{"高考", "中考", "成绩"}, []string{"考试升学", "考试"}},
	{[]string{"学校", "小学", "中学", "补课", "校服", "食堂", "课桌", "班级", "寄宿"}, []string{"学校管理", "学校"}},
	{[]string{"老师", "教师", "体罚"}, []string{"师德师风", "教师"}},
	{[]string{"培训班", "培训机构", "辅导班"}, []string{"校外培训", "培训"}},
	{[]string{"幼儿园"}, []string{"学前教育"}},
	{[]string{"物业", "物业费"}, []string{"物业服务", "物业"}},
	{[]string{"业委会", "业主委员会", "业主大会"}, []string{"业主自治", "物业"}},
	{[]string{"维修基金", "维修资金", "漏水", "外墙"}, []string{"公共设施维修", "维修"}},
	{[]string{"装修"}, []string{"装修管理", "装修"}},
	{[]string{"公租房", "廉租房", "经适房", "保障房", "安居"}, []string{"住房保障", "公租房"}},
	{[]string{"开发商", "楼盘", "购房", "交房", "烂尾", "商品房", "房价", "限购", "售楼", "定金", "网签"}, []string{"商品房买卖", "商品房"}},
	{[]string{"房租", "租房", "房东", "押金"}, []string{"房屋租赁", "租房"}},
	{[]string{"房产证", "不动产", "产权证", "过户"}, []string{"不动产登记", "产权"}},
	{[]string{"公积金"}, []string{"住房公积金", "公积金"}},
	{[]string{"老旧小区", "加装电梯", "危房", "旧城改造"}, []string{"老旧小区"}},
	{[]string{"拆迁", "征收", "安置", "征地", "棚改", "补偿"}, []string{"征收补偿", "征收"}},
	{[]string{"停水", "自来水", "水压", "水费", "水表", "供水"}, []string{"供水"}},
	{[]string{"停电", "电价", "电费", "电表", "变压器", "供电", "电网", "用电"}, []string{"供电"}},
	{[]string{"燃气", "天然气", "煤气"}, []string{"燃气"}},
	{[]string{"宽带", "移动公司", "联通", "电信公司", "信号差", "流量", "手机号"}, []string{"电信服务", "电信"}},
	{[]string{"有线电视", "机顶盒", "数字电视"}, []string{"有线电视"}},
	{[]string{"充电桩"}, []string{"充电设施"}},
	{[]string{"基站", "辐射"}, []string{"辐射管理"}},
	{[]string{"环评"}, []string{"环评审批"}},
	{[]string{"食品", "过期", "餐饮", "餐馆", "农药残留"}, []string{"食品安全", "食品"}},
	{[]string{"药店", "假药", "药品"}, []string{"药品器械", "药品"}},
	{[]string{"退款", "消费", "商家", "预付", "健身房", "售后", "假货"}, []string{"消费维权", "消费"}},
	{[]string{"网购", "淘宝", "外卖"}, []string{"网络交易", "网购"}},
	{[]string{"乱收费", "涨价", "收费标准", "价格"}, []string{"价格收费", "价格"}},
	{[]string{"质量", "合格证"}, []string{"产品质量"}},
	{[]string{"电梯"}, []string{"特种设备", "电梯"}},
	{[]string{"营业执照", "工商", "注册公司"}, []string{"登记注册", "登记"}},
	{[]string{"承包地", "土地流转", "田地", "山林", "耕地", "农田"}, []string{"土地承包", "土地"}},
	{[]string{"村务", "村委", "村支书", "村主任", "村干部"}, []string{"村务管理"}},
	{[]string{"宅基地", "建房", "农房"}, []string{"宅基地"}},
	{[]string{"种粮", "农机", "惠农"}, []string{"惠农补贴"}},
	{[]string{"养猪", "养鸡", "猪场", "养殖"}, []string{"畜牧兽医", "养殖"}},
	{[]string{"水库", "水利", "灌溉", "渠道", "河道", "采砂", "砂石"}, []string{"水利建设", "水利"}},
	{[]string{"林业", "砍伐", "树林"}, []string{"林业管理", "林业"}},
	{[]string{"低保", "贫困", "扶贫", "五保", "救助"}, []string{"社会救助", "救助"}},
	{[]string{"养老院", "老人", "高龄"}, []string{"养老服务", "养老"}},
	{[]string{"残疾"}, []string{"残疾人事务", "残疾"}},
	{[]string{"结婚", "离婚"}, []string{"婚姻登记"}},
	{[]string{"墓地", "殡葬", "火葬", "坟"}, []string{"殡葬管理", "殡葬"}},
	{[]string{"退伍", "军人", "复员", "优抚", "老兵"}, []string{"退役军人"}},
	{[]string{"社区", "居委会", "邻居"}, []string{"社区治理", "社区"}},
	{[]string{"窗口", "办事大厅", "政务中心", "办证"}, []string{"办事大厅"}},
	{[]string{"公示", "信息公开"}, []string{"政务公开"}},
	{[]string{"税", "发票", "个税"}, []string{"税务服务", "税"}},
	{[]string{"拖拉", "不作为", "推诿", "作风", "态度", "贪污", "腐败"}, []string{"工作作风", "作风"}},
	{[]string{"贷款", "银行", "网贷", "集资", "理财"}, []string{"金融服务", "金融"}},
	{[]string{"消防", "安全隐患", "爆炸", "烟花"}, []string{"公共安全", "消防"}},
	{[]string{"旅游", "景区", "导游"}, []string{"旅游服务", "旅游"}},
	{[]string{"图书馆", "文化馆", "博物馆"}, []string{"文化服务", "文化"}},
	{[]string{"网吧", "KTV", "歌厅"}, []string{"文化市场"}},
	{[]string{"文物", "古迹", "祠堂"}, []string{"文物保护"}},
	{[]string{"体育", "健身", "球场"}, []string{"体育健身", "体育"}},
	{[]string{"绿化", "公园", "树木"}, []string{"园林绿化", "绿化"}},
	{[]string{"狗", "犬"}, []string{"犬类管理", "犬"}},
	{[]string{"工程款", "欠款"}, []string{"账款清欠"}},
	{[]string{"企业", "招商"}, []string{"政策兑现", "企业"}},
	{[]string{"施工", "工地", "围挡"}, []string{"施工管理", "施工"}},
	{[]string{"房屋质量", "开裂", "渗水"}, []string{"工程质量", "质量"}},
	{[]string{"规划", "用地", "容积率"}, []string{"规划管理", "规划"}},
}

// guessed is a topic with the category of the city that it stands for.
type guessed struct {
	words    []string
	category string
}

// topicsOf ties the topics to the city's own categories.
func topicsOf(dir *org.Directory) []guessed {
	var list []guessed
	for _, t := range topics {
		if code := named(dir, t.names); code != "" {
			list = append(list, guessed{t.words, code})
		}
	}
	return list
}

// named returns the category with the first of the names that fits one: the
// whole name, or else part of the name of one on the second level, the third,
// the first.
func named(dir *org.Directory, names []string) string {
	for _, name := range names {
		if code := categoryOf(dir, name); code != "" {
			return code
		}
		for _, level := range []int{2, 3, 1} {
			for _, c := range dir.Categories() {
				if c.Active && c.Level == level && strings.Contains(c.Name, name) {
					return c.Code
				}
			}
		}
	}
	return ""
}

// otherCategory is for what no word tells.
func otherCategory(dir *org.Directory) string {
	if code := named(dir, []string{"其他", "其它", "热线服务意见", "综合"}); code != "" {
		return code
	}
	all := dir.Categories()
	if i := slices.IndexFunc(all, func(c org.Category) bool { return c.Active }); i >= 0 {
		return all[i].Code
	}
	return ""
}

// guess returns the category whose words weigh most; the title weighs three
// times the body.
func guess(list []guessed, title, body string) string {
	best, most := "", 0
	for _, g := range list {
		weight := 0
		for _, w := range g.words {
			weight += 3*min(strings.Count(title, w), 2) + min(strings.Count(body, w), 2)
		}
		if weight > most {
			best, most = g.category, weight
		}
	}
	return best
}
