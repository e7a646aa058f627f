package demo

import (
	"fmt"
	"math/rand/v2"

	"huiyin/internal/org"
	"huiyin/internal/ticket"
)

// Common surnames, and characters for given names. No one is meant.
var (
	surnames = []rune("陈林黄郑王张李吴刘杨叶许苏谢蔡江何邱曾罗赖徐周庄方洪卢潘高柯魏翁薛欧游余范姚温廖邓施傅沈赵朱胡郭宋董梁韩唐冯于萧程曹袁吕丁蒋")
	givens   = []rune("建国志明文华丽芳秀英海燕玉兰晓东伟强俊杰雅静思远宇航子涵佳慧敏洁春梅少锋立新国栋云飞雪琴永福荣生振宁嘉颖安然承泽书瑶清源向阳若溪景行知远怀瑾")
)

// names gives made-up names, the same in every run.
type names struct{ r *rand.Rand }

func newNames() *names { return &names{rand.New(rand.NewPCG(12345, 1341))} }

// next returns a name of three characters, of two in one case out of five.
func (n *names) next() string {
	name := []rune{surnames[n.r.IntN(len(surnames))], givens[n.r.IntN(len(givens))]}
	if n.r.IntN(5) > 0 {
		name = append(name, givens[n.r.IntN(len(givens))])
	}
	return string(name)
}

// post is a kind of account that a center has.
type post struct {
	login string
	count int
	roles []ticket.Role
}

// cityPosts are the people of the city center. The three administrators are
// three accounts; rules of the house §2.
var cityPosts = []post{
	{"head", 1, []ticket.Role{ticket.CenterHead}},
	{"leader", 1, []ticket.Role{ticket.Analyst}},
	{"agent", 60, []ticket.Role{ticket.Agent}},
	{"shift", 4, []ticket.Role{ticket.ShiftLeader, ticket.Agent}},
	{"dispatcher", 10, []ticket.Role{ticket.Dispatcher}},
	{"reviewer", 6, []ticket.Role{ticket.Reviewer}},
	{"followup", 10, []ticket.Role{ticket.FollowUpAgent}},
	{"supervisor", 4, []ticket.Role{ticket.Supervisor}},
	{"assessor", 2, []ticket.Role{ticket.Assessor}},
	{"analyst", 2, []ticket.Role{ticket.Analyst}},
	{"editor", 3, []ticket.Role{ticket.KnowledgeEditor}},
	{"sysadmin", 1, []ticket.Role{ticket.SystemAdmin}},
	{"secadmin", 1, []ticket.Role{ticket.SecurityAdmin}},
	{"auditadmin", 1, []ticket.Role{ticket.AuditAdmin}},
}

// countyPosts are the people of a county center, besides the handler and the
// approver that every unit has.
var countyPosts = []post{
	{"head", 1, []ticket.Role{ticket.CenterHead}},
	{"dispatcher", 2, []ticket.Role{ticket.Dispatcher, ticket.Agent}},
	{"reviewer", 1, []ticket.Role{ticket.Reviewer}},
	{"followup", 1, []ticket.Role{ticket.FollowUpAgent}},
	{"supervisor", 1, []ticket.Role{ticket.Supervisor, ticket.Assessor}},
	{"analyst", 1, []ticket.Role{ticket.Analyst}},
	{"handler", 1, []ticket.Role{ticket.Handler}},
	{"approver", 1, []ticket.Role{ticket.Approver}},
}

// unitPosts are the people of every other unit.
var unitPosts = []post{
	{"handler", 1, []ticket.Role{ticket.Handler}},
	{"approver", 1, []ticket.Role{ticket.Approver}},
}

func (c *City) fillAccounts() error {
	lines, err := table("counties")
	if err != nil {
		return err
	}
	words := make(map[string]string, len(lines))
	for _, l := range lines {
		words[l[0]] = l[1]
	}
	people := newNames()
	for _, u := range c.Units {
		switch {
		case u.Parent == 0:
			c.employ(people, u, "", cityPosts)
			c.employ(people, u, "center-", unitPosts)
		case u.Kind == org.Center:
			c.employ(people, u, words[u.Area]+"-", countyPosts)
		default:
			c.employ(people, u, fmt.Sprintf("u%04d-", u.ID), unitPosts)
		}
	}
	return nil
}

// employ gives a unit its people. Posts with more than one holder are
// numbered from 01.
func (c *City) employ(people *names, u org.Unit, prefix string, posts []post) {
	for _, p := range posts {
		for i := range p.count {
			login := prefix + p.login
			if p.count > 1 {
				login = fmt.Sprintf("%s%02d", login, i+1)
			}
			c.Accounts = append(c.Accounts, org.Account{
				ID: ticket.AccountID(len(c.Accounts) + 1), Login: login, Name: people.next(),
				Unit: u.ID, Roles: p.roles, Active: true,
			})
		}
	}
}
