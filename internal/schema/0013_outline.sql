-- +goose Up

-- The border of an area, for maps: rings of points, longitude and latitude in
-- degrees, as JSON.
CREATE TABLE area_outline (
    area  {{text_c}} PRIMARY KEY REFERENCES area (code),
    rings TEXT NOT NULL
);
