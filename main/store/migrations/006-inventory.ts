/** Machines that scans found, the CAs a technician joined to a site with the day they were, and how each network is scanned. */
export const inventory = `
create table machine (id text primary key, last_seen text not null, json text not null) strict;
create table site_ca (site text not null references site(id), ca_hash text not null, joined_at text not null, primary key (site, ca_hash)) strict;
create table scan_preference (cidr text primary key, fast integer not null, exclude text not null) strict;
`;
