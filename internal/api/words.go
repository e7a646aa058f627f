package api

import (
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"huiyin/internal/ticket"
)

// The words of the core, as the document lists them: one list for all that
// comes in and goes out.
type (
	stateWord   string
	partWord    string
	kindWord    string
	channelWord string
	urgencyWord string
	stepWord    string
	gradeWord   string
)

func (stateWord) Schema(huma.Registry) *huma.Schema   { return words(ticket.States) }
func (partWord) Schema(huma.Registry) *huma.Schema    { return words(ticket.AStates) }
func (kindWord) Schema(huma.Registry) *huma.Schema    { return words(ticket.Kinds) }
func (channelWord) Schema(huma.Registry) *huma.Schema { return words(ticket.Channels) }
func (urgencyWord) Schema(huma.Registry) *huma.Schema { return words(ticket.Urgencies) }
func (stepWord) Schema(huma.Registry) *huma.Schema    { return words(ticket.Steps) }
func (gradeWord) Schema(huma.Registry) *huma.Schema   { return words(ticket.Grades) }

func words[T ~string](list []T) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString}
	for _, w := range list {
		s.Enum = append(s.Enum, string(w))
	}
	s.PrecomputeMessages()
	return s
}

// vocabulary tells the document which words each of the core's types has.
func vocabulary(r huma.Registry) {
	r.RegisterTypeAlias(reflect.TypeFor[ticket.State](), reflect.TypeFor[stateWord]())
	r.RegisterTypeAlias(reflect.TypeFor[ticket.AState](), reflect.TypeFor[partWord]())
	r.RegisterTypeAlias(reflect.TypeFor[ticket.Kind](), reflect.TypeFor[kindWord]())
	r.RegisterTypeAlias(reflect.TypeFor[ticket.Channel](), reflect.TypeFor[channelWord]())
	r.RegisterTypeAlias(reflect.TypeFor[ticket.Urgency](), reflect.TypeFor[urgencyWord]())
	r.RegisterTypeAlias(reflect.TypeFor[ticket.Step](), reflect.TypeFor[stepWord]())
	r.RegisterTypeAlias(reflect.TypeFor[ticket.Grade](), reflect.TypeFor[gradeWord]())
}
