package org

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"huiyin/internal/ticket"
	"huiyin/internal/worktime"
)

// Directory is a snapshot of the city. It never changes, so that it may be
// shared; what its methods return belongs to it and must not be changed.
type Directory struct {
	revision int64
	policy   Policy
	calendar *worktime.Calendar

	units    []Unit // by id
	unitAt   map[ticket.UnitID]int
	unitCode map[string]ticket.UnitID
	children map[ticket.UnitID][]ticket.UnitID
	root     ticket.UnitID

	accounts  []Account // by id
	accountAt map[ticket.AccountID]int
	login     map[string]ticket.AccountID

	categories []Category // by path
	categoryAt map[string]int
	areas      []Area // by code
	areaAt     map[string]int

	entries   []Entry // by id
	catalogue map[place][]Entry
	rules     []LimitRule // by id
	limits    map[ticket.Step][]limitRule
	replies   []ReplyRule // by id
	modes     []replyRule
	codes     map[string][]Code // by set, in order
	outlines  map[string]Outline

	unitFinder, categoryFinder func() *finder // made when first asked for
}

// contents is what a Directory is made of, as the tables hold it.
type contents struct {
	Revision   int64
	Settings   map[string]string
	Windows    []worktime.Window
	Years      map[int]worktime.Year
	Units      []Unit
	Accounts   []Account
	Categories []Category
	Areas      []Area
	Entries    []Entry
	Limits     []LimitRule
	Replies    []ReplyRule
	Codes      []Code
	Outlines   []areaOutline
}

func build(c contents) (*Directory, error) {
	policy, err := policyOf(c.Settings)
	if err != nil {
		return nil, err
	}
	calendar, err := calendarOf(c.Windows, c.Years)
	if err != nil {
		return nil, err
	}
	d := &Directory{revision: c.Revision, policy: policy, calendar: calendar}
	d.putUnits(c.Units)
	d.putAccounts(c.Accounts)
	d.putCategories(c.Categories)
	d.putAreas(c.Areas)
	d.putEntries(c.Entries)
	d.putLimits(c.Limits)
	d.putReplies(c.Replies)
	d.unitFinder, d.categoryFinder = sync.OnceValue(d.unitIndex), sync.OnceValue(d.categoryIndex)
	d.outlines = make(map[string]Outline, len(c.Outlines))
	for _, o := range c.Outlines {
		d.outlines[o.area] = o.rings
	}
	d.codes = make(map[string][]Code)
	for _, code := range c.Codes {
		d.codes[code.Set] = append(d.codes[code.Set], code)
	}
	for _, set := range d.codes {
		slices.SortFunc(set, func(a, b Code) int {
			return cmp.Or(cmp.Compare(a.Order, b.Order), strings.Compare(a.Code, b.Code))
		})
	}
	return d, nil
}

// putUnits takes the units. The root is the first center without a parent.
func (d *Directory) putUnits(units []Unit) {
	slices.SortFunc(units, func(a, b Unit) int { return cmp.Compare(a.ID, b.ID) })
	d.units = units
	d.unitAt = make(map[ticket.UnitID]int, len(units))
	d.unitCode = make(map[string]ticket.UnitID, len(units))
	d.children = make(map[ticket.UnitID][]ticket.UnitID)
	for i, u := range units {
		d.unitAt[u.ID] = i
		d.unitCode[u.Code] = u.ID
		if u.Parent != 0 {
			d.children[u.Parent] = append(d.children[u.Parent], u.ID)
		} else if u.Kind == Center && d.root == 0 {
			d.root = u.ID
		}
	}
}

func (d *Directory) putAccounts(accounts []Account) {
	slices.SortFunc(accounts, func(a, b Account) int { return cmp.Compare(a.ID, b.ID) })
	d.accounts = accounts
	d.accountAt = make(map[ticket.AccountID]int, len(accounts))
	d.login = make(map[string]ticket.AccountID, len(accounts))
	for i, a := range accounts {
		d.accountAt[a.ID] = i
		d.login[a.Login] = a.ID
	}
}

func (d *Directory) putCategories(categories []Category) {
	slices.SortFunc(categories, func(a, b Category) int { return strings.Compare(a.Path, b.Path) })
	d.categories = categories
	d.categoryAt = make(map[string]int, len(categories))
	for i, c := range categories {
		d.categoryAt[c.Code] = i
	}
}

func (d *Directory) putAreas(areas []Area) {
	slices.SortFunc(areas, func(a, b Area) int { return strings.Compare(a.Code, b.Code) })
	d.areas = areas
	d.areaAt = make(map[string]int, len(areas))
	for i, a := range areas {
		d.areaAt[a.Code] = i
	}
}

// Revision counts the changes of the city's data.
func (d *Directory) Revision() int64 { return d.revision }

// Policy returns the settings.
func (d *Directory) Policy() Policy { return d.policy }

// Calendar returns the working calendar.
func (d *Directory) Calendar() *worktime.Calendar { return d.calendar }

