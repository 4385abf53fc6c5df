import { FieldError } from '../../../preload/contract/failure.ts';
import type { SiteNode } from '../../../preload/contract/domain.ts';

export const noSuch = (thing: 'site' | 'node', id: string): FieldError =>
  new FieldError({
    code: 'no-such-thing',
    says: `There is no such ${thing} on this laptop.`,
    about: id,
    untouched: 'Nothing was done.',
    next: `List the ${thing}s to see which there are.`,
  });

export const nameTaken = (thing: 'site' | 'node', name: string): FieldError =>
  new FieldError({
    code: 'already-there',
    says: `There is already a ${thing} called ${name}${thing === 'node' ? ' at this site' : ''}.`,
    about: name,
    untouched: 'It was not changed.',
    next: `Give the new ${thing} another name.`,
  });

/** The machine behind the address is not the one that was recorded. */
export const anotherNode = (node: SiteNode, found: string): FieldError =>
  new FieldError({
    code: 'another-node',
    says:
      found === ''
        ? `The machine at ${node.address} does not tell its machine-id, so it cannot be known whether it is ${node.name}.`
        : `The machine at ${node.address} is not ${node.name}: its machine-id is another one.`,
    about: node.name,
    untouched: 'The connection was closed; nothing was changed on it.',
    next:
      'Check the cable and the address: somebody may have swapped machines or addresses. ' +
      `If ${node.name} was set up anew on purpose, remove it here and add it again.`,
    facts: { recorded: node.machineId ?? '', found },
  });

export const nodeBusy = (node: SiteNode): FieldError =>
  new FieldError({
    code: 'refused',
    says: `A run on ${node.name} is going on.`,
    about: node.name,
    untouched: 'The node was not removed.',
    next: 'Wait for the run to end, or cancel it, then remove the node.',
  });

export const outsidePractice = (address: string): FieldError =>
  new FieldError({
    code: 'practice-only',
    says: 'In practice there are practice nodes only; this address is another machine.',
    about: address,
    untouched: 'Nothing was added or sent.',
    next: 'Leave practice to work with real nodes.',
  });

export const practiceNode = (name: string): FieldError =>
  new FieldError({
    code: 'practice-only',
    says: `${name} is a practice node and cannot belong to a real site.`,
    about: name,
    untouched: 'Nothing was changed on it.',
    next: 'Remove it here, and use it in practice.',
  });

export const noCable = ({ name }: SiteNode): FieldError =>
  new FieldError({
    code: 'bad-ask',
    says: `Nobody has said yet which serial port leads to the console of ${name}.`,
    about: name,
    untouched: 'Everything still goes over SSH.',
    next: 'Plug in the cable, list the serial ports and choose the one that leads to this node.',
  });

export const notOnCable = ({ name }: SiteNode): FieldError =>
  new FieldError({
    code: 'refused',
    says: `${name} is not reached over its cable now, so what it shows could come from anybody on the network.`,
    about: name,
    untouched: 'No host key was pinned.',
    next: 'Switch this node to its serial console first.',
  });
