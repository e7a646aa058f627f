package org

import (
	"fmt"
	"slices"
	"strings"

	"huiyin/internal/ticket"
)

// Scope is the part of the city whose tickets an account may see: nothing,
// all, or the units whose path begins with Path. The zero Scope is nothing.
// Confidential tickets are a matter of the task, not of the scope.
type Scope struct {
	All  bool
	Path string // of the unit at the top of the visible part
}

// blind are the roles that show no ticket. An account that holds no other
// role sees nothing.
var blind = []ticket.Role{ticket.SystemAdmin, ticket.SecurityAdmin, ticket.AuditAdmin, ticket.KnowledgeEditor}

// ScopeOf returns what an account sees by its reporting line: at the city
// center all, at a county center its county, elsewhere the unit and what is
// below it. The three administrators see nothing by virtue of their roles.
func (d *Directory) ScopeOf(a Account) Scope {
	sees := slices.ContainsFunc(a.Roles, func(r ticket.Role) bool { return !slices.Contains(blind, r) })
	u, ok := d.Unit(a.Unit)
	switch {
	case !ok || !a.Active || !sees:
		return Scope{}
	case u.ID == d.root:
		return Scope{All: true}
	}
	return Scope{Path: u.Path}
}

// Nothing reports whether the scope is empty.
func (s Scope) Nothing() bool { return !s.All && s.Path == "" }

// Covers reports whether the unit with the path is in the scope.
func (s Scope) Covers(path string) bool {
	return s.All || s.Path != "" && strings.HasPrefix(path, s.Path)
}

// Where is the scope as a condition on a column that holds a unit's path, and
// its arguments, numbered from first. It is a range, which an index serves on
// both engines.
func (s Scope) Where(column string, first int) (condition string, args []any) {
	switch {
	case s.All:
		return "1 = 1", nil
	case s.Path == "":
		return "1 = 0", nil
	}
	from, to := PathRange(s.Path)
	return fmt.Sprintf("(%[1]s >= $%[2]d AND %[1]s < $%[3]d)", column, first, first+1), []any{from, to}
}

// PathRange returns the bounds of the paths at and below one: from ≤ p < to.
// A path ends with a slash, and 0 is the character after it.
func PathRange(path string) (from, to string) {
	return path, strings.TrimSuffix(path, "/") + "0"
}
