/** What one port of a host of the test network does. */
export type Service =
  | {
      readonly is: 'tls';
      /** The chain and its key as PEM. */
      readonly cert: string;
      readonly key: string;
      /** Refuses whoever has no certificate of this CA (PEM), as etcd does. */
      readonly demands?: string;
      readonly routes: Routes;
      /** How far the host's clock is from the laptop's; told in the HTTP `Date`. */
      readonly clockOffsetSeconds?: number;
    }
  | { readonly is: 'http'; readonly routes: Routes }
  /** Accepts and never says a word. */
  | { readonly is: 'tarpit' }
  /** Says this at once, the bytes as base64, `times` over, and leaves the connection open. */
  | { readonly is: 'says'; readonly bytes: string; readonly times: number };

/** Answers by path; `*` is for every other path. */
export type Routes = Readonly<Record<string, Answer>>;
export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What the keeper of a test network is told. */
export interface LanOrders {
  /** What the names of its namespaces begin with. */
  readonly prefix: string;
  readonly folder: string;
  /** In the order of the sockets that listen.pl opened. */
  readonly services: readonly Service[];
  /** Real servers: the namespace, the program and its arguments. */
  readonly programs: readonly {
    readonly namespace: string;
    readonly command: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
  }[];
}
