package db

import (
	"strconv"
	"strings"
	"sync"
)

var inserts sync.Map // insertKey → string: texts are asked for again and again

type insertKey struct {
	table, columns string
	rows           int
}

// Insert returns the text of an INSERT of some rows, with $1… in row order.
func Insert(table string, columns []string, rows int) string {
	key := insertKey{table, strings.Join(columns, ", "), rows}
	if text, ok := inserts.Load(key); ok {
		return text.(string)
	}
	var b strings.Builder
	b.WriteString("INSERT INTO " + table + " (" + key.columns + ") VALUES ")
	for r := range rows {
		if r > 0 {
			b.WriteString(", ")
		}
		b.WriteString("(" + In(len(columns), r*len(columns)+1) + ")")
	}
	text := b.String()
	inserts.Store(key, text)
	return text
}

// In returns n place holders from $from: "$3, $4, $5".
func In(n, from int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("$" + strconv.Itoa(from+i))
	}
	return b.String()
}
