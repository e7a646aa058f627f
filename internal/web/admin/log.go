package admin

import (
	"strings"

	"huiyin/internal/audit"
	"huiyin/internal/casework"
	"huiyin/internal/ticket"
	"huiyin/internal/web"
	"huiyin/internal/web/ui"
)

// logView is the log of what people looked at and administrators did.
type logView struct {
	Login, Kind, From, To string
	Kinds                 []ui.Option
	Lines                 []logLine
	First, Next           string
}

type logLine struct {
	At              ticket.Instant
	Who, What, Unit string
	Number          string
}

func (a *admin) log(c *web.Call) error {
	v := logView{Login: c.Query("login"), Kind: c.Query("kind"), From: c.Query("from"), To: c.Query("to")}
	f := casework.AccessFilter{Kind: audit.ActKind(v.Kind), From: v.From, To: v.To, Cursor: c.Query("cursor"), Limit: shown}
	var page casework.AccessPage
	account, known := c.City.AccountByLogin(v.Login)
	if known || v.Login == "" { // of an account that is not there, nothing is logged
		f.Account = account.ID
		var err error
		if page, err = a.Cases.AccessLog(c.Context(), c.Actor, f); err != nil {
			return err
		}
	}
	for _, kind := range audit.ActKinds {
		v.Kinds = append(v.Kinds, ui.Option{Value: string(kind), Label: web.ActText(kind, "")})
	}
	for _, entry := range page.Accesses {
		account, _ := c.City.Account(entry.Account)
		v.Lines = append(v.Lines, logLine{
			At: entry.At, Who: strings.TrimSpace(account.Name + " " + account.Login), Unit: c.Unit(entry.Unit), What: web.ActText(entry.Kind, entry.Detail), Number: entry.Number,
		})
	}
	here := c.Request.URL.RequestURI()
	if f.Cursor != "" {
		v.First = ui.Where(here, "cursor", "")
	}
	if page.Next != "" {
		v.Next = ui.Where(here, "cursor", page.Next)
	}
	return a.ok(c, "log", "审计日志", v)
}
