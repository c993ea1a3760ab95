-- SPDX-License-Identifier: EUPL-1.2
-- What is known of calls that did not go well, and how many calls each platform has had today.

-- The last exchange of an owed call that failed; the answer is cut at 64 KiB.
CREATE TABLE evidence (
    event_key     TEXT PRIMARY KEY REFERENCES outbox (event_key),
    operation     TEXT NOT NULL,
    request_sha256 TEXT,
    first_sent_at BIGINT,
    sent_at       BIGINT,
    status        BIGINT,
    media_type    TEXT,
    answer        BLOB,
    updated_at    BIGINT NOT NULL
);

-- Calls of a day (Europe/Rome) that were set apart for processes; what a process that died did not use counts as made.
CREATE TABLE platform_quota (
    platform      TEXT NOT NULL,
    day           TEXT NOT NULL,
    taken         BIGINT NOT NULL CHECK (taken >= 0),
    PRIMARY KEY (platform, day)
);

-- How each platform did when a process that serves last looked, for those who look from another process.
CREATE TABLE platform_health (
    platform      TEXT PRIMARY KEY,
    body          TEXT NOT NULL,
    updated_at    BIGINT NOT NULL
);
