package requester

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Masked is a requester as every list and page shows it. The company's name is
// kept in clear: it is a matter of public record.
type Masked struct {
	ID         int64
	Kind       Kind
	Name       string
	Phone      string
	Email      string
	IDNumber   string
	Address    string
	Company    string
	CreditCode string
}

// Mask hides what identifies the person; empty fields stay empty.
func (p Person) Mask() Masked {
	return Masked{
		Kind:       p.Kind,
		Name:       maskName(p.Name),
		Phone:      maskPhone(p.Phone),
		Email:      maskEmail(p.Email),
		IDNumber:   maskMiddle(p.IDNumber, 4, 4),
		Address:    maskAddress(p.Address),
		Company:    p.Company,
		CreditCode: maskMiddle(p.CreditCode, 4, 4),
	}
}

// compoundSurnames are the two-character surnames in common use.
const compoundSurnames = " 欧阳 上官 司马 诸葛 东方 皇甫 尉迟 公孙 令狐 慕容 司徒 夏侯 端木 宇文 长孙 轩辕 南宫 申屠 淳于 独孤 澹台 公冶 闻人 太史 呼延 西门 百里 司空 第五 "

// maskName keeps the surname of a Chinese name and the first letter of any other.
func maskName(s string) string {
	runes := []rune(s)
	switch {
	case len(runes) == 0:
		return ""
	case len(runes) == 1:
		return "*"
	case len(runes) >= 3 && strings.Contains(compoundSurnames, " "+string(runes[:2])+" "):
		return string(runes[:2]) + "*"
	default:
		return string(runes[0]) + "*"
	}
}

// maskPhone keeps three and four digits of a mobile, area code and last two of
// a landline, the last two of anything else.
func maskPhone(s string) string {
	if s == "" {
		return ""
	}
	n := normalPhone(s)
	switch {
	case isMobile(n):
		return n[:3] + "****" + n[7:]
	case len(n) >= 10 && n[0] == '0':
		return n[:areaCode(n)] + "-****" + n[len(n)-2:]
	case len(n) >= 7:
		return "****" + n[len(n)-2:]
	default:
		return "****"
	}
}

// areaCode is the length of a landline's area code with its zero: three digits
// for 010 and 02x, four elsewhere.
func areaCode(n string) int {
	if n[1] <= '2' {
		return 3
	}
	return 4
}

// maskEmail keeps the first letter and the domain; of a single letter nothing.
func maskEmail(s string) string {
	if s == "" {
		return ""
	}
	local, domain, ok := strings.Cut(s, "@")
	if !ok {
		return "***"
	}
	_, size := utf8.DecodeRuneInString(local)
	if size == len(local) {
		size = 0
	}
	return local[:size] + "***@" + domain
}

// maskMiddle keeps the first and last characters only if at least as many are
// hidden between them.
func maskMiddle(s string, first, last int) string {
	runes := []rune(s)
	if len(runes) < 2*(first+last) {
		first, last = min(1, len(runes)/4), 0
	}
	hidden := max(len(runes)-first-last, 0)
	return string(runes[:first]) + strings.Repeat("*", hidden) + string(runes[first+hidden:])
}

// addressEnds are the words after which an address names a building, the
// longer of two that start alike first.
func addressEnds() [16]string {
	return [...]string{
		"街道", "街", "路", "大道", "巷", "里弄", "弄", "胡同", "小区", "花园", "新村", "村", "社区", "公寓", "大厦", "苑",
	}
}

// maskAddress cuts after the first word that ends a street, estate or village
// and never keeps a digit; with no such word, half of it up to six characters.
func maskAddress(s string) string {
	if s == "" {
		return ""
	}
	end := -1
	for i, r := range s {
		if unicode.IsDigit(r) {
			end = i
			break
		}
		if n := endsHere(s[i:]); n > 0 && i > 0 {
			end = i + n
			break
		}
	}
	if end < 0 {
		runes := []rune(s)
		return string(runes[:min(6, len(runes)/2)]) + "***"
	}
	return s[:end] + "***"
}

// endsHere is the length of the ending word that s starts with, or 0.
func endsHere(s string) int {
	for _, word := range addressEnds() {
		if strings.HasPrefix(s, word) {
			return len(word)
		}
	}
	return 0
}