// Unit returns a unit.
func (d *Directory) Unit(id ticket.UnitID) (Unit, bool) {
	i, ok := d.unitAt[id]
	if !ok {
		return Unit{}, false
	}
	return d.units[i], true
}

// UnitByCode returns the unit with a code.
func (d *Directory) UnitByCode(code string) (Unit, bool) { return d.Unit(d.unitCode[code]) }

// Units lists all units by id.
func (d *Directory) Units() []Unit { return d.units }

// Children lists the units right under one, by id.
func (d *Directory) Children(id ticket.UnitID) []Unit {
	ids := d.children[id]
	out := make([]Unit, len(ids))
	for i, child := range ids {
		out[i] = d.units[d.unitAt[child]]
	}
	return out
}

// IsUnder reports whether id is the ancestor itself or anywhere below it.
func (d *Directory) IsUnder(id, ancestor ticket.UnitID) bool {
	u, known := d.Unit(id)
	above, too := d.Unit(ancestor)
	return known && too && strings.HasPrefix(u.Path, above.Path)
}

// CityCenter returns the city center, zero in a store without units.
func (d *Directory) CityCenter() ticket.UnitID { return d.root }

// CenterOf returns the nearest center: the unit itself if it is one, the
// county center for a unit of a county, the city center for one of the city.
// It is zero for an unknown unit.
func (d *Directory) CenterOf(id ticket.UnitID) ticket.UnitID {
	for u, ok := d.Unit(id); ok; u, ok = d.Unit(u.Parent) {
		if u.Kind == Center {
			return u.ID
		}
	}
	return 0
}

// Account returns an account.
func (d *Directory) Account(id ticket.AccountID) (Account, bool) {
	i, ok := d.accountAt[id]
	if !ok {
		return Account{}, false
	}
	return d.accounts[i], true
}

// AccountByLogin returns the account with a login.
func (d *Directory) AccountByLogin(login string) (Account, bool) { return d.Account(d.login[login]) }

// Accounts lists all accounts by id.
func (d *Directory) Accounts() []Account { return d.accounts }

// Category returns a category.
func (d *Directory) Category(code string) (Category, bool) {
	i, ok := d.categoryAt[code]
	if !ok {
		return Category{}, false
	}
	return d.categories[i], true
}

// Categories lists the tree, each category before those below it.
func (d *Directory) Categories() []Category { return d.categories }

// CategoryWithin reports whether a category is the ancestor itself or
// anywhere below it.
func (d *Directory) CategoryWithin(code, ancestor string) bool {
	c, known := d.Category(code)
	above, too := d.Category(ancestor)
	return known && too && strings.HasPrefix(c.Path, above.Path)
}

// CategoryNames lists the names from the top down to the category.
func (d *Directory) CategoryNames(code string) []string {
	var names []string
	for c, ok := d.Category(code); ok; c, ok = d.Category(c.Parent) {
		names = append(names, c.Name)
	}
	slices.Reverse(names)
	return names
}

// Area returns an area.
func (d *Directory) Area(code string) (Area, bool) {
	i, ok := d.areaAt[code]
	if !ok {
		return Area{}, false
	}
	return d.areas[i], true
}

// Areas lists all areas by code, each before those below it.
func (d *Directory) Areas() []Area { return d.areas }

// HasAreasBelow reports whether the area is divided further.
func (d *Directory) HasAreasBelow(code string) bool {
	i, ok := d.areaAt[code]
	return ok && i+1 < len(d.areas) && d.areas[i+1].Parent == code // sorted by code
}

// HasCategoriesBelow reports whether the category is divided further.
func (d *Directory) HasCategoriesBelow(code string) bool {
	i, ok := d.categoryAt[code]
	return ok && i+1 < len(d.categories) && d.categories[i+1].Parent == code // sorted by path
}

// AreaWithin reports whether an area is the ancestor itself or anywhere below
// it.
func (d *Directory) AreaWithin(area, ancestor string) bool {
	for a, ok := d.Area(area); ok; a, ok = d.Area(a.Parent) {
		if a.Code == ancestor {
			return true
		}
	}
	return false
}

// Codes lists the entries of a code table that are on offer, in order.
func (d *Directory) Codes(set string) []Code {
	return slices.DeleteFunc(slices.Clone(d.codes[set]), func(c Code) bool { return !c.Active })
}

// Code returns one entry of a code table, on offer or not.
func (d *Directory) Code(set, code string) (Code, bool) {
	i := slices.IndexFunc(d.codes[set], func(c Code) bool { return c.Code == code })
	if i < 0 {
		return Code{}, false
	}
	return d.codes[set][i], true
}

// AllCodes lists every entry of every code table, by set and order.
func (d *Directory) AllCodes() []Code {
	var all []Code
	for _, set := range d.codes {
		all = append(all, set...)
	}
	slices.SortStableFunc(all, func(a, b Code) int { return strings.Compare(a.Set, b.Set) })
	return all
}
