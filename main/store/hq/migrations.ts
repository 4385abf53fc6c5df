/** Versions of the index of headquarters' archive in order. Only ever appended to. */
export const hqMigrations: readonly string[] = [
  `
-- one row: which world the archive belongs to
create table archive (one integer primary key check (one = 1), world text not null, made_at text not null) strict;
create table laptop (
  id text primary key, key text not null, name text not null, enrolled_at text not null, until text
) strict;
-- bags that were opened; settled: its folder and its receipt are where they belong
create table bag (
  export text primary key, site text not null, site_name text not null, counter integer not null,
  laptop_key text not null, tagmanifest_sha256 text not null unique, previous text, at text not null,
  received_at text not null, late integer not null, verdict text not null, says text not null,
  receipt text not null, signature text not null, folder text not null, settled integer not null
) strict;
create index bag_of_laptop on bag (laptop_key, counter);
create index bag_of_site on bag (site);
create table bag_snapshot (
  bag text not null references bag(export), id text not null, name text not null, saved_at text not null,
  sha256 text not null, restorable integer not null, says text not null, primary key (bag, id)
) strict;
`,
  `
alter table bag add column clock_doubtful integer not null default 0;
-- where else a bag went: stores that hold it sealed with its receipt, a Prometheus that has its metrics
create table if not exists bag_copy (
  bag text not null references bag(export), target text not null, at text not null, primary key (bag, target)
) strict;
`,
];
