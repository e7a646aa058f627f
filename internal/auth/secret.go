package auth

import (
	"fmt"
	"io"
	"log/slog"
)

const hidden = "[hidden]"

// Secret is a password or token in clear. Every way of printing, logging or
// encoding it gives "[hidden]"; Plain is the one way to the text.
type Secret string

// Plain is the text itself, for the one place that must show or compare it.
func (s Secret) Plain() string { return string(s) }

// Format answers every verb of package fmt, also those a String method would not.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// LogValue hides the text from structured logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText hides the text from encoders; a response that must carry it says so with Plain.
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }
