package ui

import (
	"fmt"
	"html/template"
	"net/url"
	"strings"
	"time"

	"huiyin/internal/ticket"
)

// funcs are what templates call. They are bound to one language.
func (k *Kit) funcs(words Catalogue) template.FuncMap {
	return template.FuncMap{
		"t":       words.Say,
		"told":    words.Told,
		"icon":    k.icon,
		"asset":   k.Assets.URL,
		"date":    func(at any) string { return k.instant(at, words.Say("2006年1月2日")) },
		"moment":  func(at any) string { return k.instant(at, words.Say("2006年1月2日 15:04")) },
		"short":   func(at any) string { return k.instant(at, words.Say("1月2日 15:04")) },
		"machine": func(at any) string { return k.instant(at, time.RFC3339) },
		"span":    func(from, to ticket.Instant) string { return Span(words, to.Time().Sub(from.Time())) },
		"number":  Number,
		"lines":   Lines,
		"join":    strings.Join,
		"dict":    dict,
		"list":    func(items ...any) []any { return items },
		"add":     func(a, b int) int { return a + b },
		"query":   url.QueryEscape,
		"where":   Where,
	}
}

func (k *Kit) icon(name string) template.HTML {
	// The name is a constant of a template or of a menu.
	return template.HTML(`<svg class="icon" aria-hidden="true" focusable="false"><use href="` +
		template.HTMLEscapeString(k.Assets.URL("vendor/icons.svg")+"#"+name) + `"></use></svg>`)
}

// instant shows a moment at the city; nothing for never.
func (k *Kit) instant(at any, layout string) string {
	var t time.Time
	switch at := at.(type) {
	case ticket.Instant:
		if at == 0 {
			return ""
		}
		t = at.Time()
	case time.Time:
		t = at
	}
	if t.IsZero() {
		return ""
	}
	return t.In(k.local).Format(layout)
}

// Span says how long something took, in its two largest units.
func Span(words Catalogue, d time.Duration) string {
	d = max(d, 0).Round(time.Minute)
	days, hours, minutes := int(d.Hours())/24, int(d.Hours())%24, int(d.Minutes())%60
	switch {
	case days > 0 && hours > 0:
		return words.Say("%d天%d小时", days, hours)
	case days > 0:
		return words.Say("%d天", days)
	case hours > 0 && minutes > 0:
		return words.Say("%d小时%d分钟", hours, minutes)
	case hours > 0:
		return words.Say("%d小时", hours)
	}
	return words.Say("%d分钟", minutes)
}

// Number writes a count with a comma every three digits.
func Number(n int64) string {
	digits := fmt.Sprint(n)
	var b strings.Builder
	for i, c := range digits {
		if i > 0 && c != '-' && (len(digits)-i)%3 == 0 && digits[i-1] != '-' {
			b.WriteByte(',')
		}
		b.WriteRune(c)
	}
	return b.String()
}

// Lines cuts a text into its paragraphs.
func Lines(text string) []string {
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// dict names the arguments of a component.
func dict(pairs ...any) (map[string]any, error) {
	m := make(map[string]any, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("ui: %v is no name", pairs[i])
		}
		m[name] = pairs[i+1]
	}
	return m, nil
}

// Where returns an address with one parameter of its query changed; an empty
// value takes it out. A page of a list begins anew when it is narrowed.
func Where(address, name, value string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	q := u.Query()
	if name != "cursor" {
		q.Del("cursor")
	}
	q.Del(name)
	if value != "" {
		q.Set(name, value)
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// Date shows the day of an instant.
func (k *Kit) Date(at ticket.Instant, words Catalogue) string {
	return k.instant(at, words.Say("2006年1月2日"))
}
