package requester

import (
	"net/mail"
	"strings"
	"time"
)

// narrow makes full-width ASCII and the ideographic space narrow, as input
// methods for Chinese write digits and signs.
func narrow(s string) string {
	return strings.Map(narrowRune, s)
}

func narrowRune(r rune) rune {
	switch {
	case r >= 0xFF01 && r <= 0xFF5E:
		return r - 0xFEE0
	case r == 0x3000 || r == 0x00A0:
		return ' '
	default:
		return r
	}
}

// normalPhone is the form that is hashed: digits only, without the country
// code of the mainland, a landline with its leading zero; other countries'
// numbers keep a plus.
func normalPhone(s string) string {
	s = narrow(s)
	var b strings.Builder
	for _, r := range s {
		if r >= '0' && r <= '9' || r == '+' && b.Len() == 0 {
			b.WriteRune(r)
		}
	}
	n := b.String()
	if rest, ok := strings.CutPrefix(n, "00"); ok && len(rest) > 10 {
		n = "+" + rest
	}
	if len(n) == 13 && strings.HasPrefix(n, "86") && isMobile(n[2:]) {
		return n[2:]
	}
	rest, ok := strings.CutPrefix(n, "+86")
	if !ok {
		return n
	}
	if isMobile(rest) || strings.HasPrefix(rest, "0") || strings.HasPrefix(rest, "400") {
		return rest
	}
	return "0" + rest
}

// isMobile is the mainland's numbering plan: eleven digits, 13 to 19.
func isMobile(s string) bool {
	return len(s) == 11 && s[0] == '1' && s[1] >= '3' && allDigits(s)
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// validPhone accepts mobiles, landlines with area code (and extension), local
// numbers of seven or eight digits, 400 and 800 numbers and foreign numbers
// with a plus.
func validPhone(s string) bool {
	if strings.Trim(narrow(s), "0123456789+-()# .转") != "" {
		return false
	}
	n := normalPhone(s)
	switch {
	case strings.HasPrefix(n, "+"):
		return len(n) >= 8 && len(n) <= 16
	case isMobile(n):
		return true
	case strings.HasPrefix(n, "0"):
		return len(n) >= 10 && len(n) <= 18
	case strings.HasPrefix(n, "400"), strings.HasPrefix(n, "800"):
		return len(n) == 10
	default:
		return (len(n) == 7 || len(n) == 8) && n[0] >= '2'
	}
}

// validEmail is RFC 5322's address without a display name, with a dotted domain.
func validEmail(s string) bool {
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s {
		return false
	}
	_, domain, _ := strings.Cut(s[strings.LastIndexByte(s, '@'):], "@")
	return strings.Contains(strings.Trim(domain, "."), ".")
}

// validID accepts resident identity numbers of 18 digits (GB 11643-1999, with
// its checksum) and 15 (before 1999), and other documents: 5 to 20 letters and
// digits that start with a letter.
func validID(s string) bool {
	switch {
	case len(s) == 18 && allDigits(s[:17]):
		return validResidentID(s)
	case len(s) == 15 && allDigits(s):
		return plausibleID(s)
	case len(s) < 5 || len(s) > 20 || s[0] < 'A' || s[0] > 'Z':
		return false
	}
	for i := range len(s) {
		if (s[i] < 'A' || s[i] > 'Z') && (s[i] < '0' || s[i] > '9') {
			return false
		}
	}
	return true
}

// validResidentID checks region, birthday and the ISO 7064 MOD 11-2 check
// character of an 18-digit number.
func validResidentID(s string) bool {
	return plausibleID(s) && checkedID(s)
}

func checkedID(s string) bool {
	if len(s) != 18 || !allDigits(s[:17]) {
		return false
	}
	sum, weight := 0, 1
	for i := 16; i >= 0; i-- {
		weight = weight * 2 % 11
		sum += int(s[i]-'0') * weight
	}
	last := s[17]
	if last == 'x' {
		last = 'X'
	}
	return "10X98765432"[sum%11] == last
}

// plausibleID looks at region and birthday only: a number with one mistyped
// digit still says who somebody is.
func plausibleID(s string) bool {
	if len(s) != 15 && len(s) != 18 || !allDigits(s[:15]) || s[0] < '1' || s[0] > '8' {
		return false
	}
	day := s[6:14]
	if len(s) == 15 {
		day = "19" + s[6:12]
	}
	t, err := time.Parse("20060102", day)
	return err == nil && t.Year() >= 1880 && t.Year() < 2100
}

// validCredit checks a unified social credit code (GB 32100-2015: 18 characters,
// weights 3^i mod 31) or an old 15-digit registration number.
func validCredit(s string) bool {
	if len(s) == 15 && allDigits(s) {
		return true
	}
	const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	if len(s) != 18 {
		return false
	}
	sum, weight := 0, 1
	for i := range 17 {
		v := strings.IndexByte(alphabet, s[i])
		if v < 0 {
			return false
		}
		sum += v * weight
		weight = weight * 3 % 31
	}
	return alphabet[(31-sum%31)%31] == s[17]
}
