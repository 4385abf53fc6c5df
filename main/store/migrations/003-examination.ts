/** What the doctor found on nodes, and the evidence it read: texts of all pieces together, packed and sealed. */
export const examination = `
create table examination (
  id text primary key, node text not null, at text not null, json text not null, sealed blob
) strict;
create index examination_of_node on examination (node, at);
`;
