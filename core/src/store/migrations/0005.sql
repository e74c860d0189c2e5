-- Everything that stands in the clear in the long tables lies together, without the sealed bytes beside it: the sum over it
-- and the leaves of the log are read at each opening.
DROP INDEX blocks_epoch;
CREATE INDEX blocks_plain ON blocks (epoch, height, leaf, has_entries);
DROP INDEX segments_hour;
CREATE INDEX segments_plain ON segments (hour, place, hash);
CREATE INDEX segment_keys_plain ON segment_keys (period, height);
CREATE INDEX evidence_files_plain ON evidence_files (height, class, sealed_at, period, bytes, removed_at);
