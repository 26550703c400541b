-- The console's store. One text for SQLite and PostgreSQL: statements stand apart by a blank line;
-- a statement whose first line says "only sqlite" or "only postgres" is left out on the other.
-- Times are milliseconds since 1970 UTC. Yes and no are 1 and 0.

-- `change` numbers the transactions that changed the view, in the order they were committed.
CREATE TABLE counters (
    name TEXT NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
)

INSERT INTO counters (name, value) VALUES ('change', 0)

-- ---------------------------------------------------------------- a view of the topics; a rebuild empties these

-- The next offset to read of each partition, moved in the transaction that wrote the rows.
CREATE TABLE offsets (
    topic TEXT NOT NULL,
    part BIGINT NOT NULL,
    next_offset BIGINT NOT NULL,
    PRIMARY KEY (topic, part)
)

-- Narrow on purpose: lists and counts read this table only. The payload lies in candidate_data.
-- `group_id` is the smallest id of a group, `members` how many it has.
-- `sample` is 0..9999 by the id: who is below the sampled share is seen by a second reviewer.
-- `arrival` is the change that brought the candidate, `changed` the last one that touched it.
CREATE TABLE candidates (
    id TEXT NOT NULL PRIMARY KEY,
    state TEXT NOT NULL,
    urgency BIGINT NOT NULL,
    raised_at BIGINT NOT NULL,
    district TEXT NOT NULL,
    grid TEXT NOT NULL,
    rule TEXT NOT NULL,
    camera TEXT NOT NULL,
    preset TEXT NOT NULL,
    zone TEXT NOT NULL,
    class_code TEXT NOT NULL,
    class_name TEXT NOT NULL,
    component TEXT NOT NULL,
    life TEXT NOT NULL,
    first_seen BIGINT NOT NULL,
    last_seen BIGINT NOT NULL,
    lon DOUBLE PRECISION,
    lat DOUBLE PRECISION,
    score DOUBLE PRECISION NOT NULL,
    label TEXT NOT NULL,
    box_x DOUBLE PRECISION NOT NULL,
    box_y DOUBLE PRECISION NOT NULL,
    box_w DOUBLE PRECISION NOT NULL,
    box_h DOUBLE PRECISION NOT NULL,
    dwell_s DOUBLE PRECISION NOT NULL,
    still TEXT NOT NULL,
    crop TEXT NOT NULL,
    group_id TEXT NOT NULL,
    members BIGINT NOT NULL,
    alone BIGINT NOT NULL,
    missed BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    merged_into TEXT NOT NULL,
    decided_by TEXT NOT NULL,
    decided_at BIGINT NOT NULL,
    decision TEXT NOT NULL,
    reject_reason TEXT NOT NULL,
    sample BIGINT NOT NULL,
    arrival BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    search TEXT NOT NULL
)

-- The queue's order, with what filters ask for behind it, so that a filter that lets little through reads the index
-- only. PostgreSQL's index rows are too short for `search`.

-- only sqlite
CREATE INDEX candidates_queue ON candidates (state, urgency, raised_at, id, members, district, score, grid, rule, search)

-- only postgres
CREATE INDEX candidates_queue ON candidates (state, urgency, raised_at, id, members, district, score, grid, rule)

-- only postgres
-- The search is right without it too, only slower: an extension that may not be made is no reason to stop.
DO $$ BEGIN
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
    CREATE INDEX candidates_search ON candidates USING gin (search gin_trgm_ops);
EXCEPTION WHEN OTHERS THEN
    RAISE WARNING 'without pg_trgm the search for rare words is slower: %', SQLERRM;
END $$

CREATE INDEX candidates_counters ON candidates (state, district, raised_at)

CREATE INDEX candidates_district ON candidates (district, state, urgency, raised_at, id)

CREATE INDEX candidates_camera ON candidates (camera, state, urgency, raised_at, id)

CREATE INDEX candidates_rule ON candidates (rule, state, urgency, raised_at, id)

CREATE INDEX candidates_group ON candidates (group_id)

CREATE INDEX candidates_place ON candidates (lat, lon)

CREATE INDEX candidates_zone ON candidates (camera, zone, raised_at)

CREATE INDEX candidates_component ON candidates (component, raised_at)

CREATE INDEX candidates_raised ON candidates (raised_at)

CREATE INDEX candidates_arrival ON candidates (arrival)

CREATE INDEX candidates_changed ON candidates (changed)

CREATE INDEX candidates_merged ON candidates (merged_into)

-- The last word of the pipeline on a candidate: the `data` of its event.
CREATE TABLE candidate_data (
    id TEXT NOT NULL PRIMARY KEY,
    data TEXT NOT NULL
)

-- Verdicts: those on the topic (part, log_offset) and those that still wait in the outbox (both -1).
-- `effect`: 1 it made the candidate what it is, 0 it changed nothing (a comment, a second opinion),
-- 2 it came too late and was not taken, 3 it was undone.
CREATE TABLE decisions (
    id TEXT NOT NULL PRIMARY KEY,
    candidate TEXT NOT NULL,
    action TEXT NOT NULL,
    reason TEXT NOT NULL,
    reviewer TEXT NOT NULL,
    at BIGINT NOT NULL,
    second BIGINT NOT NULL,
    effect BIGINT NOT NULL,
    part BIGINT NOT NULL,
    log_offset BIGINT NOT NULL,
    local BIGINT NOT NULL,
    data TEXT NOT NULL
)

