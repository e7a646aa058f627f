package ui

import (
	"net/url"
	"slices"
	"strings"

	"huiyin/internal/errs"
)

// Kind is what a field is filled in with.
type Kind string

// The kinds of fields.
const (
	Line     Kind = "line"
	Area     Kind = "area" // several lines
	Choice   Kind = "choice"
	Select   Kind = "select"
	Check    Kind = "check"
	Date     Kind = "date"
	Whole    Kind = "whole" // a whole number
	Phone    Kind = "tel"
	Email    Kind = "email"
	Password Kind = "password"
	File     Kind = "file"
	Hidden   Kind = "hidden"
	Pick     Kind = "pick"  // one of many, looked up at Source
	Picks    Kind = "picks" // several of many
)

// Field is a question of a form.
type Field struct {
	Name, Label, Hint string
	Kind              Kind
	Options           []Option
	Required          bool
	Max               int    // characters, or of a number
	Auto              string // what a browser may fill in
	Source            string // where a picker looks
	Accept            string // types of files

	Value  string
	Values []string
	Chosen []Option // what a picker holds
	Error  string
}

// Option is one of the answers to choose from.
type Option struct{ Value, Label, Hint string }

// Is reports whether a value is chosen.
func (f *Field) Is(value string) bool { return f.Value == value || slices.Contains(f.Values, value) }

// Form is a set of questions with the answers so far and what is wrong with them.
type Form struct {
	ID      string
	Action  string
	Submit  string // on the button
	Fields  []*Field
	Problem string   // what is wrong with the whole
	Changed []string // what others did meanwhile
	Grave   bool     // cannot be undone
	Warn    string   // asked before it is sent
	Files   bool     // carries files
	Draft   string   // where it is kept while it is filled in
	Hidden  map[string]string
}

// Field returns a field by its name; nil if there is none.
func (f Form) Field(name string) *Field {
	i := slices.IndexFunc(f.Fields, func(field *Field) bool { return field.Name == name })
	if i < 0 {
		return nil
	}
	return f.Fields[i]
}

// Drop takes a field out that nobody needs to be asked.
func (f *Form) Drop(name string) {
	f.Fields = slices.DeleteFunc(f.Fields, func(field *Field) bool { return field.Name == name })
}

// Fill puts in what was typed.
func (f *Form) Fill(typed url.Values) {
	for _, field := range f.Fields {
		if values, ok := typed[field.Name]; ok && field.Kind != File && field.Kind != Password {
			field.Values = values
			field.Value = ""
			if len(values) > 0 {
				field.Value = values[0]
			}
		}
	}
}

// Refuse puts what an error says beside the fields it is about, the rest on top.
func (f *Form) Refuse(err *errs.Error) {
	for _, wrong := range err.Fields {
		// The core says of which of its parts a field is, as requester.phone.
		if field := f.Field(wrong.Name[strings.LastIndexByte(wrong.Name, '.')+1:]); field != nil && field.Kind != Hidden {
			field.Error = wrong.Message
		} else {
			f.Problem = wrong.Message
		}
	}
	if len(err.Fields) == 0 {
		f.Problem = err.Message
	}
}

// Wrong lists the fields that have something wrong.
func (f Form) Wrong() []*Field {
	var wrong []*Field
	for _, field := range f.Fields {
		if field.Error != "" {
			wrong = append(wrong, field)
		}
	}
	return wrong
}
