package demo

import (
	"fmt"
	"strconv"

	"huiyin/internal/ticket"
)

// Message is something that a citizen wrote, and what was answered.
type Message struct {
	ID              string
	DaysAgo         int // when it came in, counted back from the day of the demo
	Channel         ticket.Channel
	Kind            ticket.Kind
	Category, Area  string // codes
	Subject, Detail string
	Reply           string
	ReplyHours      int // between the message and the reply
	Name, Phone     string
}

// Messages reads the messages that come with the demo. People and numbers are
// made up.
func Messages() ([]Message, error) {
	lines, err := table("messages")
	if err != nil {
		return nil, err
	}
	out := make([]Message, len(lines))
	for i, l := range lines {
		days, err := strconv.Atoi(l[1])
		if err != nil {
			return nil, fmt.Errorf("demo: message %s: %w", l[0], err)
		}
		hours, err := strconv.Atoi(l[9])
		if err != nil {
			return nil, fmt.Errorf("demo: message %s: %w", l[0], err)
		}
		out[i] = Message{
			ID: l[0], DaysAgo: days, Channel: ticket.Channel(l[2]), Kind: ticket.Kind(l[3]), Category: l[4], Area: l[5],
			Subject: l[6], Detail: l[7], Reply: l[8], ReplyHours: hours, Name: l[10], Phone: l[11],
		}
	}
	return out, nil
}
