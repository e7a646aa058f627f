package worktime

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"huiyin/internal/errs"
)

// noticeReader reads the sentences of a notice, one after the other.
type noticeReader struct {
	of    int
	year  Year
	lines []Line
	wrong []errs.Field

	festival string
	off      []string // of the sentence before, for a number of days that stands alone
	weekdays int      // written beside dates
	mismatch bool     // one of them is wrong
}

func readAs(year int, sentences []sentence) *noticeReader {
	r := &noticeReader{of: year, year: Year{Holidays: make(map[string]string), Workdays: make(map[string]string)}}
	for _, s := range sentences {
		r.sentence(s)
	}
	return r
}

var (
	workedOrOff = regexp.MustCompile(`放假|上班|休|\d天`)
	aboutDates  = regexp.MustCompile(`\d日|\d天`)
	// signed is the end of a notice: who gave it, and when.
	signed = regexp.MustCompile(`^[^\d,]*\d{4}年\d{1,2}月\d{1,2}日(?:\(此件[^()]*\))?;?$`)
	// token is a date, with a bracket behind it if there is one, or a word that
	// says what becomes of dates.
	token = regexp.MustCompile(`(?:(\d{4})年)?(?:(\d{1,2})月)?(\d{1,2})日(?:\(([^()]*)\))?` +
		`|(\d{1,3})天` +
		`|起(?:正常|恢复|照常)?上班|公休日?调(?:至|休至)|调至|与周末连休|不调休` +
		`|上班|放假|补休|调休|公休|法定节假日|休息|至|,`)
	weekdayWord = regexp.MustCompile(`(?:周|星期|礼拜)([一二三四五六日天])`)
)

// statement is what a sentence has said so far.
type statement struct {
	*noticeReader
	off, worked []string
	pending     []string // dates of which nothing is said yet
	counts      []string // numbers of days, as written

	day    time.Time // last one named
	month  int
	until  bool // the next date ends a range
	moving bool // the next dates are those that a weekend moves to
	joined bool // with the weekend
	doubt  string
}

func (r *noticeReader) sentence(s sentence) {
	festival, rest, item := heading(s.plain)
	if item {
		r.festival, r.off = festival, nil
	}
	line := Line{Text: strings.TrimRight(s.shown, "；"), Festival: r.festival}
	switch {
	case !aboutDates.MatchString(rest):
		if !titleYear.MatchString(s.plain) || len(r.lines) > 0 {
			return
		}
		line.Understood, line.Says = true, fmt.Sprintf("%d 年的放假安排", r.of)
	case !item && signed.MatchString(rest):
		return
	case r.festival == "":
		line.Says = "没有写明是哪个节日，未采用"
	case advice.MatchString(rest):
		line.Says = "不是放假安排，未采用"
	case !workedOrOff.MatchString(rest):
		line.Says = "没有读出是放假还是上班，未采用"
	default:
		st := &statement{noticeReader: r}
		st.read(rest)
		line.Off, line.Worked = st.off, st.worked
		line.Understood, line.Says = st.doubt == "", st.says()
	}
	r.lines = append(r.lines, line)
}

func (s *statement) read(text string) {
	for _, m := range token.FindAllStringSubmatch(text, -1) {
		switch word := m[0]; {
		case m[3] != "":
			s.date(number(m[1]), number(m[2]), number(m[3]), m[4])
		case m[5] != "":
			s.counts = append(s.counts, m[5])
		default:
			s.word(word)
		}
	}
	s.settle()
	if len(s.pending) > 0 {
		s.doubt = days(s.pending) + "没有读出是放假还是上班，未采用"
	}
	s.off, s.worked = inOrder(s.off), inOrder(s.worked)
	s.enter()
	if len(s.off) > 0 {
		s.noticeReader.off = s.off
	}
	s.count()
}

func (s *statement) word(word string) {
	switch word {
	case "至":
		s.until = true
		return
	case ",":
		s.settle()
	case "与周末连休":
		s.joined = true
	case "不调休":
	case "上班":
		s.settle()
		s.take(&s.worked)
	case "放假", "补休", "调休", "公休", "法定节假日", "休息":
		s.moving = false
		s.take(&s.off)
	default:
		if strings.HasPrefix(word, "起") { // from then on, which may be said of any day
			s.doubt, s.pending = days(s.pending)+"起上班，未采用", nil
			break
		}
		s.take(&s.worked)
		s.moving = true
	}
	s.until = false
}

// take moves the dates of which nothing was said.
func (s *statement) take(to *[]string) { *to, s.pending = append(*to, s.pending...), nil }

// settle ends a move of weekends: the dates it named last are off.
func (s *statement) settle() {
	if s.moving {
		s.moving = false
		s.take(&s.off)
	}
}

// maxRange is more days than a festival has ever had.
const maxRange = 31

