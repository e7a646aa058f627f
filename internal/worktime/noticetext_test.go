package worktime_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"huiyin/internal/errs"
	"huiyin/internal/worktime"
)

// noticeOf is the notice of a year as it was published: with the days of the
// December before, without those that belong to the next notice.
func noticeOf(t testing.TB, year int) (worktime.Year, []worktime.Fact) {
	t.Helper()
	c := builtin(t)
	y := worktime.Year{Holidays: map[string]string{}, Workdays: map[string]string{}}
	var list []worktime.Fact
	for _, f := range slices.Concat(c.Facts(year-1), c.Facts(year)) {
		newYear := strings.HasPrefix(f.Date, fmt.Sprint(year-1, "-12")) && f.Name == "元旦"
		own := strings.HasPrefix(f.Date, fmt.Sprint(year)) && !(strings.HasPrefix(f.Date[5:], "12") && f.Name == "元旦")
		switch {
		case !newYear && !own:
			continue
		case f.Kind == "holiday":
			y.Holidays[f.Date] = f.Name
		default:
			y.Workdays[f.Date] = f.Name
		}
		list = append(list, f)
	}
	return y, list
}

// hand writes notices, each in a style of its own.
type hand struct {
	pick func(n int) int // less than n
	year int
}

func (h hand) one(of ...string) string { return of[h.pick(len(of))] }

func (h hand) day(t time.Time, month bool) string {
	text := t.Format("2日")
	if month {
		text = t.Format("1月2日")
	}
	if month && (t.Year() != h.year && h.pick(2) == 0 || t.Year() == h.year && h.pick(9) == 0) {
		text = t.Format("2006年1月2日")
	}
	weekday := string([]rune("日一二三四五六")[t.Weekday()])
	return text + h.one("", "（周"+weekday+"）", "（星期"+weekday+"）", "(周"+weekday+")", "（农历初一、周"+weekday+"）")
}

// stretch is a run of days.
type stretch struct{ from, to time.Time }

func stretches(days []time.Time) (list []stretch) {
	for _, d := range days {
		if n := len(list); n > 0 && list[n-1].to.AddDate(0, 0, 1).Equal(d) {
			list[n-1].to = d
			continue
		}
		list = append(list, stretch{d, d})
	}
	return list
}