CREATE INDEX decisions_candidate ON decisions (candidate)

CREATE INDEX decisions_at ON decisions (at)

CREATE INDEX decisions_reviewer ON decisions (reviewer, at)

-- Cameras: from CITY.toml at every start.
CREATE TABLE cameras (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    grid TEXT NOT NULL,
    district TEXT NOT NULL,
    lon DOUBLE PRECISION,
    lat DOUBLE PRECISION,
    preset TEXT NOT NULL
)

-- The last word of the topic `health` on each camera.
CREATE TABLE camera_health (
    camera TEXT NOT NULL PRIMARY KEY,
    state TEXT NOT NULL,
    at BIGINT NOT NULL,
    since BIGINT NOT NULL,
    last_picture BIGINT,
    data TEXT NOT NULL
)

-- The last word of the topic `components` on each component.
CREATE TABLE components (
    id TEXT NOT NULL PRIMARY KEY,
    class_code TEXT NOT NULL,
    name TEXT NOT NULL,
    grid TEXT NOT NULL,
    district TEXT NOT NULL,
    urgent BIGINT NOT NULL,
    lon DOUBLE PRECISION,
    lat DOUBLE PRECISION,
    data TEXT NOT NULL
)

-- ---------------------------------------------------------------- what no topic holds; a rebuild leaves it alone

-- Verdicts that the log has not acknowledged yet, in the order they were made: `seq` is the change that made them.
CREATE TABLE outbox (
    seq BIGINT NOT NULL PRIMARY KEY,
    verdict TEXT NOT NULL UNIQUE,
    candidate TEXT NOT NULL,
    payload TEXT NOT NULL,
    at BIGINT NOT NULL
)

-- Who is looking at a candidate, and until when nobody else may decide it.
CREATE TABLE claims (
    candidate TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    user_name TEXT NOT NULL,
    until BIGINT NOT NULL
)

CREATE INDEX claims_user ON claims (user_id)

CREATE TABLE users (
    id TEXT NOT NULL PRIMARY KEY,
    login TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    password TEXT,
    oidc_issuer TEXT,
    oidc_subject TEXT,
    locale TEXT NOT NULL,
    disabled BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    password_at BIGINT,
    UNIQUE (oidc_issuer, oidc_subject)
)

-- First six digits of the grid code. A user without a row sees all of the city.
CREATE TABLE user_districts (
    user_id TEXT NOT NULL,
    district TEXT NOT NULL,
    PRIMARY KEY (user_id, district)
)

CREATE TABLE sessions (
    token_hash TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    csrf TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    address TEXT NOT NULL,
    agent TEXT NOT NULL
)

CREATE INDEX sessions_user ON sessions (user_id)

CREATE TABLE welcome_tokens (
    token_hash TEXT NOT NULL PRIMARY KEY,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
)

CREATE TABLE oidc_logins (
    state_hash TEXT NOT NULL PRIMARY KEY,
    nonce TEXT NOT NULL,
    verifier TEXT NOT NULL,
    back_to TEXT NOT NULL,
    created_at BIGINT NOT NULL
)

-- Failed logins by `user:…` and `address:…`.
CREATE TABLE login_failures (
    key TEXT NOT NULL PRIMARY KEY,
    failures BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL
)

-- Append-only: see the triggers. Ids are UUIDv7, so they sort by time.
CREATE TABLE audit (
    id TEXT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    user_id TEXT NOT NULL,
    user_name TEXT NOT NULL,
    address TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    district TEXT NOT NULL,
    detail TEXT NOT NULL
)

CREATE INDEX audit_subject ON audit (subject, id)

CREATE INDEX audit_user ON audit (user_id, id)

-- only sqlite
CREATE TRIGGER audit_keeps_its_lines BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END

-- only sqlite
CREATE TRIGGER audit_loses_no_line BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END

-- only postgres
CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$

-- only postgres
CREATE TRIGGER audit_keeps_its_lines BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()

-- Edited zones and rule settings of a camera; the newest version holds. `data` is JSON.
CREATE TABLE camera_settings (
    camera TEXT NOT NULL,
    preset TEXT NOT NULL,
    version BIGINT NOT NULL,
    data TEXT NOT NULL,
    user_id TEXT NOT NULL,
    user_name TEXT NOT NULL,
    at BIGINT NOT NULL,
    note TEXT NOT NULL,
    PRIMARY KEY (camera, preset, version)
)

-- What a person did with a proposal of the feedback: applied or dismissed. `id` derives from its content.
CREATE TABLE proposals (
    id TEXT NOT NULL PRIMARY KEY,
    camera TEXT NOT NULL,
    zone TEXT NOT NULL,
    rule TEXT NOT NULL,
    outcome TEXT NOT NULL,
    data TEXT NOT NULL,
    user_id TEXT NOT NULL,
    user_name TEXT NOT NULL,
    at BIGINT NOT NULL
)
