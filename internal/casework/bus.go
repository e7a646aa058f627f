package casework

import (
	"sync"

	"huiyin/internal/ticket"
)

// Change says that a ticket has a new version.
type Change struct {
	Ticket  int64
	Number  string
	Version int
	State   ticket.State
	After   ticket.Ticket
}

// backlog is how many changes a subscriber may lag behind before it misses
// some. It then gets a gap, and reads its list anew.
const backlog = 256

// Bus tells subscribers of changes as they are committed by this process.
type Bus struct {
	mu   sync.Mutex
	subs map[*Subscription]struct{}
}

// Subscription is one listener of a Bus.
type Subscription struct {
	C   chan Change
	bus *Bus
	gap bool
}

func newBus() *Bus { return &Bus{subs: map[*Subscription]struct{}{}} }

// Subscribe starts listening. Call Close when done.
func (b *Bus) Subscribe() *Subscription {
	s := &Subscription{C: make(chan Change, backlog), bus: b}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.subs[s] = struct{}{}
	return s
}

// Close stops listening.
func (s *Subscription) Close() {
	s.bus.mu.Lock()
	defer s.bus.mu.Unlock()
	delete(s.bus.subs, s)
}

// Gap reports whether changes were missed since it was last asked.
func (s *Subscription) Gap() bool {
	s.bus.mu.Lock()
	defer s.bus.mu.Unlock()
	gap := s.gap
	s.gap = false
	return gap
}

func (b *Bus) publish(c Change) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for s := range b.subs {
		select {
		case s.C <- c:
		default:
			s.gap = true
		}
	}
}

// Sees reports whether the actor may hear of the change.
func (s *Service) Sees(actor ticket.Actor, c Change) bool {
	return sees(s.city.Current(), actor, &c.After)
}
