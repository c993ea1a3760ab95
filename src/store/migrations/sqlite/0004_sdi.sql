-- SPDX-License-Identifier: EUPL-1.2
-- Files of invoices that SdI delivered, and the outcomes that were given of them.

-- A file as it came, with what SdI said of it. Whose it is follows from the office and the settings. What is large stands
-- last, so that the rest is read without it.
CREATE TABLE sdi_files (
    sdi_id        BIGINT PRIMARY KEY,
    file_name     TEXT NOT NULL,
    sha256        TEXT NOT NULL,
    metadata_name TEXT NOT NULL,
    office        TEXT,
    format        TEXT,
    metadata_error TEXT,
    received_at   BIGINT NOT NULL,
    metadata      BLOB NOT NULL,
    file          BLOB NOT NULL,
    CHECK ((office IS NULL) = (metadata_error IS NOT NULL))
);

-- Notices that the term of a file, or of one invoice of it, is over; the file itself may never have come here.
CREATE TABLE sdi_lapses (
    sdi_id        BIGINT NOT NULL,
    sha256        TEXT NOT NULL,
    invoice_number TEXT,
    invoice_year  BIGINT,
    received_at   BIGINT NOT NULL,
    message       BLOB NOT NULL,
    PRIMARY KEY (sdi_id, sha256)
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

CREATE TRIGGER sdi_files_are_kept BEFORE DELETE ON sdi_files BEGIN SELECT RAISE(ABORT, 'files of SdI are kept'); END;
CREATE TRIGGER sdi_files_stay_as_they_came BEFORE UPDATE OF sdi_id, file, sha256, received_at ON sdi_files BEGIN SELECT RAISE(ABORT, 'files of SdI stay as they came'); END;
