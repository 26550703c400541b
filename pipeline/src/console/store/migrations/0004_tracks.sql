-- Tracks: where vehicles were, and the last word of every device. The topic `readings` forgets within days, so a
-- rebuild leaves all of this alone; read again, a reading changes nothing.

-- A place of a vehicle. `camera` is empty where its own terminal says it. `good` is 1 where place and time can be used.
-- `cell` is a square of a hundredth of a degree. `kept` is 1 once a thinning has left it in: then it stays.
CREATE TABLE track_points (
    device TEXT NOT NULL,
    at BIGINT NOT NULL,
    camera TEXT NOT NULL,
    lon DOUBLE PRECISION NOT NULL,
    lat DOUBLE PRECISION NOT NULL,
    good BIGINT NOT NULL,
    quality TEXT NOT NULL,
    speed DOUBLE PRECISION,
    heading DOUBLE PRECISION,
    ignition BIGINT,
    lifted BIGINT,
    working BIGINT,
    load_share DOUBLE PRECISION,
    cell BIGINT NOT NULL,
    kept BIGINT NOT NULL,
    PRIMARY KEY (device, at, camera)
)

CREATE INDEX track_points_cell ON track_points (cell, at)

-- Days (since 1970, UTC) of which a device has points. `thinned` is 0 from the moment a point comes.
CREATE TABLE track_days (
    day BIGINT NOT NULL,
    device TEXT NOT NULL,
    thinned BIGINT NOT NULL,
    PRIMARY KEY (day, device)
)

CREATE INDEX track_days_thinned ON track_days (thinned, day)

-- The last word of each device. `at` is the newest usable time; `data` is JSON: each value with its own time.
CREATE TABLE device_last (
    device TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    at BIGINT NOT NULL,
    data TEXT NOT NULL
)

CREATE INDEX device_last_kind ON device_last (kind, device)

-- Who a candidate is about where readings raised it: plate, or the name of the device; else empty.
ALTER TABLE candidates ADD COLUMN device_name TEXT NOT NULL DEFAULT ''
