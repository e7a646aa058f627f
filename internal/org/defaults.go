package org

import (
	"context"
	"fmt"

	"huiyin/internal/db"
	"huiyin/internal/ticket"
)

// Defaults writes what every new city starts with: policy, limits, code
// tables, hours of business and the calendars known so far. All of it can be
// changed afterwards. The tables must be empty.
func Defaults(ctx context.Context, tx *db.Tx) error {
	years, err := BuiltinYears()
	if err != nil {
		return err
	}
	for _, write := range []func() error{
		func() error { return Bump(ctx, tx) },
		func() error { return insertSettings(ctx, tx, DefaultPolicy().Settings()) },
		func() error { return insertLimits(ctx, tx, DefaultLimits()) },
		func() error { return insertCodes(ctx, tx, DefaultCodes()) },
		func() error { return insertWindows(ctx, tx, defaultWindows()) },
		func() error { return insertYears(ctx, tx, years) },
	} {
		if err := write(); err != nil {
			return fmt.Errorf("org: defaults: %w", err)
		}
	}
	return nil
}

// DefaultLimits is the table of the rules of the house §4, with ids from 1.
//
// Where that table leaves a unit open, this is how it is read: an hour or
// minute of an urgent step is clock time, for what is urgent does not wait for
// the office to open; 60wm is the working hour for an ordinary item. Where it
// names only urgent, critical is the same. Consult, supply and decide_review
// are not in the table: 2, 5 and 1 working days. A suspension has no limit but
// the review date that is approved with it. A
// report of wrongdoing is given 15 working days, for there is something to be
// looked into; praise is passed on within 5. The whole, as the requester sees
// it, may take as long as the handling. Closed tickets rest 30 days, then are
// archived.
func DefaultLimits() []LimitRule {
	rules := []LimitRule{
		{Step: ticket.StepAccept, Limit: "60wm"},
		{Step: ticket.StepAccept, Urgency: ticket.Urgent, Limit: "15m"},
		{Step: ticket.StepAccept, Urgency: ticket.Critical, Limit: "15m"},
		{Step: ticket.StepSupply, Limit: "5wd"},
		{Step: ticket.StepDispatch, Limit: "30m"},
		{Step: ticket.StepDispatch, Urgency: ticket.Urgent, Limit: "10m"},
		{Step: ticket.StepDispatch, Urgency: ticket.Critical, Limit: "5m"},
		{Step: ticket.StepConsult, Limit: "2wd"},
		{Step: ticket.StepReturn, Limit: "1wd"},
		{Step: ticket.StepSign, Limit: "1wd"},
		{Step: ticket.StepSign, Urgency: ticket.Urgent, Limit: "2h"},
		{Step: ticket.StepSign, Urgency: ticket.Critical, Limit: "2h"},
		{Step: ticket.StepContact, Limit: "1wd"},
		{Step: ticket.StepDecide, Limit: "1wd"},
		{Step: ticket.StepReview, Limit: "1wd"},
		{Step: ticket.StepRate, Limit: "7d"},
		{Step: ticket.StepFollowUp, Limit: "3wd"},
		{Step: ticket.StepRedo, Limit: "3wd"},
		{Step: ticket.StepDecideReview, Limit: "1wd"},
		{Step: ticket.StepSupervise, Limit: "3wd"},
		{Step: ticket.StepArchive, Limit: "30d"},
	}
	for _, step := range []ticket.Step{ticket.StepHandle, ticket.StepOverall} {
		rules = append(rules,
			LimitRule{Step: step, Limit: "5wd"},
			LimitRule{Step: step, Kind: ticket.Inquiry, Limit: "2wd"},
			LimitRule{Step: step, Kind: ticket.Help, Limit: "5wd"},
			LimitRule{Step: step, Kind: ticket.Complaint, Limit: "5wd"},
			LimitRule{Step: step, Kind: ticket.Suggestion, Limit: "10wd"},
			LimitRule{Step: step, Kind: ticket.Report, Limit: "15wd"},
			LimitRule{Step: step, Kind: ticket.Praise, Limit: "5wd"},
			LimitRule{Step: step, Urgency: ticket.Urgent, Limit: "24h"},
			LimitRule{Step: step, Urgency: ticket.Critical, Limit: "2h"},
		)
	}
	for i := range rules {
		rules[i].ID = int64(i + 1)
	}
	return rules
}
