package casework

import (
	"context"

	"huiyin/internal/errs"
	"huiyin/internal/org"
	"huiyin/internal/ticket"
)

// follow decides what a change carries along: the master's side of a merge or
// un-merge, and the members of a master that was replied to.
func (s *Service) follow(ctx context.Context, dir *org.Directory, actor ticket.Actor, c change, cmd ticket.Command) ([]change, error) {
	switch cmd := cmd.(type) {
	case ticket.Merge:
		return s.onMaster(ctx, dir, actor, cmd.Master, ticket.AddMember{Member: c.after.ID})
	case ticket.Unmerge:
		return s.onMaster(ctx, dir, actor, c.before.Master, ticket.RemoveMember{Member: c.after.ID})
	}
	if c.before.Master != 0 && c.after.Master == 0 {
		return s.leaveMaster(ctx, dir, c)
	}
	if len(c.after.Members) > 0 && c.after.State() == ticket.Replied && c.before.State() != ticket.Replied {
		return s.tellMembers(ctx, dir, c)
	}
	return nil, nil
}

func (s *Service) onMaster(ctx context.Context, dir *org.Directory, actor ticket.Actor, id int64, cmd ticket.Command) ([]change, error) {
	master, err := s.load(ctx, s.db, id)
	if err != nil {
		return nil, err
	}
	if !sees(dir, actor, &master.Ticket) {
		return nil, errNotFound
	}
	c, err := s.decideOne(dir, actor, master, cmd)
	if errs.Is(err, errs.Conflict) {
		return nil, errs.Wrap(err, errs.Conflict, "master_state", "主单当前的状态不能并单或拆并")
	}
	return []change{c}, err
}

// leaveMaster takes a ticket that became one of its own from its master. An
// archived master is left as it is.
func (s *Service) leaveMaster(ctx context.Context, dir *org.Directory, c change) ([]change, error) {
	master, err := s.load(ctx, s.db, c.before.Master)
	if err != nil || master.State() == ticket.Archived {
		return nil, err
	}
	out, err := s.decideOne(dir, ticket.ThePlatform(), master, ticket.RemoveMember{Member: c.after.ID})
	return []change{out}, err
}

// tellMembers brings the master's reply to each merged ticket, whose requester
// rates it and is followed up on their own.
func (s *Service) tellMembers(ctx context.Context, dir *org.Directory, master change) ([]change, error) {
	texts, err := selectContent(ctx, s.db, master.after.ID)
	if err != nil {
		return nil, err
	}
	reply := ticket.MasterReply{Text: texts[master.after.Reply.Text.Sum], Public: texts[master.after.Reply.Public.Sum]}
	changes := make([]change, 0, len(master.after.Members))
	for _, id := range master.after.Members {
		member, err := s.load(ctx, s.db, id)
		if err != nil {
			return nil, err
		}
		c, err := s.decideOne(dir, ticket.ThePlatform(), member, reply)
		if err != nil {
			return nil, err
		}
		changes = append(changes, c)
	}
	return changes, nil
}
