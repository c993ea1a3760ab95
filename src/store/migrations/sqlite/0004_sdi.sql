-- SPDX-License-Identifier: EUPL-1.2
-- Files of invoices that SdI delivered, and the outcomes that were given of them.

-- A file as it came, with what SdI said of it. Whose it is follows from the office and the settings.
CREATE TABLE sdi_files (
    sdi_id        BIGINT PRIMARY KEY,
    file_name     TEXT NOT NULL,
    file          BLOB NOT NULL,
    sha256        TEXT NOT NULL,
    metadata_name TEXT NOT NULL,
    metadata      BLOB NOT NULL,
    office        TEXT,
    format        TEXT,
    metadata_error TEXT,
    received_at   BIGINT NOT NULL,
    lapsed_at     BIGINT,
    lapse_message BLOB,
    CHECK ((office IS NULL) = (metadata_error IS NOT NULL))
);

-- One row per invoice that an outcome was given of, or one for all of the file. Where it stands, the owed call tells.
CREATE TABLE sdi_outcomes (
    event_key     TEXT PRIMARY KEY REFERENCES outbox (event_key),
    sdi_id        BIGINT NOT NULL REFERENCES sdi_files (sdi_id),
    invoice_number TEXT,
    invoice_year  BIGINT,
    cause         TEXT,
    description   TEXT,
    progressive   BIGINT NOT NULL,
    decided_by    TEXT NOT NULL,
    decided_at    BIGINT NOT NULL,
    CHECK ((invoice_number IS NULL) = (invoice_year IS NULL)),
    CHECK ((cause IS NULL) = (description IS NULL))
);
CREATE INDEX sdi_outcomes_by_file ON sdi_outcomes (sdi_id);
