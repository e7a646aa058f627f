package org

import "huiyin/internal/ticket"

// Level is the level of government that a unit belongs to.
type Level string

// The three levels.
const (
	CityLevel     Level = "city"     // 市
	CountyLevel   Level = "county"   // 县区
	TownshipLevel Level = "township" // 乡镇街道
)

// Levels lists them from the top.
var Levels = []Level{CityLevel, CountyLevel, TownshipLevel}

// Label is the level's name for people.
func (l Level) Label() string {
	return map[Level]string{CityLevel: "市级", CountyLevel: "县级", TownshipLevel: "乡镇级"}[l]
}

// UnitKind says what a unit is.
type UnitKind string

// The kinds of units.
const (
	Center     UnitKind = "center"     // 智慧中心
	Department UnitKind = "department" // 党政部门及其派出机构
	Utility    UnitKind = "utility"    // 公用事业企业
	Township   UnitKind = "township"   // 乡镇、街道
	Other      UnitKind = "other"
)

// UnitKinds lists them.
var UnitKinds = []UnitKind{Center, Department, Utility, Township, Other}

// Label is the kind's name for people.
func (k UnitKind) Label() string {
	return map[UnitKind]string{Center: "智慧中心", Department: "部门", Utility: "公用事业企业", Township: "乡镇街道", Other: "其他"}[k]
}

// Unit is one unit of the city, 联动单位.
type Unit struct {
	ID          ticket.UnitID
	Parent      ticket.UnitID // zero for the city center
	Path        string        // "/1/4/17/": the ids from the root to the unit itself
	Code        string        // stable, unique, readable
	Name, Short string
	Level       Level
	Kind        UnitKind
	Area        string // code of the area it serves; empty: the whole city
	Active      bool   // false: it gets no new tickets
}

// Account is a person's account. It holds its roles at its own unit only.
type Account struct {
	ID          ticket.AccountID
	Login, Name string
	Unit        ticket.UnitID
	Roles       []ticket.Role
	Active      bool
}

// Actor is the account as the core sees who gives a command.
func (a Account) Actor() ticket.Actor {
	return ticket.Actor{Account: a.ID, Unit: a.Unit, Roles: a.Roles}
}

// Category is a node of the tree of matters, 事项分类. Level 1 is the top.
type Category struct {
	Code   string
	Parent string // empty at the top
	Path   string // "/cj/cj01/cj0102/": the codes from the top to the category itself
	Name   string
	Level  int
	Active bool // false: not for new tickets
}

// Area is a division: the city is level 1, counties 2, townships 3.
type Area struct {
	Code   string // of the statistics office: 3501, 350102, 350102001
	Parent string // empty at the top
	Name   string
	Level  int
}

// Entry is one line of the dispatch catalogue, 派单目录: who answers for a
// category in an area. It also holds for everything below both, unless an
// entry there says otherwise.
type Entry struct {
	ID                 int64
	Category           string
	Area               string // empty: the whole city
	Lead               ticket.UnitID
	CoHandlers         []ticket.UnitID
	LegalBasis         string
	ValidFrom, ValidTo string // first and last local day, 2006-01-02; empty: open
}

// LimitRule says how long a step may take. An empty field matches everything.
// Category and Unit match what is below them too.
type LimitRule struct {
	ID                 int64
	Step               ticket.Step
	Kind               ticket.Kind
	Category           string
	Urgency            ticket.Urgency
	Channel            ticket.Channel
	Unit               ticket.UnitID
	Limit              string // as package worktime reads it: "5wd", "60wm", "24h"
	ValidFrom, ValidTo string // first and last local day, 2006-01-02; empty: open
}

// Facts is what a limit depends on.
type Facts struct {
	Kind     ticket.Kind
	Category string
	Urgency  ticket.Urgency
	Channel  ticket.Channel
	Unit     ticket.UnitID // who is measured; zero: no unit
}

// ReplyMode says how a lead's reply goes out.
type ReplyMode string

// The two ways; rules of the house §3.
const (
	FileAtOnce  ReplyMode = "file"   // goes out at once, is filed at the center
	ReviewFirst ReplyMode = "review" // waits for the center's review
)

// ReplyModes lists them.
var ReplyModes = []ReplyMode{FileAtOnce, ReviewFirst}

// Label is the mode's name for people.
func (m ReplyMode) Label() string {
	return map[ReplyMode]string{FileAtOnce: "直接答复", ReviewFirst: "先审核"}[m]
}

// ReplyRule sets the reply mode. Empty fields match everything; Category and
// Unit match what is below them too.
type ReplyRule struct {
	ID       int64
	Kind     ticket.Kind
	Category string
	Unit     ticket.UnitID
	Mode     ReplyMode
}

// Code is one entry of a code table, such as the reasons for a return.
type Code struct {
	Set    string // return_reason, reject_reason, …
	Code   string
	Name   string
	Note   string // for a refusal: the right channel
	Order  int
	Active bool // false: kept for old tickets, not offered any more
}
