import { knownKinds } from '../kubernetes/schema.ts';

let kinds: Map<string, string> | undefined;

/** How Kubernetes forms a resource's name from its kind. */
function pluralOf(kind: string): string {
  const word = kind.toLowerCase();
  if (word.endsWith('s')) return word === 'endpoints' ? word : `${word}es`;
  return word.endsWith('y') && !/[aeiou]y$/.test(word) ? `${word.slice(0, -1)}ies` : `${word}s`;
}

/** The kind of a resource of Kubernetes' own, without looking at an object; of others the resource itself. */
export function kindOfResource(resource: string): string {
  kinds ??= new Map(
    knownKinds().map(each => {
      const kind = each.slice(each.indexOf(' ') + 1);
      return [pluralOf(kind), kind];
    }),
  );
  if (resource === 'masterleases') return 'Endpoints';
  if (resource === 'ranges') return 'RangeAllocation';
  return kinds.get(resource) ?? kinds.get(resource.replace(/\..*$/, '')) ?? resource;
}