func (h hand) days(s []stretch) string {
	var parts []string
	for i, one := range s {
		month := i == 0 || one.from.Month() != s[i-1].to.Month() || h.pick(2) == 0
		text := h.day(one.from, month)
		if !one.to.Equal(one.from) {
			text += h.one("至", "－", "—", "-", "~", "到") + h.day(one.to, one.to.Month() != one.from.Month() || h.pick(3) == 0)
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, h.one("、", "和"))
}

// item writes one festival. The days off come run by run, as in 4月5日放假，
// 4月7日补休.
func (h hand) item(name string, off, worked []time.Time) string {
	var b strings.Builder
	b.WriteString(h.one(name, name, strings.ReplaceAll(name, "、", "和")) + h.one("：", ":"))
	for i, s := range stretches(off) {
		if i > 0 {
			b.WriteString("，" + h.days([]stretch{s}) + "补休")
			continue
		}
		b.WriteString(h.days([]stretch{s}) + h.one("放假", "放假调休", "放假公休", "调休放假", "，放假"))
	}
	if len(stretches(off)) == 1 {
		b.WriteString(h.one("", fmt.Sprintf("，共%d天", len(off)), fmt.Sprintf("%d天", len(off)), "，不调休", "，与周末连休"))
	}
	b.WriteString("。")
	if len(worked) > 0 {
		b.WriteString(h.days(stretches(worked)) + h.one("上班", "照常上班", "正常上班") + "。")
	}
	return b.String()
}

func (h hand) notice(list []worktime.Fact) string {
	var names []string
	off, worked := map[string][]time.Time{}, map[string][]time.Time{}
	for _, f := range list {
		day, _ := time.Parse(time.DateOnly, f.Date)
		if !slices.Contains(names, f.Name) {
			names = append(names, f.Name)
		}
		if f.Kind == "holiday" {
			off[f.Name] = append(off[f.Name], day)
		} else {
			worked[f.Name] = append(worked[f.Name], day)
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, h.one(
		"国务院办公厅关于%d年部分节假日安排的通知\n国办发明电〔%d〕7号\n各省、自治区、直辖市人民政府：\n",
		"国务院办公厅关于%d年\n部分节假日安排的通知（国办发明电〔%d〕7号）\n",
		"　　经国务院批准，现将%d年元旦、春节、国庆节放假调休日期的具体安排通知如下（见〔%d〕7号）。\n",
	), h.year, h.year-1)
	for i, name := range names {
		mark := string([]rune("一二三四五六七八九十")[i])
		b.WriteString(h.one(mark+"、", "（"+mark+"）", fmt.Sprintf("%d.", i+1), ""))
		b.WriteString(h.item(name, off[name], worked[name]) + h.one("\n", "\n\n", "\r\n　　"))
	}
	fmt.Fprintf(&b, "节假日期间，各地区、各部门要妥善安排好值班和安全、保卫等工作，遇有重大突发事件，要按规定及时报告。\n国务院办公厅\n%d年11月4日", h.year-1)
	return b.String()
}

// spoil does to a text what copying and typing does.
func (h hand) spoil(text string) string {
	wide := h.pick(2) == 0
	var b strings.Builder
	for _, r := range text {
		if wide && r >= '0' && r <= '9' {
			r += '０' - '0'
		}
		b.WriteRune(r)
		switch h.pick(40) {
		case 0:
			b.WriteString(" ")
		case 1:
			b.WriteString("\u3000")
		case 2:
			b.WriteString("\u200b")
		}
	}
	return b.String()
}

// What is written of a year is read as that year, in any style.
func TestReadNoticeOfEveryYear(t *testing.T) {
	t.Parallel()
	for year := 2008; year <= 2026; year++ {
		want, list := noticeOf(t, year)
		rapid.Check(t, func(rt *rapid.T) {
			h := hand{pick: rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "style"), 1)).IntN, year: year}
			text := h.spoil(h.notice(list))
			got, y, lines, err := worktime.ReadNotice(text)
			if diff := cmp.Diff(want, y); err != nil || got != year || diff != "" {
				rt.Fatalf("%s\n%d: %v %q\n%s\n%+v", text, got, err, complaints(err), diff, lines)
			}
			for _, l := range lines {
				if !l.Understood && !strings.Contains(l.Text, "办公厅") {
					rt.Errorf("not understood: %+v", l)
				}
			}
		})
	}
}

const notice2026 = `国务院办公厅关于2026年
部分节假日安排的通知
国办发明电〔2025〕7号

各省、自治区、直辖市人民政府，国务院各部委、各直属机构：
　　经国务院批准，现将2026年元旦、春节、清明节、劳动节、端午节、中秋节和国庆节放假调休日期的具体安排通知如下。
　　一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
　　二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。
　　三、清明节：4月4日（周六）至6日（周一）放假，共3天。
　　四、劳动节：5月1日（周五）至5日（周二）放假调休，共5天。5月9日（周六）上班。
　　五、端午节：6月19日（周五）至21日（周日）放假，共3天。
　　六、中秋节：9月25日（周五）至27日（周日）放假，共3天。
　　七、国庆节：10月1日（周四）至7日（周三）放假调休，共7天。9月20日（周日）、10月10日（周六）上班。
　　节假日期间，各地区、各部门要妥善安排好值班和安全、保卫等工作。
国务院办公厅
2025年11月4日
`

