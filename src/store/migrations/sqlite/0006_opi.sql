-- SPDX-License-Identifier: EUPL-1.2
-- Documents that SIOPE+ has of the offices; and how far each platform has been read, whichever it is.

-- One row a reading, such as `portal:risorse-in-comune` or `siope:UFTST1:esito`: all that came before `position` has been taken in.
ALTER TABLE portal_feed RENAME TO feed;
ALTER TABLE feed RENAME COLUMN programme TO name;
UPDATE feed SET name = 'portal:' || name;

-- A document as it came. Whose it is follows from the office and the settings. What is large stands last.
CREATE TABLE opi_documents (
    office        TEXT NOT NULL,
    kind          TEXT NOT NULL CHECK (kind IN ('flusso', 'ack', 'esito', 'giornale')),
    number        BIGINT NOT NULL,
    sha256        TEXT NOT NULL,
    listed_at     BIGINT NOT NULL,
    received_at   BIGINT NOT NULL,
    document      BLOB NOT NULL,
    PRIMARY KEY (office, kind, number)
);
CREATE INDEX opi_documents_by_time ON opi_documents (office, kind, listed_at, number);

CREATE TRIGGER opi_documents_are_kept BEFORE DELETE ON opi_documents BEGIN SELECT RAISE(ABORT, 'documents of SIOPE+ are kept'); END;
CREATE TRIGGER opi_documents_stay_as_they_came BEFORE UPDATE ON opi_documents BEGIN SELECT RAISE(ABORT, 'documents of SIOPE+ stay as they came'); END;