func (s *statement) date(year, month, day int, bracket string) {
	if month == 0 {
		month = s.month
	}
	if year == 0 {
		year = s.of
		if month == int(time.December) && strings.Contains(s.festival, "元旦") {
			year--
		}
	}
	at := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if int(at.Month()) != month || at.Day() != day || !names(s.of, at.Format(time.DateOnly)) {
		s.complain(fmt.Sprintf("%d年%d月%d日", year, month, day), fmt.Sprintf("不是 %d 年安排中的日期", s.of))
		s.until = false
		return
	}
	s.weekday(at, bracket)
	if s.until {
		s.fill(at)
	}
	s.pending = append(s.pending, at.Format(time.DateOnly))
	s.day, s.month, s.until = at, month, false
}

// fill names the days between the last date and the end of its range.
func (s *statement) fill(end time.Time) {
	switch n := int(end.Sub(s.day) / oneDay); {
	case len(s.pending) == 0:
		s.doubt = "有一段日期没有读出从哪天开始"
	case n <= 0 || n > maxRange:
		s.complain(end.Format(time.DateOnly), "起止日期有误")
	default:
		for day := s.day.AddDate(0, 0, 1); day.Before(end); day = day.AddDate(0, 0, 1) {
			s.pending = append(s.pending, day.Format(time.DateOnly))
		}
	}
}

var weekdays = map[string]time.Weekday{
	"一": time.Monday, "二": time.Tuesday, "三": time.Wednesday, "四": time.Thursday, "五": time.Friday,
	"六": time.Saturday, "日": time.Sunday, "天": time.Sunday,
}

// weekday holds what stands in the bracket against the date. Behind a range it
// may name the weekdays of both ends.
func (s *statement) weekday(at time.Time, bracket string) {
	found := weekdayWord.FindAllStringSubmatch(bracket, -1)
	of := []time.Time{at}
	if s.until && len(found) == 2 {
		of = []time.Time{s.day, at}
	}
	for i, m := range found {
		s.weekdays++
		if i >= len(of) || weekdays[m[1]] != of[i].Weekday() {
			s.mismatch = true
			s.complain(at.Format(time.DateOnly), "原文写“"+m[0]+"”，这一天是周"+dayWord(of[min(i, len(of)-1)]))
		}
	}
}

func dayWord(t time.Time) string { return string([]rune("日一二三四五六")[t.Weekday()]) }

// enter puts what was said into the year.
func (s *statement) enter() {
	for _, day := range s.off {
		if _, worked := s.year.Workdays[day]; worked || slices.Contains(s.worked, day) {
			s.complain(day, "同一天不能既放假又上班")
		} else if _, there := s.year.Holidays[day]; !there {
			s.year.Holidays[day] = s.festival
		}
	}
	for _, day := range s.worked {
		at, _ := parseDate(day)
		_, off := s.year.Holidays[day]
		switch {
		case !weekend(at):
			s.complain(day, "不是周末，不能是调休上班日")
		case off && !slices.Contains(s.off, day):
			s.complain(day, "同一天不能既放假又上班")
		case !off:
			s.year.Workdays[day] = s.festival
		}
	}
}

// count holds the numbers of days against the dates.
func (s *statement) count() {
	off := s.noticeReader.off
	for _, text := range s.counts {
		n := number(text)
		if n == len(off) || s.joined && n == withWeekend(off) {
			continue
		}
		if len(off) == 0 {
			s.doubt = "写有" + text + "天，没有读出是哪几天"
			continue
		}
		s.complain(s.festival, fmt.Sprintf("原文写共 %d 天，列出的日期是 %d 天", n, len(off)))
	}
}

// withWeekend counts days with the weekends that touch them.
func withWeekend(days []string) int {
	all := slices.Clone(days)
	for _, text := range days {
		for _, step := range []int{-1, +1} {
			day, _ := parseDate(text)
			for day = day.AddDate(0, 0, step); weekend(day); day = day.AddDate(0, 0, step) {
				all = append(all, day.Format(time.DateOnly))
			}
		}
	}
	return len(inOrder(all))
}

func (s *statement) complain(name, message string) {
	s.wrong = append(s.wrong, errs.Field{Name: name, Message: message})
	s.doubt = name + message
}

// says tells people what was read.
func (s *statement) says() string {
	var parts []string
	if len(s.off) > 0 {
		parts = append(parts, fmt.Sprintf("放假 %s，共 %d 天", days(s.off), len(s.off)))
	}
	if len(s.worked) > 0 {
		parts = append(parts, "上班 "+days(s.worked))
	}
	if s.doubt != "" {
		parts = append(parts, s.doubt)
	}
	if len(parts) == 0 {
		parts = append(parts, "天数与日期相符")
	}
	return s.festival + "：" + strings.Join(parts, "；")
}

// days writes dates as people do: 1月1日至3日.
func days(list []string) string {
	var parts []string
	for i := 0; i < len(list); {
		from, _ := parseDate(list[i])
		to := from
		for i++; i < len(list) && list[i] == to.AddDate(0, 0, 1).Format(time.DateOnly); i++ {
			to = to.AddDate(0, 0, 1)
		}
		part := from.Format("1月2日")
		switch {
		case to.Equal(from):
		case to.Month() == from.Month():
			part += to.Format("至2日")
		default:
			part += to.Format("至1月2日")
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, "、")
}

func inOrder(days []string) []string {
	slices.Sort(days)
	return slices.Compact(days)
}
