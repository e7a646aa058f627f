package worktime

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"huiyin/internal/errs"
)

// Line is a sentence of a pasted notice with what was made of it, for the
// person who confirms it.
type Line struct {
	Text       string // as pasted, without blanks
	Festival   string // that it speaks of
	Off        []string
	Worked     []string // make-up days; both as 2006-01-02, in order
	Understood bool     // all of it
	Says       string   // for people: what was read, or why not
}

// maxNotice bounds the text of a notice, in characters: they have about 700.
const maxNotice = 20_000

// ReadNotice reads the text of a yearly notice as people paste it: with the
// title or without, digits and signs of any width, line ends and blanks
// anywhere. The year is that of the title or else of the dates; a text without
// any is taken for the year that all its weekdays fit, if only one does
// of those near the newest notice that the program carries. Understood lists
// the sentences that speak of dates, on an error too. The error is Invalid,
// with a field for a weekday or a number of days that does not fit the dates,
// for a day that cannot be, and for what a whole year must have; see [Notice].
func ReadNotice(text string) (year int, y Year, understood []Line, err error) {
	if utf8.RuneCountInString(text) > maxNotice {
		return 0, Year{}, nil, errs.InvalidField("text", fmt.Sprintf("通知不超过 %d 个字", maxNotice))
	}
	sentences := sentencesOf(text)
	if year = yearOf(sentences); year == 0 {
		if year, err = yearByWeekdays(sentences); err != nil {
			return 0, Year{}, nil, err
		}
	}
	r := readAs(year, sentences)
	switch {
	case year < firstYear || year > lastYear:
		err = Year{}.Check(year)
	case len(r.wrong) == 0 && len(r.year.Holidays) == 0:
		err = errs.InvalidField("text", "没有读到放假的日期；请粘贴通知全文")
	default:
		err = wrongNotice(append(r.wrong, r.year.missing(year)...))
	}
	if err != nil {
		return 0, Year{}, r.lines, err
	}
	return year, r.year, r.lines, r.year.Check(year)
}

func wrongNotice(wrong []errs.Field) error {
	if len(wrong) == 0 {
		return nil
	}
	return &errs.Error{Kind: errs.Invalid, Code: "invalid_calendar_year", Message: "放假通知有误，没有写入；请对照原文核对", Fields: wrong}
}

// sentence is one as it was pasted and as it is read; both have the same
// number of characters.
type sentence struct{ shown, plain string }

var (
	itemMark = regexp.MustCompile(`^(?:\(?[一二三四五六七八九十]{1,3}\)?[、.,)]|\([一二三四五六七八九十]{1,3}\)|\(?\d{1,2}\)?[、.)])`)
	// advice says what may be, not what is: 鼓励各单位安排职工在除夕休息.
	advice = regexp.MustCompile(`鼓励|倡导|建议`)
	// item is the front of one that stands in the middle of a line.
	item = regexp.MustCompile(`^\(?[一二三四五六七八九十]{1,3}[)、]+(?:元旦|春节|清明|劳动|端午|中秋|国庆)`)
	// unfinished lines go on behind their end.
	unfinished = regexp.MustCompile(`\d[月日]`)
)

// sentencesOf cuts a text at full stops, and at line ends behind which
// something new begins.
func sentencesOf(text string) []sentence {
	var all []sentence
	var shown, plain []rune
	end := func() {
		if len(plain) > 0 {
			all = append(all, sentence{string(shown), string(plain)})
		}
		shown, plain = nil, nil
	}
	for line := range strings.Lines(text) {
		original, read := normal(line)
		if so := string(plain); !goesOn(so, string(read)) {
			end()
		}
		for i, sign := range read {
			if begins(plain, read[i:]) {
				end()
			}
			shown, plain = append(shown, original[i]), append(plain, sign)
			if sign == ';' {
				end()
			}
		}
	}
	end()
	return all
}

// begins reports whether a sentence begins with what is next, although none has
// ended: an item without a line of its own, or advice behind a comma.
func begins(soFar, next []rune) bool {
	front := string(next[:min(8, len(next))])
	if len(soFar) > 0 && strings.ContainsRune(":)", soFar[len(soFar)-1]) && item.MatchString(front) {
		return true
	}
	at := advice.FindStringIndex(front)
	return at != nil && at[0] == 0
}

// goesOn reports whether a sentence is taken up again on the next line.
func goesOn(soFar, line string) bool {
	_, _, is := heading(line)
	return !is && !strings.HasSuffix(soFar, "上班") && !strings.HasSuffix(soFar, "天") &&
		(unfinished.MatchString(soFar) || itemMark.MatchString(soFar) || strings.HasSuffix(soFar, ":"))
}

