/** Words of the first screen. */
export const welcome = {
  title: 'Welcome to Coldstart',
  says: 'Coldstart installs K3s on machines that have no internet, and carries their backups home on a stick. It works without network, account or cloud.',
  practise: {
    title: 'Practise first',
    says: 'A pretended node inside this laptop. Install K3s on it, take a snapshot, write a stick. Nothing can break.',
    go: 'Practise first',
  },
  real: {
    title: 'Start with my site',
    says: 'Name your site and find its nodes. Nothing is changed on them before you have seen every command.',
    go: 'Start with my site',
  },
  rescue: {
    title: 'A node does not answer',
    says: 'One serial cable is enough to find out why, and to repair it.',
    go: 'Rescue a node',
  },
  path: 'How it goes',
  steps: ['Bundle', 'Node', 'Check', 'Plan', 'Run', 'Snapshot', 'Stick'],
};
