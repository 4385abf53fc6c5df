/**
 * The last proof of each copy in the catalogue, with what the file was like then, and which snapshots each node had when
 * it was listed last.
 */
export const proof = `
create table proof (
  snapshot text primary key references snapshot(id) on delete cascade, at text not null, sha256 text not null,
  bytes integer not null, modified_ms integer not null, json text not null
) strict;
create table node_listing (node text primary key, at text not null, names text not null) strict;
`;
