package ticket

import (
	"slices"

	"huiyin/internal/errs"
)

// Merge joins the ticket to a master on the same matter. Whoever stores it
// gives the master AddMember in the same transaction.
type Merge struct {
	Master int64 `json:"master" doc:"主单编号"`
}

func (Merge) Name() Name { return "merge" }

func (c Merge) decide(d *decision) error {
	if c.Master == 0 || c.Master == d.t.ID {
		return errs.InvalidField("master", "请指明另一件主单")
	}
	if err := d.noMembers(); err != nil {
		return err
	}
	d.emit(MergedEvent{Master: c.Master})
	d.stopAll(nothing)
	return nil
}

// Unmerge parts the ticket from its master; it goes to dispatch on its own.
// The master gets RemoveMember in the same transaction.
type Unmerge struct {
	Note string `json:"note,omitempty" doc:"拆并原因" maxLength:"2000"`
}

func (Unmerge) Name() Name { return "unmerge" }

func (c Unmerge) decide(d *decision) error {
	if err := may("note", "拆并原因", c.Note); err != nil {
		return err
	}
	if d.t.After == Closed {
		return errs.New(errs.Conflict, "state", "该诉求件已随主单办结，不能拆并")
	}
	d.emit(Unmerged{Note: d.text(c.Note)})
	d.stopAll(nothing)
	d.start(StepOverall, 0, 0)
	d.start(StepDispatch, 0, d.t.Center)
	return nil
}

// AddMember is the master's side of Merge.
type AddMember struct {
	Member int64 `json:"member"`
}

func (AddMember) Name() Name { return "add_member" }

func (c AddMember) decide(d *decision) error {
	if slices.Contains(d.t.Members, c.Member) {
		return errs.New(errs.Conflict, "member", "该诉求件已经并入")
	}
	d.emit(MemberAdded{Member: c.Member})
	return nil
}

// RemoveMember is the master's side of Unmerge.
type RemoveMember struct {
	Member int64 `json:"member"`
}

func (RemoveMember) Name() Name { return "remove_member" }

func (c RemoveMember) decide(d *decision) error {
	if !slices.Contains(d.t.Members, c.Member) {
		return errs.New(errs.Conflict, "member", "该诉求件没有并入")
	}
	d.emit(MemberRemoved{Member: c.Member})
	return nil
}

// MasterReply brings the master's reply to a member. The requester then rates
// it and is followed up; the member's state stays merged.
type MasterReply struct {
	Text   string `json:"text"`
	Public string `json:"public,omitempty"`
}

func (MasterReply) Name() Name { return "master_reply" }

func (c MasterReply) decide(d *decision) error {
	d.emit(MasterReplied{Reply: Reply{Text: d.text(c.Text), Public: d.text(c.Public)}})
	d.stopAll(nothing)
	d.start(StepRate, 0, 0)
	return nil
}
