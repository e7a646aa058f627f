package intake

import (
	"slices"
	"strings"

	"huiyin/internal/errs"
	"huiyin/internal/text"
)

// Mapping says which column holds what; an empty name means that none does.
type Mapping struct {
	Title, Body, Time, Reply, ReplyTime, Person, Phone, Kind, Category, Area, Channel, ID string
}

// field is one part of a mapping: its name on the command line, and the
// headings under which it is usually found, the surest first.
type field struct {
	name     string
	to       func(*Mapping) *string
	headings []string
}

var fields = []field{
	{"id", func(m *Mapping) *string { return &m.ID }, []string{"留言编号", "工单编号", "诉求编号", "信件编号", "受理编号", "编号", "单号", "msg_id", "message_id", "ticket_id", "id"}},
	{"title", func(m *Mapping) *string { return &m.Title }, []string{"留言主题", "留言标题", "诉求标题", "工单标题", "来信标题", "信件标题", "主题", "标题", "subject", "title"}},
	{"body", func(m *Mapping) *string { return &m.Body }, []string{"留言详情", "留言内容", "诉求内容", "工单内容", "来信内容", "信件内容", "诉求描述", "详情", "内容", "正文", "detail", "details", "body", "content", "description", "text"}},
	{"time", func(m *Mapping) *string { return &m.Time }, []string{"留言时间", "留言日期", "诉求时间", "提交时间", "来信时间", "登记时间", "受理时间", "来电时间", "时间", "日期", "time", "created_at", "submitted_at", "requested_datetime", "date"}},
	{"reply", func(m *Mapping) *string { return &m.Reply }, []string{"答复意见", "答复内容", "回复内容", "回复意见", "办理结果", "答复", "回复", "reply", "answer", "response"}},
	{"reply_time", func(m *Mapping) *string { return &m.ReplyTime }, []string{"答复时间", "回复时间", "答复日期", "回复日期", "办结时间", "reply_time", "replied_at", "answered_at"}},
	{"person", func(m *Mapping) *string { return &m.Person }, []string{"留言用户", "留言人", "诉求人", "来电人", "来信人", "联系人", "姓名", "用户", "user", "name", "person", "requester"}},
	{"phone", func(m *Mapping) *string { return &m.Phone }, []string{"联系电话", "手机号码", "手机号", "来电号码", "电话号码", "联系方式", "电话", "手机", "phone", "mobile", "tel"}},
	{"kind", func(m *Mapping) *string { return &m.Kind }, []string{"诉求类型", "留言类型", "工单类型", "诉求性质", "类型", "kind", "type"}},
	{"category", func(m *Mapping) *string { return &m.Category }, []string{"事项分类", "诉求分类", "工单分类", "一级标签", "一级分类", "分类", "category", "service_code"}},
	{"area", func(m *Mapping) *string { return &m.Area }, []string{"事发地区", "所属区县", "所属区域", "事发地", "区县", "区域", "地区", "area", "district"}},
	{"channel", func(m *Mapping) *string { return &m.Channel }, []string{"诉求渠道", "来源渠道", "受理渠道", "诉求来源", "渠道", "来源", "channel", "source"}},
}

// known counts the columns that are named.
func (m Mapping) known() int {
	n := 0
	for _, f := range fields {
		if *f.to(&m) != "" {
			n++
		}
	}
	return n
}

// Guess recognises the usual Chinese and English headings. A heading stands
// for one thing only.
func Guess(header []string) Mapping {
	var m Mapping
	used := make([]bool, len(header))
	for _, f := range fields {
		for _, heading := range f.headings {
			i := slices.IndexFunc(header, func(h string) bool { return normalHeading(h) == heading })
			if i >= 0 && !used[i] {
				used[i] = true
				*f.to(&m) = text.Limit(text.Line(header[i]), maxName)
				break
			}
		}
	}
	return m
}

// normalHeading drops what people put around a heading: blanks, an asterisk
// for "required", a colon, a unit in brackets.
func normalHeading(s string) string {
	s = strings.ToLower(text.Line(s))
	s, _, _ = strings.Cut(strings.ReplaceAll(s, "（", "("), "(")
	s = strings.Trim(s, " *＊:：")
	return strings.ReplaceAll(s, " ", "_")
}

// With puts what the command line says over the mapping:
// "title=留言主题,time=留言时间"; "kind=" takes a guess back. The error is
// Invalid and names the field or the column that does not exist.
func (m Mapping) With(spec string, header []string) (Mapping, error) {
	for _, part := range strings.Split(spec, ",") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		name, column, ok := strings.Cut(part, "=")
		name, column = strings.TrimSpace(name), strings.TrimSpace(column)
		i := slices.IndexFunc(fields, func(f field) bool { return f.name == name })
		switch {
		case !ok || i < 0:
			return m, errs.InvalidField("map", "对应关系须写作“字段=列名”，字段为："+fieldNames())
		case column != "" && !slices.Contains(header, column):
			return m, errs.InvalidField("map", "文件中没有“"+column+"”这一列；列名有："+strings.Join(header, "、"))
		}
		*fields[i].to(&m) = column
	}
	return m, nil
}

func fieldNames() string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
	}
	return strings.Join(names, "、")
}

// check wants the least that a ticket needs.
func (m Mapping) check(header []string) error {
	for _, f := range fields {
		if column := *f.to(&m); column != "" && !slices.Contains(header, column) {
			return errs.InvalidField("map", "文件中没有“"+column+"”这一列")
		}
	}
	if m.Body == "" && m.Title == "" {
		return errs.InvalidField("map", "没有认出标题或内容是哪一列，请用 --map title=列名,body=列名 指明；列名有："+strings.Join(header, "、"))
	}
	return nil
}
