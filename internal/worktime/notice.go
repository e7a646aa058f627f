package worktime

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"huiyin/internal/errs"
)

// Fact is one line of a notice as people write it down.
type Fact struct {
	Line int    // in the file, for complaints
	Date string // as ParseDay reads it
	Kind string // holiday or workday; 放假 or 上班 in what people write
	Name string // of the festival
}

// maxFestival bounds the name of a festival, in characters.
const maxFestival = 30

// Notice makes the notice of a year of its facts. The year is that of the
// latest date; a notice may also name days of the December before. A make-up
// day is a day of a weekend, and the days that are off by law on fixed dates
// must all be there, so that half a file is not taken for a year. The error is
// Invalid, with a field for each line that is wrong.
func Notice(facts []Fact) (year int, y Year, err error) {
	if len(facts) == 0 {
		return 0, Year{}, errs.InvalidField("year", "没有写任何日期")
	}
	y = Year{Holidays: make(map[string]string), Workdays: make(map[string]string)}
	var wrong []errs.Field
	days := make([]time.Time, len(facts))
	for i, f := range facts {
		var complaint string
		if days[i], complaint = y.take(f); complaint != "" {
			wrong = append(wrong, errs.Field{Name: fmt.Sprintf("第 %d 行", f.Line), Message: complaint})
		}
		year = max(year, days[i].Year())
	}
	for i, day := range days {
		if !day.IsZero() && !names(year, day.Format(time.DateOnly)) {
			wrong = append(wrong, errs.Field{Name: fmt.Sprintf("第 %d 行", facts[i].Line), Message: fmt.Sprintf("不是 %d 年安排中的日期；一个文件只写一个年度", year)})
		}
	}
	if len(wrong) == 0 {
		wrong = y.missing(year)
	}
	if len(wrong) > 0 {
		return 0, Year{}, &errs.Error{Kind: errs.Invalid, Code: "invalid_calendar_year", Message: "放假安排有误，没有写入", Fields: wrong}
	}
	return year, y, y.Check(year)
}

// take enters a fact, or says what is wrong with it.
func (y Year) take(f Fact) (day time.Time, complaint string) {
	date, ok := ParseDay(f.Date)
	if !ok {
		return time.Time{}, "日期须写作 2027-01-01 的形式"
	}
	day, _ = parseDate(date)
	_, off := y.Holidays[date]
	_, worked := y.Workdays[date]
	switch {
	case off || worked:
		return day, date + " 重复"
	case f.Name == "" || utf8.RuneCountInString(f.Name) > maxFestival || strings.ContainsFunc(f.Name, func(r rune) bool { return r < ' ' }):
		return day, fmt.Sprintf("须写明节日名称，不超过 %d 个字", maxFestival)
	case f.Kind == "holiday" || f.Kind == "放假":
		y.Holidays[date] = f.Name
	case f.Kind != "workday" && f.Kind != "上班":
		return day, "类别须为 holiday（放假）或 workday（调休上班）"
	case !weekend(day):
		return day, date + " 不是周末，不能是调休上班日"
	default:
		y.Workdays[date] = f.Name
	}
	return day, ""
}

// festivals are those of the moon and the sun, which a notice has named every
// year since they are off by law: the State Council's order 513, in force since
// 2008.
var festivals = []string{"春节", "清明", "端午", "中秋"}

// missing complains of the days that are off by law and not in the notice, so
// that half a file is not taken for a year.
func (y Year) missing(year int) (wrong []errs.Field) {
	for _, festival := range festivals {
		named := func(name string) bool { return strings.Contains(name, festival) }
		if year >= 2008 && !slices.ContainsFunc(slices.Collect(maps.Values(y.Holidays)), named) {
			wrong = append(wrong, errs.Field{Name: strconv.Itoa(year), Message: "缺少" + festival + "的放假安排"})
		}
	}
	for day := time.Date(year, time.January, 1, 0, 0, 0, 0, time.UTC); day.Year() == year; day = day.AddDate(0, 0, 1) {
		name, off := statutory(day)
		if _, there := y.Holidays[day.Format(time.DateOnly)]; off && !there {
			wrong = append(wrong, errs.Field{Name: day.Format(time.DateOnly), Message: "缺少法定放假的日期：" + name})
		}
	}
	return wrong
}

// Facts lists the notice of a published year by date; none for another year.
func (c *Calendar) Facts(year int) []Fact {
	y, ok := c.years[year]
	if !ok {
		return nil
	}
	var facts []Fact
	for day := time.Date(year-1, time.December, 1, 0, 0, 0, 0, time.UTC); day.Year() <= year; day = day.AddDate(0, 0, 1) {
		date := day.Format(time.DateOnly)
		if name, ok := y.Holidays[date]; ok {
			facts = append(facts, Fact{Line: len(facts) + 2, Date: date, Kind: "holiday", Name: name})
		}
		if name, ok := y.Workdays[date]; ok {
			facts = append(facts, Fact{Line: len(facts) + 2, Date: date, Kind: "workday", Name: name})
		}
	}
	return facts
}
