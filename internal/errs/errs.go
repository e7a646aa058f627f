// Package errs gives every refusal in the house a kind and a sentence that is
// safe to show to a person. It is the bottom of the house: it imports nothing
// of the project and knows nothing of HTTP. Only surfaces turn a Kind into a
// status code.
package errs

import (
	"errors"
	"fmt"
)

// Kind says what sort of failure an error is; surfaces map it to a status.
type Kind string

const (
	Invalid     Kind = "invalid"     // the input does not say something possible
	NotFound    Kind = "not_found"   // there is no such thing, or not for this actor
	Denied      Kind = "denied"      // the actor may not do this
	Unknown     Kind = "unknown"     // nobody is signed in, or the credential is not known
	Conflict    Kind = "conflict"    // the thing changed meanwhile, or its state forbids this
	Limit       Kind = "limit"       // too many, too large, too often
	Unavailable Kind = "unavailable" // a resource is down; trying again may help
	Internal    Kind = "internal"    // our fault
)

// Error is a failure with a kind, a stable machine-readable code, a sentence
// for people (Chinese, safe to show) and, when there is one, the cause (never
// shown).
type Error struct {
	Kind    Kind
	Code    string  // stable, snake_case, for programs: "stale_version"
	Message string  // for people
	Fields  []Field // what is wrong with which field, for Invalid
	Err     error   // cause, for the log only
}

// Field is one problem with one field of the input.
type Field struct {
	Name    string // dotted path of the field: "requester.phone"
	Message string // for people
}

// New makes an error without a cause.
func New(kind Kind, code, message string) *Error {
	return &Error{Kind: kind, Code: code, Message: message}
}

// Newf is New with a formatted message.
func Newf(kind Kind, code, format string, args ...any) *Error {
	return New(kind, code, fmt.Sprintf(format, args...))
}

// InvalidField is the common case of one wrong field.
func InvalidField(name, message string) *Error {
	return &Error{Kind: Invalid, Code: "invalid_field", Message: message, Fields: []Field{{Name: name, Message: message}}}
}

// Wrap gives a cause a kind, a code and a safe message. A nil cause stays nil.
func Wrap(err error, kind Kind, code, message string) error {
	if err == nil {
		return nil
	}
	return &Error{Kind: kind, Code: code, Message: message, Err: err}
}

func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s: %s: %v", e.Code, e.Message, e.Err)
	}
	return fmt.Sprintf("%s: %s", e.Code, e.Message)
}

func (e *Error) Unwrap() error { return e.Err }

// KindOf returns the kind of the first *Error in the chain. An error that is
// none of ours is Internal; nil has no kind.
func KindOf(err error) Kind {
	var e *Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &e):
		return e.Kind
	default:
		return Internal
	}
}

// As returns the first *Error in the chain.
func As(err error) (*Error, bool) { return errors.AsType[*Error](err) }

// CodeOf returns the code of the first *Error in the chain, or "internal".
func CodeOf(err error) string {
	if e, ok := As(err); ok {
		return e.Code
	}
	return "internal"
}

// Is reports whether err is of the kind.
func Is(err error, kind Kind) bool { return err != nil && KindOf(err) == kind }
