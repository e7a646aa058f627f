package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Clean makes text of several lines fit to be stored and shown: line ends
// become LF, every blank (tab, ideographic and no-break space …) a space,
// control, zero-width and direction characters go, lines lose blanks at both
// ends, several empty lines in a row become one, and the whole has none at
// either end. Bytes that are not UTF-8 become U+FFFD.
//
// Full-width signs, compatibility forms and composed characters stay as the
// person wrote them: some people's names depend on the very code point.
// Cleaning twice gives the same.
func Clean(s string) string {
	if plainLine(s) {
		return s
	}
	s = visible(s)
	var b strings.Builder
	b.Grow(len(s))
	empty := 0
	for line := range strings.SplitSeq(s, "\n") {
		line = strings.Trim(line, " ")
		if line == "" {
			empty++
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
			if empty > 0 {
				b.WriteByte('\n')
			}
		}
		empty = 0
		b.WriteString(line)
	}
	return b.String()
}

// Line is Clean for a text of one line: line ends are blanks too, and several
// blanks in a row become one.
func Line(s string) string {
	if plainLine(s) && !strings.Contains(s, "  ") {
		return s
	}
	return strings.Join(strings.FieldsFunc(visible(s), func(r rune) bool { return r == ' ' || r == '\n' }), " ")
}

// plainLine reports whether s is one line that needs no cleaning at all, which
// is the common case.
func plainLine(s string) bool {
	if s == "" {
		return true
	}
	if s[0] == ' ' || s[len(s)-1] == ' ' {
		return false
	}
	for i, r := range s {
		if r == utf8.RuneError {
			if _, n := utf8.DecodeRuneInString(s[i:]); n == 1 {
				return false
			}
		}
		if visibleRune(r) != r || r == '\n' {
			return false
		}
	}
	return true
}

// visible drops what cannot be seen and leaves only two kinds of blanks: space
// and LF.
func visible(s string) string {
	return strings.Map(visibleRune, strings.ReplaceAll(Valid(s), "\r\n", "\n"))
}

// visibleRune returns -1 for a character to drop.
func visibleRune(r rune) rune {
	if r >= ' ' && r < 0x7F || r >= 0x4E00 && r < 0xA000 {
		return r
	}
	switch r {
	case '\n', '\r', '\v', '\f', 0x85, 0x2028, 0x2029:
		return '\n'
	case '\t':
		return ' '
	case 0x180E: // the Mongolian vowel separator stands between letters of one word
		return r
	}
	switch {
	case unicode.Is(unicode.Zs, r):
		return ' '
	case unicode.In(r, unicode.Cc, unicode.Cf), noncharacter(r):
		return -1
	}
	return r
}

// noncharacter reports the code points that Unicode keeps out of interchange.
func noncharacter(r rune) bool {
	return r&0xFFFE == 0xFFFE || r >= 0xFDD0 && r <= 0xFDEF
}
