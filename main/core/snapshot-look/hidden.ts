import type { Json, JsonObject } from '../kubernetes/json.ts';
import { isObject } from '../kubernetes/object.ts';
import type { KubeObject } from '../kubernetes/object.ts';

/** What stands in the place of a value that is not shown. */
export const hiddenBytes = (bytes: number): string => `‹hidden, ${bytes} byte${bytes === 1 ? '' : 's'}›`;

const hiddenText = (text: string): string => hiddenBytes(Buffer.byteLength(text));

/** Bytes of what a base64 text stands for. */
function bytesOf(base64: string): number {
  const digits = base64.replace(/[^A-Za-z0-9+/]/g, '').length;
  return Math.floor((digits * 3) / 4);
}

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';
/** Rancher's tools keep the whole object there, packed, so what is in it cannot be looked through. */
const packedApplied = 'objectset.rio.cattle.io/applied';

/** Annotations of a Secret that never hold any of it. */
const harmless =
  /^(?:meta\.helm\.sh\/|app\.kubernetes\.io\/|listener\.cattle\.io\/cn-|kubernetes\.io\/service-account\.)|^objectset\.rio\.cattle\.io\/(?:id|owner-name|owner-namespace|owner-gvk)$/;

/**
 * Names of fields and variables whose text is a secret. Names of Secrets (`secretName`), of files and of times end in
 * another word.
 */
const telling =
  /(?:^|[-_./\s])?(?:pass(?:word|wd|phrase|code)?|pwd|secret|token|api[-_.]?key|access[-_.]?key|secret[-_.]?key|private[-_.]?key|encryption[-_.]?key|credentials?|client-key-data|auth[-_.]?pass|dsn|authorization|connection[-_.]?string|\.?dockerconfigjson)$/i;
/** `kind: Secret`, `secret: name` of a volume and the like name things; a secret of that length is none. */
const naming = new Set(['kind', 'type', 'reason']);

/**
 * Parts of a text that are secrets whatever stands around them. Every run has a bound: a file of a megabyte without a
 * blank would take minutes otherwise.
 */
const inText: readonly (readonly [RegExp, string])[] = [
  [
    /-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,30}PRIVATE KEY-----|(?![\s\S]))/g,
    '‹hidden private key›',
  ],
  // The same in base64, as kubeconfigs carry it: “-----BEGIN ” and then a key of some kind.
  [/\bLS0tLS1CRUdJTi(?:BSU0EgU|BFQyBQ|BQUkl|BPUEVO|BFTkNS|BEU0Eg)[A-Za-z0-9+/=]+/g, '‹hidden private key›'],
  [/\bK10[0-9a-f]{64}::[^\s"',]+/g, '‹hidden token›'],
  [/\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]+/g, '‹hidden token›'],
  [/(\b(?:bearer|basic) )[A-Za-z0-9+/=._~-]{8,}/gi, '$1‹hidden›'],
  [/(\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s:@/"']{0,100}:)[^\s@/"']{1,200}(?=@)/gi, '$1‹hidden›'],
  [
    /(--?[\w-]{0,60}(?:password|passwd|token|secret|api-key|access-key|secret-key)(?:=|\s+))(?!‹)[^\s"'\\,]+/gi,
    '$1‹hidden›',
  ],
  // A block of YAML below such a name.
  [
    /((?:^|[\s"'{,])[\w.-]{0,80}(?:password|passwd|passphrase|secret|token|api[-_]?key|private[-_]?key)["']?[ \t]*:[ \t]*[|>][-+0-9]{0,2}[ \t]*\n)(?:[ \t]+[^\n]*(?:\n|$))+/gim,
    '$1  ‹hidden›\n',
  ],
  [/("auths?"\s*:\s*")[^"]+/g, '$1‹hidden›'],
  // Lines of YAML, INI, environment files and JSON inside a text.
  [
    /((?:^|[\s"'{,])[\w.-]{0,80}(?:password|passwd|passphrase|auth_pass|secret|token|api[-_]?key|access[-_]?key|secret[-_]?key|private[-_]?key|client-key-data)["']?\s*[:=][ \t]*["']?)(?!‹|[|>{[]|true\b|false\b|null\b)[^\s"',}]+/gim,
    '$1‹hidden›',
  ],
];

const scrubbed = (text: string): string => inText.reduce((now, [rule, by]) => now.replace(rule, by), text);

/**
 * An object as it may be shown: the values of Secrets are replaced by their size, wherever they stand, and so is what
 * looks like a password, a token or a private key in other objects. Rather a harmless word too many.
 */
export function withoutSecrets(object: KubeObject): KubeObject {
  return object.kind === 'Secret' && object.apiVersion === 'v1'
    ? secret(object)
    : (tree(object) as KubeObject);
}

function secret(object: KubeObject): KubeObject {
  const metadata = { ...object.metadata };
  if (isObject(metadata.annotations))
    metadata.annotations = Object.fromEntries(
      Object.entries(metadata.annotations).map(([name, text]) => [name, annotation(name, text)]),
    );
  return { ...object, ...values(object), metadata };
}

/** The values of a Secret: `data` in base64, `stringData` as it is. */
function values(object: JsonObject): JsonObject {
  const replaced = (map: Json | undefined, size: (text: string) => number): JsonObject =>
    isObject(map)
      ? Object.fromEntries(
          Object.entries(map).map(([name, value]) => [
            name,
            hiddenBytes(typeof value === 'string' ? size(value) : 0),
          ]),
        )
      : {};
  return {
    ...(object['data'] === undefined ? {} : { data: replaced(object['data'], bytesOf) }),
    ...(object['stringData'] === undefined
      ? {}
      : { stringData: replaced(object['stringData'], text => Buffer.byteLength(text)) }),
  };
}

/** Tools write the whole Secret, or a packed copy of it, into its annotations. */
function annotation(name: string, text: unknown): string {
  if (typeof text !== 'string') return '';
  if (name === lastApplied) return applied(text);
  return harmless.test(name) ? text : hiddenText(text);
}

function applied(text: string): string {
  try {
    const before = JSON.parse(text) as Json;
    if (!isObject(before) || before['kind'] !== 'Secret') return hiddenText(text);
    return JSON.stringify(secret(before as KubeObject));
  } catch {
    return hiddenText(text);
  }
}

/** Helm may keep a release, with all its values, packed in a ConfigMap. */
const isRelease = (name: string, text: string): boolean => name === 'release' && text.startsWith('H4sI');

/** A text that is JSON of an object, as last-applied annotations are, is looked at as such. */
function annotated(text: string): string {
  try {
    return JSON.stringify(tree(JSON.parse(text) as Json));
  } catch {
    return scrubbed(text);
  }
}

function tree(value: Json | undefined, name = ''): Json {
  if (typeof value === 'string') {
    if (name === lastApplied) return annotated(value);
    if (name === packedApplied || isRelease(name, value)) return hiddenText(value);
    return value !== '' && telling.test(name) && !naming.has(name) ? hiddenText(value) : scrubbed(value);
  }
  if (Array.isArray(value)) return (value as readonly Json[]).map(each => tree(each, name));
  if (!isObject(value)) return value ?? null;
  const made: Record<string, Json> = {};
  // An environment variable carries its name beside it.
  const said = typeof value['name'] === 'string' && 'value' in value ? value['name'] : undefined;
  for (const [key, each] of Object.entries(value))
    Object.defineProperty(made, key, {
      value: tree(each, said !== undefined && key === 'value' ? said : key),
      enumerable: true,
      writable: true,
      configurable: true,
    });
  return made;
}
