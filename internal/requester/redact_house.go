package requester

import (
	"regexp"
	"strings"
)

// houseToken is one part of where a flat is: 12栋, 三单元, A座, 502室.
const houseToken = `(?:[A-Za-z]?(?:\d{1,6}|[零〇一二两三四五六七八九十百]{1,5})[A-Za-z]?|[A-Za-z]) ?(?:号楼|号院|号房|号室|号|#楼|#|栋|幢|座|单元|梯|层|楼|户|室|房|店面|车位)`

// housePart splits what houseToken matched into its number and its word.
var housePart = regexp.MustCompile(`([A-Za-z0-9]+|[零〇一二两三四五六七八九十百]+) ?(号楼|号院|号房|号室|号|#楼|#|栋|幢|座|单元|梯|层|楼|户|室|房|店面|车位)`)

// house tells a place from a count. Two parts in a row of which one is a
// building, a unit or a room are a place (3单元502室), and so is a part that
// cannot be a count (12号楼, A座); "3层" or "两室" alone is not.
func house(text string, start, end int) bool {
	parts := housePart.FindAllStringSubmatchIndex(text[start:end], -1)
	strong := false
	last := 0
	for _, p := range parts {
		word := text[start+p[4] : start+p[5]]
		strong = strong || strings.Contains(" 号楼 号院 号房 号室 #楼 # 栋 幢 单元 室 座 ", " "+word+" ")
		last = p[1]
	}
	if !strong {
		return false
	}
	tail := strings.Trim(text[start+last:end], " -")
	if len(parts) > 1 {
		return true
	}
	p := parts[0]
	number, word := text[start+p[2]:start+p[3]], text[start+p[4]:start+p[5]]
	arabic := strings.ContainsAny(number, "0123456789")
	switch word {
	case "栋", "幢":
		return arabic || isLetter(number[0])
	case "室":
		return arabic && len(number) >= 3
	case "座":
		return isLetter(number[0]) || arabic && len(tail) >= 3
	case "#":
		return arabic && tail != ""
	default:
		return true
	}
}

// notALine leaves bus and underground lines in the text: 道1号线.
func notALine(text string, start, end int) bool {
	return !strings.HasPrefix(text[end:], "线")
}

// notADate leaves "广场9-10月" in the text, and numbers that go on.
func notADate(text string, start, end int) bool {
	if !apart(text, start, end) {
		return false
	}
	for _, r := range text[end:] {
		return !strings.ContainsRune("年月日点时元个人万%:", r)
	}
	return true
}

// folded is a text with full-width ASCII narrow, dashes alike and invisible
// signs gone, which people and evaders put between digits. at gives for each of
// its bytes the offset in the original; nil means nothing was changed.
type folded struct {
	text string
	at   []int
	size int // of the original
}

func foldText(s string) folded {
	if !strings.ContainsFunc(s, func(r rune) bool { return foldRune(r) != r }) {
		return folded{text: s, size: len(s)}
	}
	var b strings.Builder
	at := make([]int, 0, len(s))
	for i, r := range s {
		f := foldRune(r)
		if f < 0 {
			continue
		}
		before := b.Len()
		b.WriteRune(f)
		for range b.Len() - before {
			at = append(at, i)
		}
	}
	return folded{text: b.String(), at: at, size: len(s)}
}

// foldRune returns -1 for a sign that is dropped.
func foldRune(r rune) rune {
	switch {
	case r >= 0x200B && r <= 0x200F, r == 0x2060, r == 0xFEFF, r == 0x00AD:
		return -1
	case r >= 0x2010 && r <= 0x2015, r == 0x2212:
		return '-'
	default:
		return narrowRune(r)
	}
}

// start maps the first byte of a finding back.
func (f folded) start(i int) int {
	if f.at == nil {
		return i
	}
	return f.at[i]
}

// end maps the byte after a finding back; what was dropped there goes with it.
func (f folded) end(i int) int {
	switch {
	case f.at == nil:
		return i
	case i >= len(f.at):
		return f.size
	default:
		return f.at[i]
	}
}
