-- +goose Up

-- What was replied and closed today, for the public start page.
CREATE INDEX ticket_replied ON ticket (replied_at) WHERE replied_at IS NOT NULL;
CREATE INDEX ticket_closed ON ticket (closed_at) WHERE closed_at IS NOT NULL;