// normal drops blanks and characters of no width, and gives signs of equal
// meaning one form.
func normal(line string) (original, read []rune) {
	for _, r := range line {
		sign := plainSign(r)
		if sign <= ' ' || sign == utf8.RuneError {
			continue
		}
		original, read = append(original, r), append(read, sign)
	}
	return original, read
}

func plainSign(r rune) rune {
	switch r {
	case '。', '；', '！':
		return ';'
	case '〔', '［', '【':
		return '('
	case '〕', '］', '】':
		return ')'
	case '-', '－', '–', '—', '―', '─', '~', '～', '〜', '到':
		return '至'
	case '\u00a0', '\u2002', '\u2003', '\u2009', '\u200b', '\u200c', '\u200d', '\u3000', '\ufeff':
		return ' '
	}
	if r >= '！' && r <= '～' { // full-width forms
		return r - '！' + '!'
	}
	return r
}

var (
	festivalName = regexp.MustCompile(`元旦|新年|春节|清明|劳动节|五一|端午|中秋|国庆|十一`)
	bareHeading  = regexp.MustCompile(`^(?:(?:元旦|春节|清明|劳动|五一|端午|中秋|国庆)节?[、和与及]?)+`)
	yearMark     = regexp.MustCompile(`^\d{4}年`)
	dayOfNote    = regexp.MustCompile(`(?:节|日|假期)["“”]?$`) // that is off in one year only
	preamble     = regexp.MustCompile(`通知|安排|现将`)
)

// fullNames are those of the festivals as the calendar names them.
var fullNames = map[string]string{
	"元旦": "元旦", "新年": "元旦", "春节": "春节", "清明": "清明节", "劳动节": "劳动节", "五一": "劳动节",
	"端午": "端午节", "中秋": "中秋节", "国庆": "国庆节", "十一": "国庆节",
}

// maxHeading bounds what stands before the colon of an item, in characters.
const maxHeading = 40

// heading takes the festival off the front of an item, as 三、清明节: does.
func heading(plain string) (festival, rest string, ok bool) {
	mark := itemMark.FindString(plain)
	plain = plain[len(mark):]
	head, rest, colon := strings.Cut(plain, ":")
	head = yearMark.ReplaceAllString(head, "")
	if !colon || utf8.RuneCountInString(head) > maxHeading || unfinished.MatchString(head) {
		if head = bareHeading.FindString(plain); head == "" {
			return "", plain, false
		}
		rest = plain[len(head):]
	}
	known := festivalName.MatchString(head) || dayOfNote.MatchString(head)
	if head == "" || preamble.MatchString(head) || !known && mark == "" {
		return "", plain, false
	}
	return nameOf(head), rest, true
}

// nameOf gives a festival, or several in one item, the calendar's name.
func nameOf(head string) string {
	var names []string
	for _, found := range festivalName.FindAllString(head, -1) {
		if name := fullNames[found]; !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if names == nil {
		return cutName(strings.Trim(head, `"“”《》、`))
	}
	return strings.Join(names, "、")
}

func cutName(name string) string {
	if runes := []rune(name); len(runes) > maxFestival {
		return string(runes[:maxFestival])
	}
	return name
}

var (
	titleYear = regexp.MustCompile(`关于(?:调整)?(\d{4})年|(\d{4})年(?:国家)?(?:部分|全国|法定)?(?:节假日|元旦|放假)`)
	dateYear  = regexp.MustCompile(`(\d{4})年\d`)
)

// yearOf returns the year that a text is written for, zero if it does not say.
func yearOf(sentences []sentence) (year int) {
	var whole strings.Builder
	for _, s := range sentences {
		whole.WriteString(s.plain)
	}
	if m := titleYear.FindStringSubmatch(whole.String()); m != nil {
		return number(m[1] + m[2])
	}
	begun := false
	for _, s := range sentences {
		_, _, is := heading(s.plain)
		begun = begun || is
		if !begun || !workedOrOff.MatchString(s.plain) { // such as the date of the notice
			continue
		}
		for _, m := range dateYear.FindAllStringSubmatch(s.plain, -1) {
			year = max(year, number(m[1]))
		}
	}
	return year
}

// yearsAround is how far from the newest notice that the program carries a
// text without a year is looked for: in five years on end no two have the same
// weekdays all year.
const yearsAround = 2

func yearByWeekdays(sentences []sentence) (int, error) {
	builtin, err := Builtin()
	if err != nil {
		return 0, err
	}
	newest := slices.Max(builtin.Years())
	var fits []int
	for year := newest - yearsAround; year <= newest+yearsAround; year++ {
		if r := readAs(year, sentences); r.weekdays > 0 && !r.mismatch {
			fits = append(fits, year)
		}
	}
	if len(fits) != 1 {
		return 0, errs.InvalidField("year", "没有写明是哪一年的放假安排；请连同标题粘贴，或在日期前写上年份")
	}
	return fits[0], nil
}

func number(digits string) int {
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0
	}
	return n
}
