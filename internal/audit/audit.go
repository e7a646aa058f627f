// Package audit makes history tamper-evident: it links records into chains,
// logs the acts that change nothing, seals chains and acts against each other,
// and verifies all of it offline.
//
// What may not enter: what a record means. To audit, records are bytes and
// tickets are numbers.
package audit

import (
	"context"
	"crypto/sha256"

	"huiyin/internal/db"
	"huiyin/internal/errs"
)

// Link returns the hash of the next record of a chain: SHA-256 over the hash
// before it (none for the first) and the record's exact bytes.
func Link(prev, body []byte) []byte {
	h := sha256.New()
	h.Write(prev)
	h.Write(body)
	return h.Sum(nil)
}

// ActKind says what somebody did that changed no ticket.
type ActKind string

// The acts.
const (
	ActOpen   ActKind = "open"   // opened a ticket
	ActReveal ActKind = "reveal" // saw a requester's data in clear
	ActFile   ActKind = "file"   // fetched an attachment
	ActToken  ActKind = "token"  // issued a token
	ActRevoke ActKind = "revoke" // revoked a token
	ActUser   ActKind = "user"   // changed an account
	ActCity   ActKind = "city"   // changed the city's calendar or rules
	ActFind   ActKind = "find"   // looked for a requester's earlier tickets

	ActSignIn       ActKind = "sign_in"        // both factors were right
	ActSignInFailed ActKind = "sign_in_failed" // a password was wrong
	ActSignOut      ActKind = "sign_out"       // ended a session
	ActFactor       ActKind = "factor"         // a second factor was wrong, or was reset
)

// ActKinds lists every kind of act.
var ActKinds = []ActKind{
	ActOpen, ActReveal, ActFile, ActFind, ActSignIn, ActSignInFailed, ActSignOut, ActFactor, ActToken, ActRevoke, ActUser, ActCity,
}

// Act is one line of the access log.
type Act struct {
	At      int64 // Unix milliseconds
	Account int64
	Unit    int64
	Kind    ActKind
	Ticket  int64 // zero if it was about none
	Detail  string
}

// Sequence hands out rising ids.
type Sequence interface {
	Next(ctx context.Context) (int64, error)
}

// Log appends acts.
type Log struct{ ids Sequence }

// NewLog makes a log that numbers its lines from ids.
func NewLog(ids Sequence) *Log { return &Log{ids: ids} }

// Number takes the id of the next act; take it outside the transaction.
func (l *Log) Number(ctx context.Context) (int64, error) { return l.ids.Next(ctx) }

// Write appends an act in the transaction of what it accounts for.
func (l *Log) Write(ctx context.Context, tx *db.Tx, id int64, a Act) error {
	if len(a.Detail) > 4000 {
		return errs.InvalidField("purpose", "用途说明过长")
	}
	err := tx.Send(ctx, `INSERT INTO access (id, at, account, unit, act, ticket, detail) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		id, a.At, a.Account, a.Unit, string(a.Kind), a.Ticket, a.Detail)
	return err
}
