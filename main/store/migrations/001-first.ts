/**
 * Version 1. Times are ISO 8601 text in UTC, ids are text, `json` columns hold JSON objects, `sealed` columns are
 * closed by the vault. Nothing secret stands in any other column.
 */
export const first = `
create table setting (name text primary key, json text not null) strict;
create table site (
  id text primary key, name text not null unique, practice integer not null, created_at text not null,
  recipients text not null default '[]'
) strict;
create table node (
  id text primary key, site text not null references site(id), name text not null, address text not null,
  port integer not null, user text not null, login text not null, practice integer not null, added_at text not null,
  last_seen text, machine_id text, boot_id text, host_key text, k3s_version text, ca_hash text,
  unique (site, name)
) strict;
-- passwords and passphrases of nodes, K3s server tokens and kubeconfigs of sites: kind tells which
create table secret (
  owner text not null, kind text not null, made_at text not null, note text not null default '', sealed blob not null,
  primary key (owner, kind, made_at)
) strict;
create table bundle (
  id text primary key, k3s_version text not null, practice integer not null, complete integer not null,
  origin text not null, arches text not null, bytes integer not null, imported_at text not null,
  verified_at text not null, source text not null
) strict;
create table bundle_file (
  bundle text not null references bundle(id) on delete cascade, name text not null, json text not null,
  sha256 text, primary key (bundle, name)
) strict;
create table run (
  id text primary key, runbook text not null, title text not null, site text not null, node text not null,
  bundle text, ask text not null, digest text not null, state text not null, failure text,
  started_at text not null, ended_at text, practice integer not null
) strict;
-- the journal: intent before a command is sent, result after; seq orders them within a run
create table run_event (
  run text not null references run(id), seq integer not null, at text not null, step text, json text not null,
  primary key (run, seq)
) strict;
create table snapshot (
  id text primary key, site text not null, node text not null, node_name text not null, name text not null,
  bytes integer not null, sha256 text not null, saved_at text not null, pulled_at text not null,
  k3s_version text not null, token_hash text not null, check_json text not null, path text not null,
  practice integer not null, unique (node, name)
) strict;
create table export (
  id text primary key, site text not null, at text not null, path text not null, bytes integer not null,
  files integer not null, snapshots text not null, manifest_sha256 text not null, check_json text not null,
  practice integer not null
) strict;
-- who decided what: consents, trusted host keys, removals
create table audit (
  seq integer primary key autoincrement, at text not null, who text not null, what text not null, json text not null
) strict;
`;
