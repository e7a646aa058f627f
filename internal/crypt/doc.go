// Package crypt is the platform's only room for keys: a key file with versioned
// master keys, sub-keys per purpose, envelope encryption of single values, keyed
// hashes for exact look-up and derived decimal codes.
//
// Key bytes never leave it: callers get objects that seal and open. No word of
// the domain may enter (a purpose is an opaque string here), and nothing here
// reads a clock or a database.
//
// What is stored, all of it starting with a format byte and the id of the cipher
// provider so that formats and ciphers can change beside old data:
//
//	sealed  = format(1) provider(1) nonce ciphertext‖tag
//	wrapped = format(1) provider(1) master-key-version(4) nonce ciphertext‖tag
package crypt
