-- SPDX-License-Identifier: EUPL-1.2
-- Reports that were asked for: made by the worker under a lease, kept as files for a while.

CREATE TABLE reports (
    id            TEXT PRIMARY KEY,
    programme     TEXT NOT NULL,
    comune        TEXT,
    kind          TEXT NOT NULL CHECK (kind IN ('dossier', 'programme')),
    compare       TEXT,
    state         TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled', 'expired')),
    done          BIGINT NOT NULL,
    total         BIGINT NOT NULL,
    error         TEXT,
    file_name     TEXT,
    sha256        TEXT,
    size          BIGINT,
    requested_by  TEXT NOT NULL,
    requested_at  BIGINT NOT NULL,
    finished_at   BIGINT,
    attempt       BIGINT NOT NULL,
    fence         BIGINT NOT NULL,
    lease_until   BIGINT NOT NULL,
    CHECK ((kind = 'dossier') = (comune IS NOT NULL)),
    CHECK ((state = 'done') <= (sha256 IS NOT NULL))
);
CREATE INDEX reports_due ON reports (state, requested_at);
CREATE INDEX reports_by_comune ON reports (programme, comune, requested_at);
