/** The second way to a node: its serial console, and which way is used now. */
export const cable = `
alter table node add column cable text;
alter table node add column over text not null default 'ssh';
`;
