package search

import "sync"

// cacheBytes bounds the postings that an Index remembers, give or take the
// map's own needs. Batches never change, so what was read once stays true.
const cacheBytes = 16 << 20

// entryBytes is about what an entry takes besides its postings.
const entryBytes = 96

// word is a token in a batch, known by the batch's stamp.
type word struct {
	stamp int64
	token string
}

// cache holds the postings of words that were looked up lately, nil for a word
// that its batch has not. When the young are half of what may be held, they
// become the old, and the old that nobody asked for are forgotten.
type cache struct {
	mu         sync.Mutex
	young, old map[word][]byte
	size       int // of the young
}

func newCache() *cache { return &cache{young: map[word][]byte{}} }

func (c *cache) get(w word) (postings []byte, known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if postings, known = c.young[w]; known {
		return postings, true
	}
	if postings, known = c.old[w]; known {
		c.keep(w, postings)
	}
	return postings, known
}

// put remembers postings, which must not change afterwards.
func (c *cache) put(w word, postings []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.keep(w, postings)
}

func (c *cache) keep(w word, postings []byte) {
	if c.size > cacheBytes/2 {
		c.old, c.young, c.size = c.young, map[word][]byte{}, 0
	}
	c.young[w] = postings
	c.size += len(w.token) + len(postings) + entryBytes
}
