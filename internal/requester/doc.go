// Package requester knows the people, enterprises and organisations whose
// matters the house handles: how their details are checked, stored encrypted,
// shown masked and revealed one at a time, and how personal details are taken out
// of a text before it is published.
//
// Each person has a data key of their own. The fields lie encrypted under it,
// bound to the row and the column; exact look-up goes through keyed hashes.
// Nothing erases a person yet; destroying their key will do it, and tickets and
// their history stay as they are.
//
// Nothing about tickets may enter, and no plain field may leave but through
// Reveal, which logs first.
package requester
