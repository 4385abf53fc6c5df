import { safeName } from '../stick-names.ts';

/** The folder on a stick that carries files from the laptop to a node. */
export const carryFolder = 'coldstart-carry';

/** The name of a file in that folder: by what is in it, so that files of several versions lie side by side. */
export const carryName = ({ name, sha256 }: { readonly name: string; readonly sha256: string }): string =>
  `${sha256.slice(0, 16)}-${safeName(name)}`;
