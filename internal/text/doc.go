// Package text is the platform's room for what happens to words before they
// are stored or searched: foreign bytes become clean UTF-8, pasted text loses
// what nobody can see, long text is cut by characters, and text and queries
// become the tokens of the full-text index.
//
// Everything here is a pure function of its arguments. What may not enter:
// storage, the network, any domain word, and anything that changes what a
// person wrote beyond the invisible. Folding for search (full-width letters,
// compatibility forms, case) happens in the tokens only.
package text
