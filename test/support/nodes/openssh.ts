import { execFile } from 'node:child_process';
import type { RealNode } from './node.ts';

const options = [
  'BatchMode=yes',
  'StrictHostKeyChecking=no',
  'UserKnownHostsFile=/dev/null',
  'LogLevel=ERROR',
];

/** Runs a command on the node through OpenSSH, which is none of ours, and gives what it printed. */
export function openssh(
  node: RealNode,
  command: string,
  { user = node.user, input = '' }: { readonly user?: string; readonly input?: Uint8Array | string } = {},
): Promise<string> {
  const where = ['-F', '/dev/null', '-i', node.key, '-p', String(node.port), `${user}@${node.address}`];
  return new Promise((done, failed) => {
    const args = options.flatMap(option => ['-o', option]).concat(where, command);
    const child = execFile('ssh', args, (error, stdout) => (error ? failed(error) : done(stdout)));
    child.stdin?.end(input);
  });
}
