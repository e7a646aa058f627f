package web

import (
	"encoding/json"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"time"

	"huiyin/internal/errs"
	"huiyin/internal/org"
	"huiyin/internal/ticket"
	"huiyin/internal/web/ui"
)

// Act is a command of the life cycle as a form that people fill in.
type Act struct {
	Name   ticket.Name
	Label  string // what is done
	Fields []Ask
	Grave  bool   // cannot be undone
	Warn   string // what to know before
	types  map[string]reflect.Type
	labels map[string]string
}

// Ask is one question of the form of a command. Its label is the command's own
// description of the field unless one is given.
type Ask struct {
	ui.Field
	From func(*org.Directory) []ui.Option // where the city has the options; nil for fixed ones
}

// ActByName returns the form of a command; none for what only the platform does.
func ActByName(name ticket.Name) (Act, bool) {
	for _, a := range acts {
		if a.Name == name {
			return a, true
		}
	}
	return Act{}, false
}

// Acts lists the forms of commands in the order in which pages offer them.
func Acts() []Act { return acts }

func act[C ticket.Command](fields ...Ask) Act {
	var zero C
	a := Act{Name: zero.Name(), Label: ticket.RuleOf(zero.Name()).Label, Fields: fields, types: map[string]reflect.Type{}, labels: map[string]string{}}
	describe(reflect.TypeOf(zero), a.types, a.labels)
	return a
}

// describe collects the fields of a command by their names, those of what it
// embeds too.
func describe(t reflect.Type, types map[string]reflect.Type, labels map[string]string) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous:
			describe(f.Type, types, labels)
		case name != "" && name != "-":
			types[name], labels[name] = f.Type, f.Tag.Get("doc")
		}
	}
}

// grave marks what cannot be undone, and says so.
func (a Act) grave(warn string) Act {
	a.Grave, a.Warn = true, warn
	return a
}

// Form returns the command's form with nothing typed yet.
func (a Act) Form(city *org.Directory) ui.Form {
	f := ui.Form{Submit: a.Label, Grave: a.Grave, Warn: a.Warn}
	for _, ask := range a.Fields {
		field := ask.Field
		if field.Label == "" {
			field.Label = a.labels[field.Name]
		}
		if ask.From != nil {
			field.Options = ask.From(city)
		}
		f.Fields = append(f.Fields, &field)
	}
	return f
}

// Kinds are those that the city takes.
func Kinds(city *org.Directory) []ui.Option {
	return options(ticket.Kinds, city.Policy().KindOn, ticket.Kind.Label)
}

// Channels are those that the city takes matters by.
func Channels(city *org.Directory) []ui.Option {
	return options(ticket.Channels, city.Policy().ChannelOn, ticket.Channel.Label)
}

func options[T ~string](all []T, on func(T) bool, label func(T) string) []ui.Option {
	var list []ui.Option
	for _, one := range all {
		if on(one) {
			list = append(list, ui.Option{Value: string(one), Label: label(one)})
		}
	}
	return list
}

// CodeOptions are the entries of a code table as options.
func CodeOptions(city *org.Directory, set string) []ui.Option {
	var options []ui.Option
	for _, code := range city.Codes(set) {
		options = append(options, ui.Option{Value: code.Code, Label: code.Name, Hint: code.Note})
	}
	return options
}

// NameChosen names what a picker holds; other fields it leaves alone.
func (c *Call) NameChosen(f *ui.Field) {
	if f.Kind != ui.Pick && f.Kind != ui.Picks {
		return
	}
	values := f.Values
	if len(values) == 0 && f.Value != "" {
		values = []string{f.Value}
	}
	f.Chosen = nil
	for _, value := range values {
		label := value
		if f.Source == CategorySource {
			label = strings.Join(c.City.CategoryNames(value), " › ")
		} else if id, err := strconv.ParseInt(value, 10, 64); err == nil {
			label = c.Unit(ticket.UnitID(id))
		}
		f.Chosen = append(f.Chosen, ui.Option{Value: value, Label: label})
	}
}

// Read makes the command of what was typed. A field that is not filled in is
// left out, so that the core says what is missing.
func (a Act) Read(typed url.Values, days Days) (ticket.Command, error) {
	fields := map[string]any{}
	for name, t := range a.types {
		values := typed[name]
		if len(values) == 0 || values[0] == "" {
			continue
		}
		value, err := read(t, name, values, days)
		if err != nil {
			return nil, err
		}
		fields[name] = value
	}
	body, err := json.Marshal(fields)
	if err != nil {
		return nil, err
	}
	cmd, err := ticket.RuleOf(a.Name).Decode(func(to any) error { return json.Unmarshal(body, to) })
	return cmd, errs.Wrap(err, errs.Invalid, "form", "提交的内容无法读取")
}

// Days says when a day of the city ends.
type Days interface {
	CloseOf(date string) (time.Time, bool)
}

var instant = reflect.TypeFor[ticket.Instant]()

// read makes what a field of a command holds of what was typed.
func read(t reflect.Type, name string, values []string, days Days) (any, error) {
	text := strings.TrimSpace(values[0])
	switch {
	case t == instant:
		at, ok := days.CloseOf(text)
		if !ok {
			return nil, errs.InvalidField(name, "请填写日期")
		}
		return at.UnixMilli(), nil
	case t.Kind() == reflect.Bool:
		return text == "true", nil
	case t.Kind() == reflect.Int || t.Kind() == reflect.Int64:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, errs.InvalidField(name, "请填写整数")
		}
		return n, nil
	case t.Kind() == reflect.Slice:
		var list []any
		for _, v := range values {
			one, err := read(t.Elem(), name, []string{v}, days)
			if err != nil {
				return nil, err
			}
			list = append(list, one)
		}
		return list, nil
	}
	return text, nil
}

// Closing reads the close of business from a calendar of the city.
type Closing struct{ City *org.Directory }

// CloseOf implements Days.
func (c Closing) CloseOf(date string) (time.Time, bool) {
	days := c.City.Calendar()
	day, err := time.ParseInLocation(time.DateOnly, date, days.Location())
	windows := days.Windows()
	if err != nil || len(windows) == 0 {
		return day, false
	}
	return day.Add(time.Duration(windows[len(windows)-1].To) * time.Minute), true
}
