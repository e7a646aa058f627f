package intake

import (
	"hash/fnv"
	"math/rand/v2"
	"regexp"
	"strings"
	"time"

	"huiyin/internal/errs"
	"huiyin/internal/org"
	"huiyin/internal/ticket"
	"huiyin/internal/worktime"
)

// Planner writes the histories of cases: what the data lacks, it chooses by
// rule, from the seed and the case's id only, so that the same data give the
// same histories. docs/replay.md states the rules.
type Planner struct {
	dir    *org.Directory
	cal    *worktime.Calendar
	seed   uint64
	now    time.Time
	center ticket.UnitID
	staff  map[ticket.UnitID]map[ticket.Role][]ticket.Actor
	// able are the city's own units with somebody to handle and to sign off.
	able     []ticket.UnitID
	counties []string // codes of areas
	topics   []guessed
	other    string
}

// NewPlanner makes a Planner for a city; the error is Conflict when the city
// has nobody to work at its center or in its units. Nothing is planned to
// happen after now.
func NewPlanner(dir *org.Directory, seed uint64, now time.Time) (*Planner, error) {
	p := &Planner{
		dir: dir, cal: dir.Calendar(), seed: seed, now: now, center: dir.CityCenter(),
		staff: staffOf(dir), topics: topicsOf(dir), other: otherCategory(dir),
	}
	for _, role := range []ticket.Role{ticket.Agent, ticket.Dispatcher, ticket.Reviewer, ticket.FollowUpAgent, ticket.Supervisor} {
		if len(p.staff[p.center][role]) == 0 {
			return nil, errs.Newf(errs.Conflict, "no_staff", "市中心没有 %s 岗位的账号，无法重放", role)
		}
	}
	for _, u := range dir.Units() {
		if u.Level == org.CityLevel && u.ID != p.center && p.handles(u.ID) {
			p.able = append(p.able, u.ID)
		}
	}
	for _, a := range dir.Areas() {
		if a.Level == 2 {
			p.counties = append(p.counties, a.Code)
		}
	}
	if len(p.able) == 0 || p.other == "" {
		return nil, errs.New(errs.Conflict, "no_city", "没有承办单位的账号或事项分类，无法重放；请先建立演示城市")
	}
	return p, nil
}

func staffOf(dir *org.Directory) map[ticket.UnitID]map[ticket.Role][]ticket.Actor {
	staff := make(map[ticket.UnitID]map[ticket.Role][]ticket.Actor)
	for _, a := range dir.Accounts() {
		if !a.Active {
			continue
		}
		if staff[a.Unit] == nil {
			staff[a.Unit] = make(map[ticket.Role][]ticket.Actor)
		}
		for _, role := range a.Roles {
			staff[a.Unit][role] = append(staff[a.Unit][role], a.Actor())
		}
	}
	return staff
}

// handles reports whether a unit takes tickets and has people for the whole
// way from signing to sign-off.
func (p *Planner) handles(unit ticket.UnitID) bool {
	u, ok := p.dir.Unit(unit)
	return ok && u.Active && len(p.staff[unit][ticket.Handler]) > 0 && len(p.staff[unit][ticket.Approver]) > 0
}

// someone is an account with the role at the unit.
func (p *Planner) someone(d *die, unit ticket.UnitID, role ticket.Role) ticket.Actor {
	all := p.staff[unit][role]
	return all[d.IntN(len(all))]
}

// lead is who answers for a matter: whom the catalogue names or, if nobody
// works there, the nearest unit above with people, or else any of the city's.
func (p *Planner) lead(d *die, category, area string, at time.Time) (unit ticket.UnitID, entry org.Entry) {
	entry, ok := p.dir.Propose(category, area, at.In(p.cal.Location()).Format(time.DateOnly))
	if !ok {
		entry, ok = p.dir.Propose(category, area, "")
	}
	for u, found := p.dir.Unit(entry.Lead); ok && found && u.ID != p.center; u, found = p.dir.Unit(u.Parent) {
		if p.handles(u.ID) {
			if u.ID != entry.Lead {
				entry.ID = 0
			}
			return u.ID, entry
		}
	}
	return p.able[d.IntN(len(p.able))], org.Entry{}
}

