package requester

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// Trait says what a finding gives away.
type Trait string

// What is looked for in a text before publication.
const (
	TraitPhone   Trait = "phone"
	TraitID      Trait = "id_number"
	TraitCard    Trait = "bank_card"
	TraitPlate   Trait = "plate"
	TraitEmail   Trait = "email"
	TraitAccount Trait = "account" // of a messenger
	TraitHouse   Trait = "house"   // house, building, unit or room number
	TraitName    Trait = "name"
)

// Finding is one place of a text that may not be published. Start and End are
// byte offsets into the text as it was given.
type Finding struct {
	Trait      Trait
	Start, End int
}

// blackout stands where a finding was. It consists of signs that no finding
// can start or live from, which is what lets Redact come to an end.
const blackout = "***"

// Redact blacks out everything that Findings finds, and again until nothing is
// found, since taking a number out can bring two halves of another together.
// It errs on the side of taking out too much, and still a human must look
// before publication: names that are not passed in are not known here.
func Redact(text string, names ...string) string {
	for {
		found := Findings(text, names...)
		if len(found) == 0 {
			return text
		}
		var b strings.Builder
		at := 0
		for _, f := range found {
			b.WriteString(text[at:f.Start])
			b.WriteString(blackout)
			at = f.End
		}
		b.WriteString(text[at:])
		text = b.String()
	}
}

// Findings returns the places to be blacked out, in order and not overlapping.
// Names of a single character, and masked ones (张*), are not looked for.
func Findings(text string, names ...string) []Finding {
	f := foldText(text)
	var found []Finding
	for _, d := range detectors {
		found = append(found, d.find(f.text)...)
	}
	found = append(found, findNames(f.text, names)...)
	for i := range found {
		found[i].Start, found[i].End = f.start(found[i].Start), f.end(found[i].End)
	}
	return merge(found)
}

// merge sorts and joins what overlaps; the joined finding has the trait of the
// one that starts first.
func merge(found []Finding) []Finding {
	slices.SortFunc(found, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(b.End, a.End), cmp.Compare(a.Trait, b.Trait))
	})
	out := found[:0]
	for _, f := range found {
		if n := len(out); n > 0 && f.Start < out[n-1].End {
			out[n-1].End = max(out[n-1].End, f.End)
			continue
		}
		out = append(out, f)
	}
	return out
}

func findNames(text string, names []string) []Finding {
	var found []Finding
	for _, name := range names {
		name = strings.TrimSpace(foldText(name).text)
		if len([]rune(name)) < 2 || strings.Contains(name, "*") {
			continue
		}
		for at := 0; ; {
			i := strings.Index(text[at:], name)
			if i < 0 {
				break
			}
			found = append(found, Finding{TraitName, at + i, at + i + len(name)})
			at += i + len(name)
		}
	}
	return found
}

// detector finds one trait: the part of the pattern's group that also passes
// the check. The check sees the text around, which the pattern cannot look at.
type detector struct {
	trait   Trait
	pattern *regexp.Regexp
	group   int
	passes  func(text string, start, end int) bool
	whole   bool // what is refused holds nothing smaller
}

// find tries each match and, where the check refuses one, looks again one byte
// after its start. Patterns without a bound on their length must be whole, or
// a long run of digits would cost its length squared.
func (d detector) find(text string) []Finding {
	var found []Finding
	for at := 0; at < len(text); {
		m := d.pattern.FindStringSubmatchIndex(text[at:])
		if m == nil {
			break
		}
		start, end := at+m[2*d.group], at+m[2*d.group+1]
		if d.passes(text, start, end) {
			found = append(found, Finding{d.trait, start, end})
			at = end
			continue
		}
		if d.whole {
			at = end
		} else {
			at += m[0] + 1
		}
	}
	return found
}

