package text

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Limits of the tokens, so that no text, however odd, can swell the index.
const (
	// MaxTokenBytes is the longest token; a longer word is cut there, in texts
	// and queries alike.
	MaxTokenBytes = 48
	// MaxTokens is the most tokens of one text: some 16,000 characters. What
	// follows is not found.
	MaxTokens = 16384
	// MaxQueryTokens is the most distinct tokens of a query; a longer query
	// asks for its first.
	MaxQueryTokens = 32
)

// AppendTokens adds the tokens of a text to dst, in order, repeated ones
// included: for every Han character it and the next one ("停水", "水了"), the
// last of a run alone ("了"), so that each Han character begins exactly one
// token; runs of other letters in lower case ("app"); runs of digits ("12345").
// Signs and blanks separate. Full-width and other compatibility forms count as
// their plain ones, and characters of no width do not count at all. It allocates
// nothing but the slice's growth, and the folded text where folding changes it:
// tokens are parts of one string.
func AppendTokens(dst []string, s string) []string {
	start := len(dst)
	for r := (runs{rest: Fold(s)}); r.next(); {
		room := MaxTokens - (len(dst) - start)
		if room <= 0 {
			break
		}
		if r.class != han {
			dst = append(dst, limitBytes(r.run))
			continue
		}
		dst = appendHan(dst, r.run, room)
	}
	return dst
}

// appendHan adds a token for each character of a Han run, at most limit.
func appendHan(dst []string, run string, limit int) []string {
	for ; run != "" && limit > 0; limit-- {
		_, first := utf8.DecodeRuneInString(run)
		_, second := utf8.DecodeRuneInString(run[first:])
		dst = append(dst, run[:first+min(second, len(run)-first)])
		run = run[first:]
	}
	return dst
}

// QueryToken is what a text must contain to be found: the token itself or,
// with Prefix, any token that starts with it.
type QueryToken struct {
	Text   string
	Prefix bool
}

// QueryTokens returns the distinct tokens that every text containing the words
// of the query has, in the order they stand. A Han character standing alone
// asks for all tokens that start with it, which is all places where it occurs.
// A query without a letter, digit or Han character has none.
func QueryTokens(q string) []QueryToken {
	var tokens []QueryToken
	add := func(t QueryToken) {
		same := func(u QueryToken) bool { return u.Text == t.Text && u.Prefix == t.Prefix }
		if len(tokens) < MaxQueryTokens && !slices.ContainsFunc(tokens, same) {
			tokens = append(tokens, t)
		}
	}
	var pairs []string
	for r := (runs{rest: Fold(q)}); r.next() && len(tokens) < MaxQueryTokens; {
		if r.class != han {
			add(QueryToken{Text: limitBytes(r.run)})
			continue
		}
		pairs = appendHan(pairs[:0], r.run, MaxTokens)
		if len(pairs) == 1 {
			add(QueryToken{Text: r.run, Prefix: true})
		}
		for _, p := range pairs[:len(pairs)-1] {
			add(QueryToken{Text: p})
		}
	}
	return tokens
}

// Fold returns the form of s that tokens are cut from: compatibility forms
// composed (NFKC), lower case, without characters of no width. A text in which
// only signs would change is returned as it is, at no cost.
func Fold(s string) string {
	i := plainPrefix(s)
	if i == len(s) {
		return s
	}
	return strings.Map(foldRune, norm.NFKC.String(Valid(strings.Map(dropWidthless, s))))
}

// plainPrefix returns how many bytes from the start need no folding: ASCII without capitals, common Han characters and the signs
// that stand between them.
func plainPrefix(s string) int {
	for i, r := range s {
		switch {
		case r < utf8.RuneSelf && (r < 'A' || r > 'Z'):
		case r >= 0x4E00 && r < 0xA000:
		case r >= 0x3001 && r <= 0x3020: // 、。《》「」【】
		case r >= 0x2018 && r <= 0x201D: // ‘’“”
		case r >= 0xFF01 && r <= 0xFF0F, r >= 0xFF1A && r <= 0xFF20: // ，！（）：？ separate as their narrow forms do
		default:
			return i
		}
	}
	return len(s)
}

func foldRune(r rune) rune {
	if r < utf8.RuneSelf {
		if r >= 'A' && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}
	return unicode.ToLower(r)
}

// dropWidthless drops format characters and variation selectors.
func dropWidthless(r rune) rune {
	if r >= utf8.RuneSelf && unicode.In(r, unicode.Cf, unicode.Variation_Selector) {
		return -1
	}
	return r
}

// class is what a character is to the tokenizer.
type class int8

const (
	sign class = iota // everything that separates
	han
	letter
	digit
)

func classOf(r rune) class {
	switch {
	case r >= 0x4E00 && r < 0xA000:
		return han
	case r < utf8.RuneSelf:
		switch {
		case r >= 'a' && r <= 'z':
			return letter
		case r >= '0' && r <= '9':
			return digit
		}
		return sign
	case unicode.Is(unicode.Han, r) && (unicode.IsLetter(r) || unicode.IsNumber(r)):
		return han
	case unicode.IsDigit(r):
		return digit
	case unicode.In(r, unicode.L, unicode.M, unicode.Co):
		return letter
	}
	return sign
}

// runs walks over the runs of one class in a folded text, signs left out.
type runs struct {
	rest  string
	run   string
	class class
}

func (r *runs) next() bool {
	start, class := -1, sign
	for i, c := range r.rest {
		k := classOf(c)
		switch {
		case start < 0 && k == sign, start >= 0 && k == class:
		case start < 0:
			start, class = i, k
		default:
			r.run, r.class, r.rest = r.rest[start:i], class, r.rest[i:]
			return true
		}
	}
	if start < 0 {
		return false
	}
	r.run, r.class, r.rest = r.rest[start:], class, ""
	return true
}

// limitBytes cuts a long word between characters.
func limitBytes(s string) string {
	if len(s) <= MaxTokenBytes {
		return s
	}
	n := MaxTokenBytes
	for !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