// above is the county's center that a unit below it may get the matter from,
// zero if there is none with people.
func (p *Planner) above(unit ticket.UnitID) ticket.UnitID {
	c := p.dir.CenterOf(unit)
	if c == 0 || c == p.center || c == unit || !p.handles(c) {
		return 0
	}
	return c
}

// scrambled are the place names of data whose places were made unknown, as
// A市 or B12县.
var scrambled = regexp.MustCompile(`[A-Z][0-9]{0,3}[市区县]`)

// area tells where a matter is: by the county that it names, or else by the
// first scrambled place, which always stands for the same county. Empty: the
// whole city.
func (p *Planner) area(title, body string) string {
	for _, text := range []string{title, body} {
		for _, code := range p.counties {
			if a, _ := p.dir.Area(code); strings.Contains(text, a.Name) {
				return code
			}
		}
		if place := scrambled.FindString(text); place != "" && len(p.counties) > 0 {
			return p.counties[hash(p.seed, place)%uint64(len(p.counties))]
		}
	}
	return ""
}

// category tells what a matter is about.
func (p *Planner) category(title, body string) string {
	return orElse(guess(p.topics, title, body), p.other)
}

// due is when a step that starts at from ends; false if it has no limit.
func (p *Planner) due(from time.Time, step ticket.Step, f org.Facts) (time.Time, bool) {
	limit, ok := p.dir.Limit(step, f, "")
	if !ok {
		return time.Time{}, false
	}
	l, err := worktime.ParseLimit(limit)
	if err != nil {
		return time.Time{}, false
	}
	due, _ := p.cal.Due(from, l, p.dir.Policy().Counting())
	return due, true
}

// chunk is how many working minutes are counted at once, below the bound of
// a limit.
const chunk = 9000

// later is so many working minutes after an instant: always at work.
func (p *Planner) later(t time.Time, minutes int) time.Time {
	for ; minutes > chunk; minutes -= chunk {
		t, _ = p.cal.Due(t, worktime.Limit{N: chunk, Unit: worktime.WorkingMinutes}, worktime.Counting{})
	}
	t, _ = p.cal.Due(t, worktime.Limit{N: max(minutes, 1), Unit: worktime.WorkingMinutes}, worktime.Counting{})
	return t
}

// earlier is so many working minutes before an instant.
func (p *Planner) earlier(t time.Time, minutes int) time.Time {
	want := time.Duration(minutes) * time.Minute
	span := 24 * time.Hour
	for p.cal.WorkingTime(t.Add(-span), t) < want {
		span *= 2
	}
	// The working time back to x only grows as x gets earlier: halve.
	near, far := time.Duration(0), span
	for far-near > time.Second {
		if mid := (near + far) / 2; p.cal.WorkingTime(t.Add(-mid), t) < want {
			near = mid
		} else {
			far = mid
		}
	}
	return t.Add(-far).Truncate(time.Second)
}

// minutes is how many whole minutes are worked between two instants.
func (p *Planner) minutes(from, to time.Time) int {
	return int(p.cal.WorkingTime(from, to) / time.Minute)
}

// die makes the choices of one case.
type die struct{ *rand.Rand }

func dice(seed uint64, id string) *die {
	return &die{rand.New(rand.NewPCG(seed, hash(seed, id)))}
}

// between draws a whole number, both ends included.
func (d *die) between(least, most int) int { return least + d.IntN(most-least+1) }

// chance is true so many times in a hundred.
func (d *die) chance(percent int) bool { return d.IntN(100) < percent }

// of draws one of several.
func of[T any](d *die, list ...T) T { return list[d.IntN(len(list))] }

func hash(seed uint64, s string) uint64 {
	h := fnv.New64a()
	var b [8]byte
	for i := range b {
		b[i] = byte(seed >> (8 * i))
	}
	h.Write(b[:])
	h.Write([]byte(s))
	// FNV alone spreads short strings badly over small numbers.
	x := h.Sum64()
	x ^= x >> 31
	x *= 0x9E3779B97F4A7C15
	return x ^ x>>29
}
