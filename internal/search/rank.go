package search

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"huiyin/internal/text"
)

// Parameters of BM25: how soon more of the same word stops counting, and how
// much long fields are held back. The usual values of the literature.
const (
	saturation = 1.2
	lengthPart = 0.75
	// phraseGain is what having the tokens side by side can add to a field's
	// score, as a share of it.
	phraseGain = 1.0
)

// Doc is a document to be ranked.
type Doc struct {
	ID     int64
	Fields []string
}

// Hit is a ranked document.
type Hit struct {
	ID    int64
	Score float64 // comparable within one answer only
	Exact bool    // some field has the whole query as a phrase
}

// Rank orders documents by how well they answer the query: those that have it
// as a phrase first, then by BM25 over their fields, each field counting by
// its weight (1 where weights has none), more where the query's tokens stand
// side by side; equal ones newest (highest id) first. Documents with none of
// the tokens are left out. The order depends on nothing but the arguments.
func Rank(query string, docs []Doc, weights []float64) []Hit {
	tokens := text.QueryTokens(query)
	if len(tokens) == 0 {
		return nil
	}
	r := ranking{tokens: tokens, weights: weights, having: make([]int, len(tokens))}
	for _, d := range docs {
		r.read(d)
	}
	hits := make([]Hit, 0, len(docs))
	for i, d := range docs {
		if h := r.score(d.ID, r.docs[i]); h.Score > 0 {
			hits = append(hits, h)
		}
	}
	slices.SortFunc(hits, func(a, b Hit) int {
		if a.Exact != b.Exact {
			return cmp.Compare(boolean(b.Exact), boolean(a.Exact))
		}
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(b.ID, a.ID))
	})
	return hits
}

func boolean(b bool) int {
	if b {
		return 1
	}
	return 0
}

// ranking holds what BM25 must know of all documents.
type ranking struct {
	tokens  []text.QueryToken
	weights []float64
	docs    [][]field
	having  []int // for each token: documents with it
	lengths []int // for each field: tokens in all documents
	buffer  []string
}

// field is what was seen in one field of one document.
type field struct {
	length int
	counts []int // for each token
	beside int   // most tokens found where one occurrence of the query has them
}

func (r *ranking) read(d Doc) {
	fields := make([]field, len(d.Fields))
	had := make([]bool, len(r.tokens))
	for len(r.lengths) < len(d.Fields) {
		r.lengths = append(r.lengths, 0)
	}
	for i, s := range d.Fields {
		fields[i] = r.look(s)
		r.lengths[i] += fields[i].length
		for t, n := range fields[i].counts {
			had[t] = had[t] || n > 0
		}
	}
	for t, yes := range had {
		r.having[t] += boolean(yes)
	}
	r.docs = append(r.docs, fields)
}

func (r *ranking) look(s string) field {
	r.buffer = text.AppendTokens(r.buffer[:0], s)
	f := field{length: len(r.buffer), counts: make([]int, len(r.tokens))}
	starts := map[int]int{} // where the query would start → tokens in place
	for at, token := range r.buffer {
		for i, t := range r.tokens {
			if token == t.Text || t.Prefix && strings.HasPrefix(token, t.Text) {
				f.counts[i]++
				starts[at-t.Pos]++
				f.beside = max(f.beside, starts[at-t.Pos])
			}
		}
	}
	return f
}

func (r *ranking) score(id int64, fields []field) Hit {
	h := Hit{ID: id}
	for i, f := range fields {
		sum := 0.0
		for t, n := range f.counts {
			sum += r.weigh(t, n, f.length, i)
		}
		if len(r.tokens) > 1 && f.beside > 1 {
			sum *= 1 + phraseGain*float64(f.beside-1)/float64(len(r.tokens)-1)
		}
		h.Score += sum * r.weight(i)
		h.Exact = h.Exact || f.beside == len(r.tokens)
	}
	// Machines differ in the last bits of a sum; documents must not change
	// places for it.
	h.Score = math.Round(h.Score*1e6) / 1e6
	return h
}

// weigh is BM25 of one token in one field.
func (r *ranking) weigh(token, count, length, field int) float64 {
	if count == 0 {
		return 0
	}
	all, having := float64(len(r.docs)), float64(r.having[token])
	// Candidates have all tokens, so that a rarity alone would be next to
	// nothing for each; one more keeps what else tells them apart.
	rarity := 1 + math.Log(1+(all-having+0.5)/(having+0.5))
	average := float64(r.lengths[field]) / all
	n := float64(count)
	return rarity * n * (saturation + 1) / (n + saturation*(1-lengthPart+lengthPart*float64(length)/average))
}

func (r *ranking) weight(field int) float64 {
	if field < len(r.weights) {
		return r.weights[field]
	}
	return 1
}
