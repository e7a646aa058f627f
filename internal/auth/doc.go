// Package auth keeps what accounts prove themselves with: passwords, the codes
// of a second factor, the sessions that both open, and the tokens of programs.
// It says which account a credential belongs to and knows nothing of who that
// is: names, roles and whether the account is still active belong to org, and
// the caller asks there.
//
// What may not enter: cookies and pages, who may do what. Secrets go through
// the type Secret, which no log or printing verb shows, and are stored as
// argon2id and SHA-256 digests only; that of a second factor, which must be
// known to be checked, is sealed.
package auth
