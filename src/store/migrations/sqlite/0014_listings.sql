-- SPDX-License-Identifier: EUPL-1.2
-- When a Comune gave each of its lists of mandati: the last one given holds, and an older one may be given again.

CREATE TABLE payment_listings (
    id            INTEGER PRIMARY KEY,
    programme     TEXT NOT NULL,
    comune        TEXT NOT NULL,
    sha256        TEXT NOT NULL,
    listed_at     BIGINT NOT NULL,
    FOREIGN KEY (programme, comune, sha256) REFERENCES payment_files (programme, comune, sha256)
);
CREATE INDEX payment_listings_by_file ON payment_listings (programme, comune, sha256, listed_at);

INSERT INTO payment_listings (programme, comune, sha256, listed_at)
SELECT programme, comune, sha256, received_at FROM payment_files WHERE kind = 'mandati' ORDER BY received_at;
