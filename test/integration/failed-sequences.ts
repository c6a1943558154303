/**
 * Sequences of the model of a whole controller that failed once. Their steps are numbers into the lists of `lists.ts`.
 * @module
 */
import type { Step } from './support/game.js';

export interface FailedSequence {
  readonly name: string;
  /** What of all lists it uses; all where it is not said. */
  readonly focus?: number;
  readonly steps: readonly Step[];
}

export const FAILED: readonly FailedSequence[] = [
  {
    name: 'a configuration that came and went before what it gave could be written',
    steps: [{ do: 'create', which: 2, how: 5 }, { do: 'kill' }, { do: 'config', how: 7 }],
  },
  {
    name: 'a Service that names a pool which does not exist, before its address could be written',
    steps: [
      { do: 'create', which: 6, how: 10 },
      { do: 'edit', which: 6, how: 39 },
    ],
  },
  {
    name: 'a status that a host name was written into, and a leader that was frozen',
    steps: [{ do: 'create', which: 6, how: 10 }, { do: 'calm' }, { do: 'rival', which: 6, how: 5 }, { do: 'freeze' }],
  },
  {
    name: 'a status that was overwritten while nobody led, and somebody who waits',
    steps: [
      { do: 'create', which: 6, how: 8 },
      { do: 'pass', how: 6 },
      { do: 'rival', which: 6, how: 1 },
      { do: 'unconfigure' },
      { do: 'stop' },
      { do: 'create', which: 4, how: 7 },
    ],
  },
  {
    name: 'an address of another Service, written into a status while nobody led',
    steps: [
      { do: 'create', which: 2, how: 18 },
      { do: 'freeze' },
      { do: 'create', which: 0, how: 11 },
      { do: 'stop' },
      { do: 'config', how: 8 },
      { do: 'rival', which: 0, how: 2 },
      { do: 'calm' },
    ],
  },
  {
    name: 'a write of both families on its way when the configuration lost one',
    steps: [{ do: 'calm' }, { do: 'create', which: 7, how: 6 }, { do: 'config', how: 15 }, { do: 'turns', how: 291 }],
  },
  {
    name: 'an address asked for that is reserved for another',
    steps: [{ do: 'config', how: 5 }, { do: 'calm' }, { do: 'create', which: 0, how: 16 }, { do: 'calm' }],
  },
  {
    name: 'a configuration that changed twice while the leader was frozen and writes were refused',
    steps: [
      { do: 'fault', how: 114 },
      { do: 'freeze' },
      { do: 'config', how: 0 },
      { do: 'config', how: 0 },
      { do: 'pass', how: 7 },
      { do: 'pass', how: 0 },
    ],
  },
  {
    name: 'an address that another provider’s Service shows',
    steps: [
      { do: 'calm' },
      { do: 'provider', which: 5, how: 2 },
      { do: 'calm' },
      { do: 'create', which: 0, how: 0 },
      { do: 'calm' },
    ],
  },
  {
    name: 'a status that was wiped while the state could not be written',
    steps: [{ do: 'create', which: 0, how: 0 }, { do: 'calm' }, { do: 'unpublish', how: 0 }, { do: 'calm' }],
  },
  {
    name: 'a status that was wiped while another configuration could not be published',
    steps: [
      { do: 'create', which: 0, how: 0 },
      { do: 'calm' },
      { do: 'unpublish', how: 1 },
      { do: 'stop' },
      { do: 'calm' },
    ],
  },
  {
    name: 'a speaker that calls a Service’s address its node’s, with a program at the port',
    steps: [{ do: 'create', which: 0, how: 0 }, { do: 'calm' }, { do: 'node', how: 2 }, { do: 'calm' }],
  },
  {
    name: 'a node that has another address, and whose speaker has not said so',
    steps: [
      { do: 'create', which: 0, how: 0 },
      { do: 'create', which: 1, how: 0 },
      { do: 'calm' },
      { do: 'node', how: 4 },
      { do: 'calm' },
      { do: 'node', how: 9 },
      { do: 'calm' },
    ],
  },
  {
    name: 'Services that are told before their namespace, whose labels select a pool',
    steps: [{ do: 'calm' }, { do: 'newcomer', how: 0 }, { do: 'calm' }],
  },
  {
    name: 'Services that are told before their namespace, whose labels select a pool by priority',
    steps: [{ do: 'calm' }, { do: 'newcomer', how: 12 }, { do: 'calm' }],
  },
  {
    name: 'a ClusterIP Service with the mark of addresses that it never had, and a leader that begins',
    steps: [
      { do: 'config', how: 21 },
      { do: 'forge', which: 0, how: 0 },
      { do: 'kill' },
      { do: 'create', which: 1, how: 0 },
      { do: 'calm' },
    ],
  },
  {
    name: 'a Service of another provider with the mark of addresses that it never had, and a leader that begins',
    steps: [{ do: 'calm' }, { do: 'forge', which: 0, how: 1 }, { do: 'kill' }, { do: 'calm' }],
  },
  {
    name: 'a status that was overwritten when somebody led, who could not list everything yet',
    steps: [
      { do: 'create', which: 0, how: 0 },
      { do: 'calm' },
      { do: 'fault', how: 48 },
      { do: 'stop' },
      { do: 'pass', how: 4 },
      { do: 'rival', which: 0, how: 3 },
      { do: 'calm' },
    ],
  },
  {
    name: 'a Service of another provider that has an address, and then the mark of it',
    steps: [
      { do: 'calm' },
      { do: 'provider', which: 0, how: 2 },
      { do: 'calm' },
      { do: 'forge', which: 0, how: 1 },
      { do: 'calm' },
    ],
  },
  {
    name: 'a new Service with two addresses of others, one of which it may have once a configuration is published',
    steps: [
      { do: 'config', how: 15 },
      { do: 'create', which: 0, how: 0 },
      { do: 'create', which: 1, how: 0 },
      { do: 'calm' },
      { do: 'create', which: 7, how: 6 },
      { do: 'rival', which: 7, how: 4 },
      { do: 'config', how: 0 },
      { do: 'calm' },
    ],
  },
  {
    name: 'addresses wiped while nobody leads, one of which somebody puts into a Service whose mark was forged',
    focus: 187507,
    steps: [
      { do: 'newcomer', how: 21 },
      { do: 'dark' },
      { do: 'create', which: 2, how: 0 },
      { do: 'forge', which: 2, how: 0 },
      { do: 'unpublish', how: 0 },
      { do: 'config', how: 0 },
      { do: 'rival', which: 2, how: 181 },
    ],
  },
  {
    name: 'a wish for another pool that waits for a configuration, while the address is wiped and put back',
    focus: 70694,
    steps: [
      { do: 'create', which: 1, how: 0 },
      { do: 'calm' },
      { do: 'config', how: 0 },
      { do: 'edit', which: 1, how: 978 },
      { do: 'unpublish', how: 0 },
      { do: 'config', how: 0 },
      { do: 'forge', which: 0, how: 0 },
      { do: 'edit', which: 0, how: 0 },
      { do: 'calm' },
    ],
  },
  {
    name: 'the only speaker lies about its node, to a leader that cannot list the Nodes for a while',
    focus: 25622,
    steps: [
      { do: 'create', which: 0, how: 0 },
      { do: 'create', which: 1, how: 0 },
      { do: 'freeze' },
      { do: 'pass', how: 587 },
      { do: 'home' },
      { do: 'node', how: 328 },
      { do: 'edit', which: 0, how: 1 },
      { do: 'kill' },
      { do: 'fault', how: 800 },
      { do: 'freeze' },
    ],
  },
  {
    name: 'one of two speakers lies about its node, to a leader that cannot list the Nodes for a while',
    focus: 539376,
    steps: [
      { do: 'newcomer', how: 6 },
      { do: 'kill' },
      { do: 'node', how: 208 },
      { do: 'fault', how: 519 },
      { do: 'stop' },
      { do: 'freeze' },
      { do: 'create', which: 0, how: 0 },
      { do: 'fault', how: 0 },
    ],
  },
  {
    name: 'a sharer that fits no more, while the configuration has no pools',
    focus: 140546,
    steps: [
      { do: 'create', which: 0, how: 531 },
      { do: 'turns', how: 129 },
      { do: 'create', which: 3, how: 17 },
      { do: 'rival', which: 3, how: 513 },
      { do: 'calm' },
      { do: 'config', how: 0 },
      { do: 'edit', which: 0, how: 154 },
      { do: 'calm' },
    ],
  },
  {
    name: 'a status that was overwritten while nobody led, before the pool came that has what stands there',
    focus: 693909,
    steps: [
      { do: 'create', which: 6, how: 0 },
      { do: 'pass', how: 0 },
      { do: 'stop' },
      { do: 'rival', which: 6, how: 938 },
      { do: 'config', how: 476 },
      { do: 'rival', which: 0, how: 0 },
      { do: 'kill' },
    ],
  },
  {
    name: 'an address that a stranger answers for, while no other one can be published for a time',
    steps: [
      { do: 'create', which: 0, how: 0 },
      { do: 'pass', how: 0 },
      { do: 'report', how: 536 },
      { do: 'unpublish', how: 0 },
      { do: 'pass', how: 791 },
      { do: 'rival', which: 0, how: 0 },
    ],
  },
  {
    name: 'an address whose rest ends in the millisecond in which somebody looks',
    focus: 967961,
    steps: [
      { do: 'create', which: 1, how: 16 },
      { do: 'calm' },
      { do: 'create', which: 0, how: 643 },
      { do: 'freeze' },
      { do: 'config', how: 0 },
      { do: 'report', how: 607 },
      { do: 'calm' },
      { do: 'remove', which: 1, how: 0 },
      { do: 'pass', how: 777 },
    ],
  },
  {
    name: 'an address of a family that nobody asked for, adopted and wiped before anything of it could be written',
    focus: 101591,
    steps: [
      { do: 'create', which: 3, how: 0 },
      { do: 'create', which: 0, how: 0 },
      { do: 'forge', which: 2, how: 320 },
      { do: 'fault', how: 714 },
      { do: 'pass', how: 0 },
      { do: 'create', which: 6, how: 0 },
      { do: 'rival', which: 6, how: 266 },
      { do: 'edit', which: 0, how: 0 },
      { do: 'start' },
      { do: 'recreate', which: 1, how: 0 },
      { do: 'unpublish', how: 0 },
      { do: 'config', how: 0 },
    ],
  },
  {
    name: 'a copied manifest, before a configuration was accepted',
    steps: [{ do: 'forge', which: 0, how: 2 }],
  },
  {
    name: 'one who would share with another provider’s Service of the same key, if that were ours',
    focus: 678_080,
    steps: [
      { do: 'calm' },
      { do: 'provider', which: 2, how: 0 },
      { do: 'edit', which: 2, how: 462 },
      { do: 'config', how: 0 },
      { do: 'edit', which: 0, how: 0 },
      { do: 'create', which: 0, how: 0 },
      { do: 'home' },
      { do: 'newcomer', how: 178 },
    ],
  },
  {
    name: 'an address that a stranger answered for, whose holder asks for it by name, and a newcomer that could share it',
    steps: [
      { do: 'report', how: 36 },
      { do: 'create', which: 0, how: 388 },
      { do: 'pass', how: 236 },
      { do: 'edit', which: 0, how: 0 },
      { do: 'config', how: 106 },
      { do: 'calm' },
      { do: 'newcomer', how: 149 },
    ],
  },
  {
    name: 'a forged mark of an address that rested until a configuration came, which is not published yet',
    focus: 427_121,
    steps: [
      { do: 'config', how: 178 },
      { do: 'create', which: 1, how: 0 },
      { do: 'stop' },
      { do: 'node', how: 0 },
      { do: 'pass', how: 0 },
      { do: 'node', how: 478 },
      { do: 'turns', how: 43 },
      { do: 'newcomer', how: 5 },
      { do: 'edit', which: 1, how: 0 },
      { do: 'fault', how: 0 },
      { do: 'create', which: 7, how: 0 },
      { do: 'config', how: 0 },
      { do: 'forge', which: 7, how: 0 },
      { do: 'node', how: 0 },
    ],
  },
];
