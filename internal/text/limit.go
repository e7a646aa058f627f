package text

import "unicode/utf8"

// Limit returns the first n characters of s.
func Limit(s string, n int) string {
	if len(s) <= n {
		return s
	}
	seen := 0
	for i := range s {
		if seen >= n {
			return s[:i]
		}
		seen++
	}
	return s
}

// Truncate returns s if it has at most n characters, else as many of its
// first as leave room for the ellipsis that says so: n in all. N below 1 gives
// nothing.
func Truncate(s string, n int) string {
	switch {
	case n < 1:
		return ""
	case len(s) <= n || utf8.RuneCountInString(s) <= n:
		return s
	}
	return Limit(s, n-1) + "…"
}
