-- SPDX-License-Identifier: EUPL-1.2
-- ODA that were made on the portal, and how far the portal has been read.

-- One row a programme: everything that changed on the portal before `position` has been taken in.
CREATE TABLE portal_feed (
    programme     TEXT PRIMARY KEY,
    position      BIGINT NOT NULL,
    fence         BIGINT NOT NULL,
    lease_until   BIGINT NOT NULL,
    not_before    BIGINT NOT NULL,
    last_error    TEXT,
    updated_at    BIGINT NOT NULL
);

CREATE TABLE portal_oda (
    programme     TEXT NOT NULL,
    number        TEXT NOT NULL,
    portal_state  TEXT NOT NULL,
    story         TEXT NOT NULL,
    document      BLOB NOT NULL,
    sha256        TEXT NOT NULL,
    status        TEXT NOT NULL CHECK (status IN ('linked', 'unlinked', 'dismissed')),
    order_id      TEXT REFERENCES orders (id),
    comune        TEXT,
    waiting       TEXT,
    candidates    TEXT NOT NULL,
    decided_by    TEXT,
    reason        TEXT,
    version       BIGINT NOT NULL,
    first_seen_at BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL,
    PRIMARY KEY (programme, number),
    CHECK ((status = 'linked') = (order_id IS NOT NULL))
);
CREATE INDEX portal_oda_by_status ON portal_oda (programme, status, number);
CREATE INDEX orders_by_oda ON orders (programme, oda_number) WHERE oda_number IS NOT NULL;
