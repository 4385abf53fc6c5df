import type { ScanNews, ScanPace } from '../../../preload/contract/scan.ts';

/** What the scanner in the laptop's namespace is told, one JSON line each. */
export type ScanOrder =
  /** Makes a site that knows this CA (SHA-256 of its `/cacerts`). */
  | { readonly is: 'know'; readonly site: string; readonly caHash: string }
  | {
      readonly is: 'scan';
      readonly networks: string[];
      readonly pace: ScanPace;
      readonly ports?: number[];
      readonly exclude?: string[];
      readonly wide?: string[];
    }
  | { readonly is: 'stop' }
  /** Opens the inventory. */
  | { readonly is: 'show' };

/** What it says, one JSON line each. */
export type ScanSaid =
  | { readonly is: 'ready' }
  | {
      readonly is: 'news';
      /** Milliseconds since the scan was asked for. */ readonly at: number;
      readonly news: ScanNews;
    }
  | { readonly is: 'failed'; readonly at: number; readonly code: string; readonly says: string }
  | { readonly is: 'shown'; readonly machines: number; readonly ms: number }
  | ({ readonly is: 'over' } & Weight);

/** What a scan weighed. Memory in MiB of resident size. */
export interface Weight {
  /** Most sockets open at once, beyond those that were open before. */
  readonly mostSockets: number;
  /** A second after the end, beyond those that were open before. */
  readonly socketsLeft: number;
  readonly idleMiB: number;
  readonly mostMiB: number;
}
