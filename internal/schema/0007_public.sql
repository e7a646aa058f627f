-- +goose Up

-- What everybody may list goes by the time of submission: the interface of
-- Open311 asks for any 90 days.
CREATE INDEX ticket_submitted ON ticket (submitted_at, id);
