import type { Cred } from './disk/nodes.ts';
import type { Tree } from './disk/tree.ts';

export interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
}

/** Users and groups, read from the node's own /etc/passwd and /etc/group. */
export class Accounts {
  readonly #tree: Tree;
  constructor(tree: Tree) {
    this.#tree = tree;
  }

  #lines(path: string): string[][] {
    if (!this.#tree.peek(path)) return [];
    return this.#tree
      .read(path)
      .split('\n')
      .filter(Boolean)
      .map(line => line.split(':'));
  }

  users(): User[] {
    return this.#lines('/etc/passwd').map(([name = '', , uid, gid, , home = '/', shell = '/bin/sh']) => ({
      name,
      uid: Number(uid),
      gid: Number(gid),
      home,
      shell,
    }));
  }
  user(nameOrUid: string | number): User | undefined {
    return this.users().find(user => user.name === nameOrUid || user.uid === nameOrUid);
  }
  groups(): { name: string; gid: number; members: string[] }[] {
    return this.#lines('/etc/group').map(([name = '', , gid, members = '']) => ({
      name,
      gid: Number(gid),
      members: members.split(',').filter(Boolean),
    }));
  }
  group(nameOrGid: string | number): { name: string; gid: number; members: string[] } | undefined {
    return this.groups().find(group => group.name === nameOrGid || group.gid === nameOrGid);
  }
  userName(uid: number): string {
    return this.user(uid)?.name ?? String(uid);
  }
  groupName(gid: number): string {
    return this.group(gid)?.name ?? String(gid);
  }

  /** What a login of this user may do. */
  cred(name: string): Cred {
    const user = this.user(name);
    if (!user) throw new Error(`no user ${name} on the practice node`);
    const more = this.groups()
      .filter(group => group.members.includes(name))
      .map(group => group.gid);
    return { uid: user.uid, gid: user.gid, groups: [user.gid, ...more] };
  }
}
