package ticket

import (
	"fmt"
	"strings"
)

// Diagram prints the life cycle as a Mermaid state diagram, for the docs.
func Diagram() string {
	var b strings.Builder
	b.WriteString("stateDiagram-v2\n")
	for _, s := range States {
		fmt.Fprintf(&b, "    %s: %s %s\n", s, s, s.Label())
	}
	b.WriteString("    [*] --> submitted: submit\n")
	for i := range Lifecycle {
		r := &Lifecycle[i]
		for _, from := range r.From {
			for _, to := range r.To {
				if from != to {
					fmt.Fprintf(&b, "    %s --> %s: %s\n", from, to, r.Command)
				}
			}
		}
	}
	for _, s := range []State{Archived, Rejected, Withdrawn} {
		fmt.Fprintf(&b, "    %s --> [*]\n", s)
	}
	return b.String()
}

// Table prints the life cycle as a Markdown table, for the docs.
func Table() string {
	var b strings.Builder
	b.WriteString("| command | 中文 | from | by | where | to | clocks it may start |\n|---|---|---|---|---|---|---|\n")
	for i := range Lifecycle {
		r := &Lifecycle[i]
		to := "stays"
		if r.To != nil {
			to = join(r.To)
		}
		from := join(r.From)
		switch {
		case len(r.From) == len(States):
			from = "any"
		case r.beside():
			from += "; of a co-handler also " + join(betweenLeads)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s |\n", r.Command, r.Label, from, join(r.By), r.Place, to, join(r.Starts))
	}
	return b.String()
}

func join[T ~string](list []T) string {
	words := make([]string, len(list))
	for i, w := range list {
		words[i] = string(w)
	}
	return strings.Join(words, ", ")
}