func TestReadNotice(t *testing.T) {
	t.Parallel()
	want, _ := noticeOf(t, 2026)
	_, items, _ := strings.Cut(notice2026, "下。")
	change := func(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(notice2026) }
	for name, text := range map[string]string{
		"as published":        notice2026,
		"all in one line":     strings.ReplaceAll(notice2026, "\n", ""),
		"every line broken":   change("至", "\n至\n", "，共", "\n，共", "：1", "：\n1"),
		"without title":       items,
		"years in the dates":  change("2026年\n", "", "2026年元旦", "元旦", "1月1日", "2026年1月1日"),
		"advice":              change("共9天。", "共9天。鼓励各单位安排职工在2月13日（周五）休息。", "5月9日（周六）上班", "5月9日（周六）上班，建议5月8日弹性工作"),
		"old style":           change("4月4日（周六）至6日（周一）放假，共3天。", "4月4日—6日放假，共3天。其中，4月5日（星期日、清明节）为法定节假日，4月4日（星期六）为公休日，补休一天至4月6日。"),
		"moved weekend":       change("1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班", "1月1日放假，1月4日（星期日）公休日调至1月2日（星期五），1月3日（星期六）照常公休，1月4日（星期日）上班"),
		"with the weekend":    change("6月19日（周五）至21日（周日）放假，共3天", "6月19日（周五）、20日、21日放假，与周末连休，共3天"),
		"both weekdays":       change("1月1日（周四）至3日（周六）", "1月1日至3日（周四至周六）"),
		"other names":         change("三、清明节：", "三、清明：", "四、劳动节", "四、“五一”国际劳动节", "七、国庆节", "七、“十一”国庆"),
		"without colons":      change("五、端午节：", "五、端午节", "三、清明节：", "清明节"),
		"days in a sentence":  change("放假调休，共7天", "放假调休。共7天"),
		"the same said twice": change("1月4日（周日）上班。", "1月4日（周日）上班。1月2日放假。"),
	} {
		year, y, lines, err := worktime.ReadNotice(text)
		if diff := cmp.Diff(want, y); err != nil || year != 2026 || diff != "" {
			t.Errorf("%s: %d, %v %q\n%s\n%+v", name, year, err, complaints(err), diff, lines)
		}
	}
	_, _, lines, _ := worktime.ReadNotice(notice2026)
	if len(lines) != 12 || lines[0].Says != "2026 年的放假安排" {
		t.Errorf("%d lines: %+v", len(lines), lines)
	}
	first := worktime.Line{
		Text: "一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。", Festival: "元旦", Off: []string{"2026-01-01", "2026-01-02", "2026-01-03"},
		Understood: true, Says: "元旦：放假 1月1日至3日，共 3 天",
	}
	if diff := cmp.Diff(first, lines[1]); diff != "" {
		t.Error(diff)
	}
}

// A text in which no year is written is of the year that its weekdays fit.
func TestReadNoticeByWeekdays(t *testing.T) {
	t.Parallel()
	newest := slices.Max(builtin(t).Years())
	for year := newest - 2; year <= newest; year++ {
		want, list := noticeOf(t, year)
		var b strings.Builder
		for _, f := range list {
			day, _ := time.Parse(time.DateOnly, f.Date)
			says := map[string]string{"holiday": "放假", "workday": "上班"}[f.Kind]
			fmt.Fprintf(&b, "%s：%s（周%c）%s。\n", f.Name, day.Format("1月2日"), []rune("日一二三四五六")[day.Weekday()], says)
		}
		got, y, _, err := worktime.ReadNotice(b.String())
		if diff := cmp.Diff(want, y); err != nil || got != year || diff != "" {
			t.Errorf("%d: %d, %v\n%s", year, got, err, diff)
		}
	}
}

func TestReadNoticeRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ old, is, says string }{
		{"1月1日（周四）", "1月1日（周五）", "2026-01-01 原文写“周五”，这一天是周四"},
		{"1月1日（周四）至3日（周六）", "1月1日至3日（周四至周日）", "2026-01-03 原文写“周日”，这一天是周六"},
		{"放假调休，共9天", "放假调休，共8天", "春节 原文写共 8 天，列出的日期是 9 天"},
		{"放假，共3天。\n　　六", "放假1天。\n　　六", "端午节 原文写共 1 天，列出的日期是 3 天"},
		{"2月28日（周六）上班", "2月27日（周五）上班", "2026-02-27 不是周末，不能是调休上班日"},
		{"2月28日（周六）上班", "2月22日上班", "2026-02-22 同一天不能既放假又上班"},
		{"1月4日（周日）上班", "1月4日上班，1月4日放假", "2026-01-04 同一天不能既放假又上班"},
		{"1月4日（周日）上班。", "1月4日上班。1月4日放假。", "2026-01-04 同一天不能既放假又上班"},
		{"2月15日（", "2月30日（", "2026年2月30日 不是 2026 年安排中的日期"},
		{"10月1日（周四）至7日（周三）", "10月7日至1日", "2026-10-01 起止日期有误"},
		{"10月1日（周四）至7日（周三）", "9月1日至10月7日", "2026-10-07 起止日期有误"},
		{"10月1日（周四）至7日（周三）", "2027年10月1日至7日", "2027年10月1日 不是 2026 年安排中的日期"},
		{"三、清明节", "三、植树节", "2026 缺少清明的放假安排"},
		{"10月1日（周四）至7日（周三）放假调休，共7天", "10月2日至7日放假", "2026-10-01 缺少法定放假的日期：国庆节"},
		{notice2026, "", "year 没有写明是哪一年"},
		{notice2026, "春节：1月1日放假。", "year 没有写明是哪一年"},
		{notice2026, "关于2026年放假的通知", "text 没有读到放假的日期"},
		{notice2026, "关于2999年放假的通知", "year 年份须在"},
		{notice2026, strings.Repeat("放", 20_001), "text 通知不超过"},
	} {
		text := strings.Replace(notice2026, c.old, c.is, 1)
		if text == notice2026 {
			t.Fatal(c.old)
		}
		_, y, lines, err := worktime.ReadNotice(text)
		if !errs.Is(err, errs.Invalid) || y.Holidays != nil || !slices.ContainsFunc(complaints(err), func(s string) bool { return strings.HasPrefix(s, c.says) }) {
			t.Errorf("%s: %v %q\n%+v", c.is, err, complaints(err), lines)
		}
	}
}

// What is not understood is said, and nothing is made of it.
func TestReadNoticeSaysWhatItLeavesOut(t *testing.T) {
	t.Parallel()
	for add, says := range map[string]string{
		"2月9日（除夕）可以早走。":     "没有读出是放假还是上班，未采用",
		"2月24日起正常上班。":       "起上班，未采用",
		"共4天假、5日调剂。":        "",
		"鼓励职工在2月13日（周五）休息。": "不是放假安排，未采用",
	} {
		text := strings.Replace(notice2026, "共9天。", "共9天。"+add, 1)
		want, _ := noticeOf(t, 2026)
		_, y, lines, err := worktime.ReadNotice(text)
		i := slices.IndexFunc(lines, func(l worktime.Line) bool { return l.Text == add })
		if says == "" {
			if !errs.Is(err, errs.Invalid) {
				t.Errorf("%s: %v", add, err)
			}
			continue
		}
		if err != nil || !cmp.Equal(y, want) || i < 0 || lines[i].Understood || !strings.Contains(lines[i].Says, says) {
			t.Errorf("%s: %v, %+v", add, err, lines)
		}
	}
}

func FuzzReadNotice(f *testing.F) {
	f.Add(notice2026)
	r := rand.New(rand.NewPCG(1, 2))
	for year := 2008; year <= 2026; year += 3 {
		_, list := noticeOf(f, year)
		h := hand{pick: r.IntN, year: year}
		f.Add(h.spoil(h.notice(list)))
	}
	f.Add("一、元旦：至1月1日至至3日99日（周一周二周三）共9天公休日调至起上班")
	f.Fuzz(func(t *testing.T, text string) {
		year, y, lines, err := worktime.ReadNotice(text)
		if err != nil {
			if !errs.Is(err, errs.Invalid) || year != 0 || y.Holidays != nil {
				t.Fatalf("%d, %v, %v", year, y, err)
			}
			return
		}
		read := map[string]bool{}
		for _, l := range lines {
			for _, day := range slices.Concat(l.Off, l.Worked) {
				read[day] = true
			}
		}
		if len(read) != len(y.Holidays)+len(y.Workdays) {
			t.Errorf("the lines name %d days, the year %d", len(read), len(y.Holidays)+len(y.Workdays))
		}
		if got, same, err := worktime.Notice(builtin(t).WithYear(year, y).Facts(year)); err != nil || got != year || !cmp.Equal(y, same) {
			t.Errorf("%d: as facts %d, %v", year, got, err)
		}
	})
}
