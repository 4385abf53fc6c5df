import { heard, lasting, now, ofTheDisk, picked } from '../suspect.ts';
import type { Matcher } from '../suspect.ts';
import { quote } from '../view.ts';
import { remedy } from './remedies.ts';

const storeBroken = {
  any: [
    'failed to run cri service',
    'failed to recover state',
    'failed to get metadata for stored sandbox',
    'invalid page type',
    /panic.*(?:bbolt|bolt)/,
    /(?:failed to open|open).*meta\.db.*(?:invalid|timeout)/,
  ],
  but: ofTheDisk,
};
const nameKept = { any: ['failed to reserve sandbox name'], but: ofTheDisk };
const exited = {
  any: ['containerd exited:', 'failed to start container runtime', 'failed to start containerd'],
  but: ofTheDisk,
};
const losesImages =
  'All images on the node are lost: every one must lie as an archive in agent/images, or no pod starts.';

/** containerd cannot read its own bookkeeping any more. */
export const containerdCorrupt: Matcher = view => {
  const own = heard(view.containerd, storeBroken);
  const names = heard(view.containerd, nameKept);
  const told = [...now(view, storeBroken), ...now(view, exited)];
  if (own.length === 0 && told.length === 0 && names.length < 3) return undefined;
  const known = own.length > 0 || now(view, storeBroken).length > 0;
  return {
    cause: 'containerd-corrupt',
    sure: known ? 'certain' : told.length > 1 ? 'likely' : 'possible',
    says: 'The container store of this node is damaged: containerd does not come up with it.',
    lines: [...picked(own, 2), ...picked(told, 2), ...(own.length === 0 ? picked(names, 1) : [])],
    not: 'It is not the datastore of the cluster.',
    next: 'See first that every image lies as an archive in agent/images. Then stop K3s and all containers, move agent/containerd aside, empty .cache.json, and start K3s: it unpacks the images again.',
    remedies: [remedy('containerd-aside', losesImages)],
  };
};

const missing = {
  any: [
    'errimagepull',
    'imagepullbackoff',
    'failed to pull image',
    'failed to pull and unpack image',
    'failed to get sandbox image',
    'errimageneverpull',
  ],
  but: ofTheDisk,
};

/** Pods want an image that is not on the node, and there is no registry to ask. */
export const imageMissing: Matcher = view => {
  const lines = lasting(view, missing, 2);
  const [line] = lines;
  if (!line) return undefined;
  const image =
    /(?:pull (?:and unpack )?image|sandbox image|image) "?((?:[a-z0-9.-]+(?::\d+)?\/)?[a-z0-9._/-]+(?::[a-z0-9._-]+|@sha256:[0-9a-f]{8}))/.exec(
      lines.find(({ low }) => /image "/.test(low))?.low ?? line.low,
    )?.[1];
  const moved = view.facts.containerdAside[0];
  return {
    cause: 'image-missing',
    sure: lines.some(({ low }) =>
      /dial tcp|lookup|no such host|network is unreachable|not found|i\/o timeout|sandbox image/.test(low),
    )
      ? 'certain'
      : 'likely',
    says: `Pods wait for ${image === undefined ? 'an image' : `the image ${image}`} that is not on this node, and no registry can be asked.`,
    lines: [...picked(lines, 2), ...(moved === undefined ? [] : [quote('containerd.files', moved)])],
    not:
      moved === undefined
        ? 'It is not a broken container store.'
        : 'It is not a broken container store any more: that was moved aside, and the images went with it.',
    next: 'Bring the image archive of exactly this K3s version, and those of the workloads, into agent/images, and restart K3s.',
    remedies: [remedy('import-images')],
  };
};
