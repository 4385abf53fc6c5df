// @peculiar/x509 brings tsyringe, which refuses to load without the metadata calls of an old decorators draft. It uses
// these four, on classes only.
const store = new WeakMap<object, Map<unknown, unknown>>();

function of(target: object): Map<unknown, unknown> {
  const there = store.get(target) ?? new Map<unknown, unknown>();
  store.set(target, there);
  return there;
}

function inherited(key: unknown, target: object): unknown {
  for (let at: object | null = target; at; at = Object.getPrototypeOf(at) as object | null)
    if (store.get(at)?.has(key)) return store.get(at)?.get(key);
  return undefined;
}

if (!('getMetadata' in Reflect))
  Object.assign(Reflect, {
    defineMetadata: (key: unknown, value: unknown, target: object) => void of(target).set(key, value),
    getOwnMetadata: (key: unknown, target: object) => store.get(target)?.get(key),
    getMetadata: inherited,
    metadata: (key: unknown, value: unknown) => (target: object) => void of(target).set(key, value),
  });
