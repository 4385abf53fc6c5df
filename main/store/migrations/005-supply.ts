/**
 * What signed bags need: the laptop's counter and keys, every copy of an export, and what headquarters' receipts said. A
 * bag from before has one copy, where its export says it was written.
 */
export const supply = `
alter table export add column tagmanifest_sha256 text;
alter table export add column counter integer;
alter table export add column laptop_key text;
alter table export add column clock_doubtful integer not null default 0;
create table export_copy (
  export text not null references export(id), path text not null, label text not null, written_at text not null,
  check_json text not null, seconds real, left_at text, primary key (export, path)
) strict;
insert into export_copy (export, path, label, written_at, check_json) select id, path, path, at, check_json from export;
-- the receipt that counts for an export, as it was signed
create table receipt (
  export text primary key references export(id), received_at text not null, imported_at text not null, key text not null,
  late integer not null, verdict text not null, says text not null, snapshots text not null, text text not null,
  signature text not null
) strict;
-- the site's key for the safe: its public half only
alter table site add column break_glass text;
alter table site add column export_choices text;
-- notes of headquarters that came on a stick, their signature checked
create table hq_note (
  id text primary key, site text, at text not null, title text not null, text text not null, key text not null,
  taken_at text not null, read_at text
) strict;
-- the offline root key of headquarters: one row
create table hq_root (one integer primary key check (one = 1), key text not null, pinned_at text not null) strict;
-- key lists of headquarters that were taken; the highest serial counts
create table key_list (serial integer primary key, taken_at text not null, text text not null, signature text not null) strict;
`;
