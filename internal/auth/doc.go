// Package auth keeps what accounts prove themselves with: passwords and the
// tokens of programs. It says which account a credential belongs to and knows
// nothing of who that is: names, roles and whether the account is still active
// belong to org, and the caller asks there.
//
// Secrets go through the type Secret, which no log or printing verb shows, and
// are stored as argon2id and SHA-256 digests only.
package auth
