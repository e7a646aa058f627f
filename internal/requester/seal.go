package requester

import (
	"encoding/binary"

	"huiyin/internal/crypt"
)

// hashSize is what is kept of a keyed hash: 128 bits leave no room for chance
// among any number of people and halve the indexes.
const hashSize = 16

// row is a requester as it is stored.
type row struct {
	id     int64
	kind   Kind
	key    []byte // wrapped; nil if nothing is sealed
	sealed [fieldCount][]byte
}

// hashes are the look-up columns; nil is NULL.
type hashes struct {
	match, phone, email, id, credit []byte
}

// seal encrypts a normal person under a fresh key for the row with the id.
func seal(keys *crypt.Keyring, id int64, p Person) (row, error) {
	r := row{id: id, kind: p.Kind}
	if p == (Person{Kind: p.Kind}) {
		return r, nil
	}
	key, wrapped, err := keys.NewKey()
	if err != nil {
		return row{}, err
	}
	r.key = wrapped
	for i, f := range fields() {
		if v := *p.field(f); v != "" {
			r.sealed[i] = key.Seal([]byte(v), binding(id, f))
		}
	}
	return r, nil
}

// open decrypts all fields of a row.
func (r row) open(keys *crypt.Keyring) (Person, error) {
	p := Person{Kind: r.kind}
	if r.key == nil {
		return p, nil
	}
	key, err := keys.Unwrap(r.key)
	if err != nil {
		return Person{}, err
	}
	for i, f := range fields() {
		if r.sealed[i] == nil {
			continue
		}
		v, err := key.Open(r.sealed[i], binding(r.id, f))
		if err != nil {
			return Person{}, err
		}
		*p.field(f) = string(v)
	}
	return p, nil
}

// binding ties a sealed field to its row and column.
func binding(id int64, f Field) []byte {
	return append(binary.BigEndian.AppendUint64([]byte("requester/"), uint64(id)), f...)
}

// hashOf is the keyed hash of a value in its normal form, nil for none.
func hashOf(keys *crypt.Keyring, f Field, value string) []byte {
	if f == Phone {
		value = normalPhone(value)
	}
	if value == "" {
		return nil
	}
	return keys.Hash("requester/"+string(f), value)[:hashSize]
}

// hashesOf makes the look-up columns of a normal person.
func hashesOf(keys *crypt.Keyring, p Person) hashes {
	return hashes{
		match:  matchOf(keys, p),
		phone:  hashOf(keys, Phone, p.Phone),
		email:  hashOf(keys, Email, p.Email),
		id:     hashOf(keys, IDNumber, p.IDNumber),
		credit: hashOf(keys, CreditCode, p.CreditCode),
	}
}

// matchOf hashes what makes two people the same: kind, name and phone, or the
// e-mail where there is no phone. With neither nobody is the same as another.
func matchOf(keys *crypt.Keyring, p Person) []byte {
	contact := "p" + normalPhone(p.Phone)
	if contact == "p" {
		contact = "e" + p.Email
	}
	if contact == "e" {
		return nil
	}
	return keys.Hash("requester/match", string(p.Kind)+"\x00"+contact+"\x00"+p.Name)[:hashSize]
}

// covers reports whether the stored person already holds all that p says.
// Phones may be written differently; the match hash has compared them.
func covers(stored, p Person) bool {
	for _, f := range fields() {
		if v := *p.field(f); v != "" && f != Phone && v != *stored.field(f) {
			return false
		}
	}
	return true
}
