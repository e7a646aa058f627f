package crypt

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"fmt"
)

// maxDigits keeps 10^digits inside 64 bits.
const maxDigits = 18

// Hash is a keyed HMAC-SHA-256 of the value, 32 bytes, for exact look-up of
// what is stored encrypted. Without the key file nobody can try values against
// it, which a plain hash of a phone number would allow in seconds. Equal values
// under different purposes give unrelated hashes. The caller brings the value
// into its normal form.
func (k *Keyring) Hash(purpose, value string) []byte {
	mac := hmac.New(sha256.New, k.subkey("hash/"+purpose))
	mac.Write([]byte(value))
	return mac.Sum(nil)
}

// Code is a decimal code of the given number of digits (1 to 18, else it
// panics), uniform over all such strings and fixed by the key, the purpose and
// the id.
//
// It is derived and not stored so that a submission that is sent again gets the
// code it was given the first time, although only a hash could be stored
// safely, and so that a copy of the database gives no codes away.
func (k *Keyring) Code(purpose string, id int64, digits int) string {
	if digits < 1 || digits > maxDigits {
		panic(fmt.Sprintf("crypt: a code of %d digits", digits))
	}
	span := uint64(1)
	for range digits {
		span *= 10
	}
	// Numbers at or above the last whole multiple of span would favour low codes.
	limit := ^uint64(0) - ^uint64(0)%span
	mac := hmac.New(sha256.New, k.subkey("code/"+purpose))
	var in [24]byte
	binary.BigEndian.PutUint64(in[0:], uint64(id))
	binary.BigEndian.PutUint64(in[8:], uint64(digits))
	for try := uint64(0); ; try++ {
		binary.BigEndian.PutUint64(in[16:], try)
		mac.Reset()
		mac.Write(in[:])
		if n := binary.BigEndian.Uint64(mac.Sum(nil)); n < limit {
			return fmt.Sprintf("%0*d", digits, n%span)
		}
	}
}

// CheckCode compares a given code with the right one in constant time. Short
// codes can be guessed: the caller must limit how often it may be asked.
func (k *Keyring) CheckCode(purpose string, id int64, digits int, given string) bool {
	return subtle.ConstantTimeCompare([]byte(k.Code(purpose, id, digits)), []byte(given)) == 1
}
