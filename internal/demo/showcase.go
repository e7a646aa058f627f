package demo

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"huiyin/internal/org"
	"huiyin/internal/ticket"
)

// showcaseLogins are the people of the centers that a visitor may sign in as:
// every role at the city center, and all roles of two counties, one of the
// city's districts and one with villages.
var showcaseLogins = []string{
	"head", "leader", "agent01", "agent02", "agent03", "shift01", "dispatcher01", "dispatcher02", "reviewer01",
	"followup01", "followup02", "supervisor01", "assessor01", "analyst01", "editor01", "sysadmin", "secadmin", "auditadmin",
	"gulou-head", "gulou-dispatcher01", "gulou-reviewer", "gulou-followup", "gulou-supervisor", "gulou-analyst", "gulou-handler", "gulou-approver",
	"fuqing-head", "fuqing-dispatcher01", "fuqing-reviewer", "fuqing-followup", "fuqing-supervisor", "fuqing-analyst", "fuqing-handler", "fuqing-approver",
}

// showcaseUnits are the units whose handler and approver a visitor may sign in
// as, by code.
var showcaseUnits = []string{
	"city-urban", "city-housing", "city-traffic-police", "city-water", "city-metro", "city-labor-inspection",
	"350102-urban", "350102-urban-enforcement", "350102-property", "350102001", "350103-urban", "350181-agri", "350181106",
}

// Showcase lists the accounts that a visitor may sign in as, by id. Those of
// units that are not in the directory are left out.
func Showcase(d *org.Directory) []org.Account {
	var out []org.Account
	units := make(map[ticket.UnitID]bool, len(showcaseUnits))
	for _, code := range showcaseUnits {
		if u, ok := d.UnitByCode(code); ok {
			units[u.ID] = true
		}
	}
	for _, a := range d.Accounts() {
		if a.Active && (units[a.Unit] || slices.Contains(showcaseLogins, a.Login)) {
			out = append(out, a)
		}
	}
	return out
}

// Login is a line of the list of accounts that is handed to a visitor.
type Login struct {
	Account  org.Account
	Unit     string // name
	Password string // in clear
	Factor   string // secret of the second factor, as an authenticator takes it
}

// header names the columns of the list.
func header() []string { return []string{"login", "name", "role", "unit", "password", "totp_secret"} }

// WriteAccounts writes the list, with a header, to a file that only its owner
// may read. The file is replaced as a whole, so that it is never half
// written and never keeps the mode that an older one had.
func WriteAccounts(path string, logins []Login) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".accounts-*") // made with mode 0600
	if err != nil {
		return fmt.Errorf("demo: accounts: %w", err)
	}
	defer os.Remove(f.Name()) // nothing is there once it has its name
	if err := errors.Join(writeLogins(f, logins), f.Close()); err != nil {
		return fmt.Errorf("demo: accounts: %w", err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("demo: accounts: %w", err)
	}
	return nil
}

func writeLogins(w io.Writer, logins []Login) error {
	out := csv.NewWriter(w)
	rows := [][]string{header()}
	for _, l := range logins {
		roles := make([]string, len(l.Account.Roles))
		for i, r := range l.Account.Roles {
			roles[i] = string(r)
		}
		rows = append(rows, []string{l.Account.Login, l.Account.Name, strings.Join(roles, " "), l.Unit, l.Password, l.Factor})
	}
	return out.WriteAll(rows)
}

// Listed reports whether the list at path has the login. Where there is no
// list, this is no demo and has nobody.
func Listed(path, login string) (bool, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("demo: accounts: %w", err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return false, fmt.Errorf("demo: accounts: %w", err)
	}
	return len(rows) > 0 && slices.ContainsFunc(rows[1:], func(row []string) bool { return row[0] == login }), nil
}
