/** An image's name in its parts, in full as containerd keeps it. */
export interface ImageName {
  /** `docker.io/library/nginx`. */
  readonly repository: string;
  readonly tag?: string;
  /** `sha256:…`. */
  readonly digest?: string;
}

/**
 * Takes an image's name apart and fills in what may be left out, as containerd does (distribution/reference): the first
 * part is a registry when it has a dot or a colon or is `localhost`; without one it is `docker.io`, and there without a
 * folder `library`. Without tag and digest the tag is `latest`.
 */
export function imageName(text: string): ImageName {
  const [, before = '', digest] = /^([^@]*)(?:@(.+))?$/.exec(text.trim()) ?? [];
  const colon = before.lastIndexOf(':');
  const hasTag = colon > before.lastIndexOf('/');
  const tag = hasTag ? before.slice(colon + 1) : digest === undefined ? 'latest' : undefined;
  return {
    repository: repositoryOf(hasTag ? before.slice(0, colon) : before),
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

function repositoryOf(path: string): string {
  const slash = path.indexOf('/');
  const first = slash < 0 ? '' : path.slice(0, slash);
  const isRegistry = /[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase();
  if (isRegistry && first !== 'index.docker.io' && first !== 'docker.io') return path;
  const rest = isRegistry ? path.slice(slash + 1) : path;
  return `docker.io/${rest.includes('/') ? rest : `library/${rest}`}`;
}

/** The name in full, in one text. */
export const fullImageName = (text: string): string => {
  const { repository, tag, digest } = imageName(text);
  return `${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
};