// detectors run over folded text. They are compiled once and never change.
var detectors = []detector{
	{trait: TraitPhone, pattern: regexp.MustCompile(`(?:(?:\+|00)?86[- ]?)?1[3-9]\d[- .]?\d{4}[- .]?\d{4}`), passes: apart},
	{trait: TraitPhone, pattern: regexp.MustCompile(`\d{12,}`), passes: gluedPhones, whole: true},
	{trait: TraitPhone, pattern: regexp.MustCompile(`\(?0[1-9]\d{1,2}\)?[- ]?[1-9]\d{6,7}(?:(?:-|转)\d{1,6})?`), passes: apart},
	{trait: TraitPhone, pattern: regexp.MustCompile(`(?i:电话|座机|固话|致电|拨打|联系方式|号码|tel)[^\d\n]{0,6}([2-9]\d{2,3}[- ]?\d{4})`), group: 1, passes: apart},
	{trait: TraitID, pattern: regexp.MustCompile(`\d{6}[- ]?\d{8}[- ]?\d{3}[\dXx]|\d{15}`), passes: residentNumber},
	{trait: TraitCard, pattern: regexp.MustCompile(`\d{4}[- ]?\d{4}[- ]?\d{4}[- ]?\d{4}[- ]?\d{0,3}`), passes: cardNumber},
	{trait: TraitPlate, pattern: regexp.MustCompile(`[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Za-hj-np-z][-· .]?[A-HJ-NP-Za-hj-np-z0-9]{4,6}[学警挂港澳领]?`), passes: plate},
	{trait: TraitEmail, pattern: regexp.MustCompile(`[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+`), passes: always},
	{trait: TraitAccount, pattern: regexp.MustCompile(`(?i:qq|微信|wechat|wx|vx)[号群码]{0,2}[是为]?[: ]{0,3}([A-Za-z0-9_-]{6,20})`), group: 1, passes: always},
	{trait: TraitHouse, pattern: regexp.MustCompile(houseToken + `(?:[ ,-]{0,2}` + houseToken + `)*(?:[ -]{0,2}\d{2,4}[A-Za-z]?)?`), passes: house, whole: true},
	{trait: TraitHouse, pattern: regexp.MustCompile(`(?:[路街巷弄里道村组坊段屯厝]|胡同) ?((?:\d{1,5}(?:[-之]\d{1,4})?|[零〇一二三四五六七八九十百]{1,5}) ?[号弄](?:之\d{1,3})?)`), group: 1, passes: notALine},
	{trait: TraitHouse, pattern: regexp.MustCompile(`(?:小区|花园|苑|新村|公寓|城|府|里|园|湾|庭|邸|广场) ?(\d{1,3}[-#]\d{1,4}(?:[-#]\d{1,4})?)`), group: 1, passes: notADate},
}

func always(string, int, int) bool { return true }

// apart refuses a number that is part of a longer one.
func apart(text string, start, end int) bool {
	return !(start > 0 && isDigit(text[start-1])) && !(end < len(text) && isDigit(text[end]))
}

// gluedPhones takes a run of digits that is a mobile number with one or two
// digits too many, or two numbers written together.
func gluedPhones(text string, start, end int) bool {
	run := text[start:end]
	if len(run) > 13 && len(run) < 22 {
		return false
	}
	return apart(text, start, end) && (isMobile(run[:11]) || isMobile(run[len(run)-11:]))
}

func residentNumber(text string, start, end int) bool {
	n := strings.NewReplacer("-", "", " ", "").Replace(text[start:end])
	return apart(text, start, end) && (checkedID(n) || plausibleID(n))
}

// cardNumber checks length and the Luhn digit (ISO/IEC 7812-1).
func cardNumber(text string, start, end int) bool {
	sum, count := 0, 0
	for i := end - 1; i >= start; i-- {
		if !isDigit(text[i]) {
			continue
		}
		v := int(text[i] - '0')
		if count%2 == 1 {
			v *= 2
		}
		sum += v/10 + v%10
		count++
	}
	return apart(text, start, end) && sum > 0 && sum%10 == 0
}

// plate counts what follows the region and its letter: five signs, or six with
// a new-energy vehicle, of which at most two are letters (GA 36-2018).
func plate(text string, start, end int) bool {
	if end < len(text) && (isDigit(text[end]) || isLetter(text[end])) {
		return false
	}
	digits, signs := 0, -2 // the region and its letter
	for _, r := range text[start:end] {
		switch {
		case r < 0x80 && isDigit(byte(r)):
			digits++
		case strings.ContainsRune("-· .", r):
			continue
		}
		signs++
	}
	return digits >= 3 && (signs == 5 || signs == 6)
}

func isDigit(b byte) bool  { return b >= '0' && b <= '9' }
func isLetter(b byte) bool { return b|0x20 >= 'a' && b|0x20 <= 'z' }
