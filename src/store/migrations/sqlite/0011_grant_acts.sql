-- SPDX-License-Identifier: EUPL-1.2
-- What the Comune's own accounts say of the grant: entries established, instalments asked for and received, spending reported.
-- An act is never changed; one that was wrong is cancelled by another.

CREATE TABLE grant_acts (
    id            TEXT PRIMARY KEY,
    programme     TEXT NOT NULL,
    comune        TEXT NOT NULL,
    kind          TEXT NOT NULL CHECK (kind IN ('accertamento', 'richiesta', 'incasso', 'rendicontazione')),
    tranche       TEXT,
    amount        BIGINT NOT NULL CHECK (amount > 0),
    acted_on      TEXT NOT NULL,
    reference     TEXT NOT NULL,
    cancels       TEXT UNIQUE REFERENCES grant_acts (id),
    recorded_by   TEXT NOT NULL,
    recorded_at   BIGINT NOT NULL,
    FOREIGN KEY (programme, comune) REFERENCES participation (programme, comune)
);
CREATE INDEX grant_acts_by_comune ON grant_acts (programme, comune, recorded_at, id);

CREATE TRIGGER grant_acts_are_kept BEFORE DELETE ON grant_acts BEGIN SELECT RAISE(ABORT, 'acts on the grant are kept'); END;
CREATE TRIGGER grant_acts_stay BEFORE UPDATE ON grant_acts BEGIN SELECT RAISE(ABORT, 'acts on the grant stay as they were recorded'); END;

CREATE INDEX journal_by_comune ON journal (programme, comune, id);
CREATE INDEX outbox_by_comune ON outbox (programme, comune);
CREATE INDEX opi_documents_by_digest ON opi_documents (sha256);
-- When a Comune's place in the programme last changed.
CREATE INDEX audit_of_grants ON audit (chain, at) WHERE action IN ('grant.listed', 'grant.cup_generated', 'grant.accepted', 'grant.excluded');
