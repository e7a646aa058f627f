package open311

import (
	"fmt"
	"strings"

	"huiyin/internal/errs"
	"huiyin/internal/org"
	"huiyin/internal/ticket"
)

// The codes of the attributes that every service has.
const (
	attrKind         = "kind"
	attrArea         = "area"
	attrMayPublish   = "may_publish"
	attrConfidential = "confidential"
)

var errNoService = errs.New(errs.NotFound, "service_code", "没有这个service_code，请先查询services")

func (s *Server) discovery(c call) (any, error) {
	// The revision of the city's data, written so that a later one sorts after
	// an earlier one, and the same in every process of one installation.
	changeset := fmt.Sprintf("r%012d", s.City.Current().Revision())
	kind := "production"
	if s.Test {
		kind = "test"
	}
	return discovery{
		Changeset: changeset, Contact: s.Contact, KeyService: s.KeyService,
		Endpoints: []endpoint{{
			Specification: "http://wiki.open311.org/GeoReport_v2", URL: s.origin(c) + Path, Changeset: changeset, Type: kind,
			Formats: []string{"text/xml", "application/json"},
		}},
	}, nil
}

func (s *Server) origin(c call) string {
	switch {
	case s.Origin != "":
		return strings.TrimSuffix(s.Origin, "/")
	case c.TLS != nil:
		return "https://" + c.Host
	}
	return "http://" + c.Host
}

// services lists the second level of the categories, and those of the first
// that nothing is below of. Every other category that is in use has its
// definition and takes requests too.
func (s *Server) services(call) (any, error) {
	dir := s.City.Current()
	parted := map[string]bool{}
	for _, c := range dir.Categories() {
		if c.Active {
			parted[c.Parent] = true
		}
	}
	l := list[service]{root: "services", item: "service"}
	for _, c := range dir.Categories() {
		if c.Active && (c.Level == 2 || c.Level == 1 && !parted[c.Code]) {
			l.items = append(l.items, describe(dir, c))
		}
	}
	return l, nil
}

// listed returns the category among the services that a category belongs to.
func listed(dir *org.Directory, code string) org.Category {
	c, _ := dir.Category(code)
	for c.Level > 2 {
		c, _ = dir.Category(c.Parent)
	}
	return c
}

// describe says what a category is: its group is the one at the top, its
// description the way down to it, its keywords the names of what is below it.
func describe(dir *org.Directory, c org.Category) service {
	names := dir.CategoryNames(c.Code)
	var below []string
	for _, other := range dir.Categories() {
		if other.Active && other.Parent == c.Code {
			below = append(below, other.Name)
		}
	}
	return service{
		Code: c.Code, Name: c.Name, Description: text(strings.Join(names, "／")), Metadata: true, Type: "realtime",
		Keywords: text(strings.Join(below, ", ")), Group: text(names[0]),
	}
}

func (s *Server) definition(c call) (any, error) {
	dir := s.City.Current()
	if category, ok := dir.Category(c.item); !ok || !category.Active {
		return nil, errNoService
	}
	return definition{Code: c.item, Attributes: attributes(dir)}, nil
}

// attributes lists what may be said about a matter beside its words. None is
// required, so that clients that never ask for definitions can hand in.
func attributes(dir *org.Directory) []attribute {
	kinds := make([]value, 0, len(dir.Policy().Kinds))
	for _, k := range dir.Policy().Kinds {
		kinds = append(kinds, value{string(k), k.Label()})
	}
	yes := []value{{"true", "是"}, {"false", "否"}}
	all := []attribute{
		{Code: attrKind, Description: "诉求类型；不填按" + text(ticket.Help.Label()) + "登记", Values: kinds},
		{Code: attrArea, Description: "事发地所在县（市、区）", Values: counties(dir)},
		{Code: attrMayPublish, Description: "是否同意隐去个人信息后公开诉求内容和答复；不填为否", Values: yes},
		{Code: attrConfidential, Description: "是否要求保密；保密的诉求不公开办理过程；不填为否", Values: yes},
	}
	for i := range all {
		all[i].Variable, all[i].Datatype, all[i].Order = true, "singlevaluelist", i+1
		all[i].DatatypeDescription = "从列表中选择一项"
	}
	return all
}

func counties(dir *org.Directory) []value {
	var list []value
	for _, a := range dir.Areas() {
		if a.Level == 2 {
			list = append(list, value{a.Code, a.Name})
		}
	}
	return list
}
