-- SQLite has no row-level security. The number is taken, so that a step has the same number on both engines.
SELECT 1;
