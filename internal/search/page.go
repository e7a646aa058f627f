package search

import (
	"encoding/binary"
	"errors"
	"slices"
	"strings"
)

// pageSize is the number of bytes at which a page is full: two go into a
// SQLite page of 4 KB, and PostgreSQL keeps a row of less than 2 KB in one
// piece, uncompressed.
const pageSize = 1900

// A page is a sequence of entries in the order of their tokens:
//
//	entry    = shared(uvarint) length(uvarint) rest size(uvarint) postings
//	postings = id−base(uvarint) { id−previous id(uvarint) }
//
// Shared is how many bytes the token has in common with the one before it in
// the page, length and rest are the others, size is that of the postings in
// bytes. Base is the batch's lowest id.

var errPage = errors.New("search: a page of the index is damaged")

// page is a full page, ready to be stored.
type page struct {
	first string
	data  []byte
}

// pager packs entries into pages.
type pager struct {
	base     int64
	pages    []page
	first    string
	last     string
	data     []byte
	postings []byte
}

// add appends a token with its ids. Tokens come in rising order, ids too.
func (p *pager) add(token string, ids []int64) {
	p.postings = p.postings[:0]
	before := p.base
	for _, id := range ids {
		p.postings = binary.AppendUvarint(p.postings, uint64(id-before))
		before = id
	}
	if len(p.data)+len(token)+len(p.postings)+4 > pageSize {
		p.flush()
	}
	if len(p.data) == 0 {
		p.first, p.last = token, ""
	}
	shared := 0
	for shared < min(len(token), len(p.last)) && token[shared] == p.last[shared] {
		shared++
	}
	p.data = binary.AppendUvarint(p.data, uint64(shared))
	p.data = binary.AppendUvarint(p.data, uint64(len(token)-shared))
	p.data = append(p.data, token[shared:]...)
	p.data = binary.AppendUvarint(p.data, uint64(len(p.postings)))
	p.data = append(p.data, p.postings...)
	p.last = token
}

func (p *pager) flush() {
	if len(p.data) == 0 {
		return
	}
	p.pages = append(p.pages, page{p.first, slices.Clone(p.data)})
	p.data = p.data[:0]
}

// reader walks over the entries of a page, or of several that follow each
// other.
type reader struct {
	data     []byte
	token    []byte
	postings []byte
}

// next moves to the next entry; it is false at the end.
func (r *reader) next() (bool, error) {
	if len(r.data) == 0 {
		return false, nil
	}
	shared, ok := r.number()
	if !ok || shared > uint64(len(r.token)) {
		return false, errPage
	}
	rest, ok := r.bytes()
	if !ok {
		return false, errPage
	}
	r.token = append(r.token[:shared], rest...)
	if r.postings, ok = r.bytes(); !ok {
		return false, errPage
	}
	return true, nil
}

func (r *reader) number() (uint64, bool) {
	n, size := binary.Uvarint(r.data)
	if size <= 0 {
		return 0, false
	}
	r.data = r.data[size:]
	return n, true
}

func (r *reader) bytes() ([]byte, bool) {
	n, ok := r.number()
	if !ok || n > uint64(len(r.data)) {
		return nil, false
	}
	b := r.data[:n]
	r.data = r.data[n:]
	return b, true
}

// appendIDs decodes postings.
func appendIDs(dst []int64, base int64, postings []byte) ([]int64, error) {
	id := base
	for len(postings) > 0 {
		gap, size := binary.Uvarint(postings)
		if size <= 0 {
			return dst, errPage
		}
		postings = postings[size:]
		id += int64(gap)
		dst = append(dst, id)
	}
	return dst, nil
}

// lookUp returns the postings of a token in the page that must hold it.
func lookUp(data []byte, token string) ([]byte, error) {
	r := reader{data: data}
	for {
		ok, err := r.next()
		if err != nil || !ok || string(r.token) > token {
			return nil, err
		}
		if string(r.token) == token {
			return r.postings, nil
		}
	}
}

// collect adds the ids of all tokens in the page that start with prefix.
func collect(dst []int64, base int64, data []byte, prefix string) ([]int64, error) {
	r := reader{data: data}
	for {
		ok, err := r.next()
		if err != nil || !ok {
			return dst, err
		}
		if strings.HasPrefix(string(r.token), prefix) {
			if dst, err = appendIDs(dst, base, r.postings); err != nil {
				return dst, err
			}
		}
	}
}
