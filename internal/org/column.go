package org

import (
	"slices"
	"strings"

	"huiyin/internal/errs"
	"huiyin/internal/worktime"
)

// column is one of a sheet.
type column struct {
	name  string              // for programs
	title string              // for people
	read  func(string) string // makes what people write what the table holds
	words map[string]string   // labels by code, where only certain words will do
}

// labels lists the words of a column.
func labels[T interface {
	~string
	Label() string
}](list []T,
) map[string]string {
	words := make(map[string]string, len(list))
	for _, w := range list {
		words[string(w)] = w.Label()
	}
	return words
}

// tidy makes of a cell what the table would write. What it does not understand
// it leaves for the check.
func (c column) tidy(cell string) string {
	cell = strings.TrimSpace(cell)
	if c.read != nil {
		cell = c.read(cell)
	}
	if c.words == nil {
		return cell
	}
	list := listOf(cell)
	for i, word := range list {
		list[i] = c.code(word)
	}
	return strings.Join(list, listMark)
}

// code is the word of the table for one of people.
func (c column) code(word string) string {
	for code, label := range c.words {
		if word == label {
			return code
		}
	}
	return word
}

// label is the reverse of tidy.
func (c column) label(cell string) string {
	if c.words == nil {
		return cell
	}
	list := listOf(cell)
	for i, code := range list {
		if label, ok := c.words[code]; ok {
			list[i] = label
		}
	}
	return strings.Join(list, listMark)
}

// listMark parts the words of a cell.
const listMark = ";"

// listOf reads several words in one cell, parted as people part them.
func listOf(cell string) []string {
	return strings.FieldsFunc(cell, func(r rune) bool { return strings.ContainsRune(";；,，、 \t\n\u3000", r) })
}

func readList(cell string) string { return strings.Join(listOf(cell), listMark) }

// readRoles puts the roles of an account in the order of the table, each once.
func readRoles(cell string) string {
	roles := listOf(cell)
	for i, r := range roles {
		roles[i] = column{words: roleWords()}.code(r)
	}
	slices.Sort(roles)
	return strings.Join(slices.Compact(roles), listMark)
}

func readDay(cell string) string {
	if day, ok := worktime.ParseDay(cell); ok {
		return day
	}
	return cell
}

// flags are what people write for yes and no; nothing is yes.
var flags = map[string]string{
	"": "true", "true": "true", "1": "true", "是": "true", "启用": "true", "在用": "true", "有效": "true",
	"false": "false", "0": "false", "否": "false", "停用": "false", "无效": "false",
}

func activeColumn() column {
	return column{name: "active", title: "是否启用", read: readFlag, words: map[string]string{"true": "是", "false": "否"}}
}

func readFlag(cell string) string {
	if flag, ok := flags[strings.ToLower(cell)]; ok { // a spreadsheet writes TRUE
		return flag
	}
	return cell
}

func flagOf(cell string) (bool, error) {
	if cell != "true" && cell != "false" {
		return false, errs.InvalidField("active", "须填写“是”或“否”")
	}
	return cell == "true", nil
}
