-- SPDX-License-Identifier: EUPL-1.2
-- Who signed in to the pages, until when. As with tokens, only the hash of what the browser holds is kept.

CREATE TABLE session (
    secret_sha256 TEXT PRIMARY KEY,
    client        TEXT NOT NULL REFERENCES client (id),
    started_at    BIGINT NOT NULL,
    ends_at       BIGINT NOT NULL CHECK (ends_at > started_at)
);
CREATE INDEX session_by_end ON session (ends_at);
