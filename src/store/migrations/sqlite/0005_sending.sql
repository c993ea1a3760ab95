-- SPDX-License-Identifier: EUPL-1.2
-- Which calls may have reached the platform: what died before it was sent is no attempt and leaves no doubt.

-- The fence under which a message with the effect was last about to go out; 0 when none is in doubt.
ALTER TABLE outbox ADD COLUMN sent_fence BIGINT NOT NULL DEFAULT 0;
-- How many times in a row a process died with it.
ALTER TABLE outbox ADD COLUMN lost BIGINT NOT NULL DEFAULT 0;

-- Which operation the message of the digest was; what was asked since stands in `operation`.
ALTER TABLE evidence ADD COLUMN sent_operation TEXT;

UPDATE outbox SET sent_fence = MAX(fence, 1) WHERE state IN ('in_flight', 'uncertain', 'to_verify');
