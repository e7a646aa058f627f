package ui

import (
	"embed"
	"encoding/json"
	"fmt"
)

//go:embed words/*.json
var catalogues embed.FS

// Languages are those of the public side. Chinese is the language of the
// sources: the text in a template is the key in the other catalogues.
var Languages = []string{Chinese, English}

// The languages.
const (
	Chinese = "zh-CN"
	English = "en"
)

// Catalogue says things in one language.
type Catalogue map[string]string

// readWords returns the catalogue of a language; that of Chinese is empty.
func readWords(lang string) (Catalogue, error) {
	if lang == Chinese {
		return nil, nil
	}
	file, err := catalogues.ReadFile("words/" + lang + ".json")
	if err != nil {
		return nil, fmt.Errorf("ui: words: %w", err)
	}
	var c Catalogue
	if err := json.Unmarshal(file, &c); err != nil {
		return nil, fmt.Errorf("ui: words %s: %w", lang, err)
	}
	return c, nil
}

// Say returns the text in the catalogue's language, as it is if the catalogue
// does not know it. With args it is a format; what it makes may be known as a
// whole, because one of a thing is said otherwise than several.
func (c Catalogue) Say(text string, args ...any) string {
	chinese := text
	if other, ok := c[text]; ok {
		text = other
	}
	if len(args) == 0 {
		return text
	}
	if whole, ok := c[fmt.Sprintf(chinese, args...)]; ok {
		return whole
	}
	return fmt.Sprintf(text, args...)
}

// Told returns a message in the catalogue's language; where the catalogue does
// not know it, because it is made of parts, what is said instead of it.
func (c Catalogue) Told(message, instead string) string {
	if _, known := c[message]; c == nil || known {
		return c.Say(message)
	}
	return c.Say(instead)
}
