package org

import "strings"

// RowKey names a row of the sheet, for an address.
func (s Sheet) RowKey(cells []string) string { return strings.Join(cells[:s.keys], "|") }
