/** What ends K3s at once, with its last words. */
export class Fatal extends Error {
  /** Exit status of the process: 1 for its own end, 2 for a Go panic. */
  readonly status: number;
  constructor(message: string, status = 1) {
    super(message);
    this.status = status;
  }
}

export type Say = (level: string, text: string) => void;
/** A line of etcd inside the journal of K3s: JSON, as zap writes it. */
export type SayEtcd = (
  level: 'info' | 'warn' | 'error' | 'fatal' | 'panic',
  caller: string,
  msg: string,
  more?: Readonly<Record<string, unknown>>,
) => void;
