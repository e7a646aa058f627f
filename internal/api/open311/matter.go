package open311

import (
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"huiyin/internal/casework"
	"huiyin/internal/errs"
	"huiyin/internal/org"
	"huiyin/internal/requester"
	"huiyin/internal/ticket"
)

// noName is what stands for the name of somebody who left only a phone number
// or an e-mail address, as clients of this interface commonly do.
const noName = "未留姓名"

// reading turns parameters into a matter and collects what is wrong with them.
type reading struct {
	params
	dir   *org.Directory
	wrong []errs.Field
}

func (r *reading) refuse(name, message string) {
	r.wrong = append(r.wrong, errs.Field{Name: name, Message: message})
}

// matter reads what somebody wants. What a ticket has no field for (a place
// in words, coordinates, a link to a picture) becomes the last lines of the
// body. The device_id is not kept: it says who somebody is, and nothing needs it.
func matter(p params, dir *org.Directory) (casework.Matter, error) {
	r := &reading{params: p, dir: dir}
	code := p.values["service_code"]
	if code == "" {
		return casework.Matter{}, errs.InvalidField("service_code", "请填写服务代码")
	}
	category, ok := dir.Category(code)
	if !ok || !category.Active {
		return casework.Matter{}, errNoService
	}
	for name := range p.attributes {
		if name != attrKind && name != attrArea && name != attrMayPublish && name != attrConfidential {
			r.refuse("attribute["+name+"]", "没有这一项，请先查询服务定义")
		}
	}
	m := casework.Matter{
		Kind: r.kind(), Channel: ticket.App, Urgency: ticket.Normal, Category: code, Area: r.area(),
		Confidential: r.yes(attrConfidential), MayPublish: r.yes(attrMayPublish), Person: r.person(),
	}
	words := p.values["description"]
	if words == "" {
		words = category.Name // the specification lets a client say no more than that
	}
	m.Title = title(words)
	m.Body = words + r.lines()
	if len(r.wrong) > 0 {
		slices.SortFunc(r.wrong, func(a, b errs.Field) int { return strings.Compare(a.Name, b.Name) })
		return casework.Matter{}, &errs.Error{Kind: errs.Invalid, Code: "invalid_field", Message: r.wrong[0].Message, Fields: r.wrong}
	}
	return m, nil
}

func (r *reading) kind() ticket.Kind {
	k := ticket.Kind(r.attributes[attrKind])
	if k == "" {
		return ticket.Help
	}
	if !r.dir.Policy().KindOn(k) {
		r.refuse("attribute["+attrKind+"]", "没有这个诉求类型")
	}
	return k
}

func (r *reading) yes(name string) bool {
	switch v := r.attributes[name]; v {
	case "true":
		return true
	case "", "false":
	default:
		r.refuse("attribute["+name+"]", "须为true或false")
	}
	return false
}

// area is the division that the address_id or the attribute names; of both,
// the one that says more.
func (r *reading) area() string {
	wide, narrow := r.attributes[attrArea], r.values["address_id"]
	for name, code := range map[string]string{"attribute[" + attrArea + "]": wide, "address_id": narrow} {
		if _, ok := r.dir.Area(code); code != "" && !ok {
			r.refuse(name, "没有这个区划代码")
		}
	}
	switch {
	case narrow == "" || r.dir.AreaWithin(wide, narrow):
		return wide
	case wide != "" && !r.dir.AreaWithin(narrow, wide):
		r.refuse("address_id", "与attribute["+attrArea+"]不一致")
	}
	return narrow
}

func (r *reading) person() requester.Person {
	p := requester.Person{
		Kind: requester.Individual, Name: name(r.values["first_name"], r.values["last_name"]),
		Phone: r.values["phone"], Email: r.values["email"],
	}
	switch {
	case p.Name == "" && p.Phone == "" && p.Email == "":
		return requester.Person{Kind: requester.Anonymous}
	case p.Name == "":
		p.Name = noName
	}
	return p
}

// name puts a Chinese name together as it is written, family name first, and
// any other as the words were given.
func name(first, last string) string {
	han := func(s string) bool {
		return !strings.ContainsFunc(s, func(r rune) bool { return !unicode.Is(unicode.Han, r) && r != '·' })
	}
	if han(first) && han(last) {
		return last + first
	}
	return strings.TrimSpace(first + " " + last)
}

// lines says the place and the picture in words for people.
func (r *reading) lines() string {
	var b strings.Builder
	place := r.values["address_string"]
	if at := r.coordinates(); at != "" {
		place = strings.TrimSpace(place + " " + at)
	}
	if place != "" {
		b.WriteString("\n地点：" + place)
	} else if r.values["address_id"] == "" && r.attributes[attrArea] == "" {
		r.refuse("address_string", "请填写地点：lat和long，或address_string，或address_id")
	}
	if link := r.values["media_url"]; link != "" {
		u, err := url.Parse(link)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			r.refuse("media_url", "须为以http://或https://开头的网址")
		}
		b.WriteString("\n附件链接：" + link)
	}
	return b.String()
}

func (r *reading) coordinates() string {
	lat, long := r.values["lat"], r.values["long"]
	if lat == "" && long == "" {
		return ""
	}
	if lat == "" || long == "" {
		r.refuse("lat", "lat和long须一并填写")
		return ""
	}
	r.degrees("lat", lat, 90)
	r.degrees("long", long, 180)
	return fmt.Sprintf("（北纬%s，东经%s）", lat, long)
}

func (r *reading) degrees(name, v string, most float64) {
	d, err := strconv.ParseFloat(v, 64)
	if err != nil || math.IsNaN(d) || math.Abs(d) > most || strings.ContainsAny(v, "xXpP_") {
		r.refuse(name, fmt.Sprintf("须为-%g至%g之间的度数", most, most))
	}
}

// maxTitle is in characters; a list shows no more.
const maxTitle = 50

// title is the first sentence of what was written.
func title(words string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(words), "\n")
	if i := strings.IndexAny(line, "。！？!?；;"); i > 0 {
		line = line[:i]
	}
	if utf8.RuneCountInString(line) <= maxTitle {
		return line
	}
	return string([]rune(line)[:maxTitle-1]) + "…"
}
