/**
 * Sequences of steps that the allocator failed once.
 * @module
 */
import { arrive, create, edit, overwrite, remove, type Step, send, settle, to } from './steps.js';

export const FAILED: readonly { readonly name: string; readonly steps: readonly Step[] }[] = [
  {
    name: 'two sharers that both drop their key: one has to go, and neither loses its address over it',
    steps: [create(0, 11), create(2, 12), create(3, 0), create(1, 0), edit(2, 9), send(0), edit(0, 9)],
  },
  {
    name: 'two sharers that both drop their key before either is written',
    steps: [create(4, 15), create(1, 12), edit(4, 9), edit(1, 9), create(0, 0), remove(0)],
  },
  {
    name: 'two sharers that both drop their key: the same one has to go after a restart',
    steps: [create(2, 11), create(3, 0), create(0, 10), create(1, 0), edit(2, 9), send(0), edit(0, 9)],
  },
  {
    name: 'an address whose pool is gone after the Service asked for that pool',
    steps: [create(5, 0), edit(5, 20), to(7), to(0), settle, to(8), edit(5, 7), to(0)],
  },
  {
    name: 'an address outside its pool, of a Service that names the pool',
    steps: [create(0, 0), settle, to(3), edit(0, 0), edit(0, 7)],
  },
  {
    name: 'a shared address that somebody else asks for: the same holder is named after a restart',
    steps: [create(0, 0), create(1, 12), settle, create(2, 3), remove(0), create(0, 11), settle],
  },
  {
    name: 'a sharer that drops its key among three: the same other is named after a restart',
    steps: [create(0, 13), create(2, 12), to(1), create(1, 15), to(0), edit(0, 9)],
  },
  {
    name: 'two addresses asked for, one outside every pool and one taken later',
    steps: [create(0, 7), edit(0, 12), settle, create(1, 0)],
  },
  {
    name: 'an address asked for in a pool that has one family of the two needed',
    steps: [create(0, 0), create(3, 0), create(2, 3), to(3), edit(2, 21), remove(3), settle, remove(0), create(0, 0)],
  },
  {
    name: 'an address asked for, and a pool that is there later',
    steps: [to(7), create(2, 0), edit(2, 1), edit(2, 7), send(2), { do: 'restart' }, to(0), create(0, 0), edit(0, 0)],
  },
  {
    name: 'a pool whose one family is full and whose other becomes so: the same is told after a restart',
    steps: [create(2, 0), create(0, 7), edit(2, 20), create(3, 9), to(7), settle, create(1, 0)],
  },
  {
    name: 'a sharer that is being deleted and drops its key',
    steps: [create(0, 10), edit(0, 6), create(1, 13), to(7), edit(0, 9)],
  },
  {
    name: 'addresses of two pools that another provider gave: the same is told after a restart',
    steps: [create(0, 20), edit(0, 0), { do: 'unled', acts: [] }, send(0), to(0), to(6)],
  },
  {
    name: 'an address that was had before, of a pool that has too little now: the same pools are named after a restart',
    steps: [to(13), create(5, 15), create(0, 0), settle, remove(5), settle, create(5, 13), edit(0, 0)],
  },
  {
    name: 'addresses in and outside the pools that another provider gave: what is asked for is answered as after a restart',
    steps: [to(5), create(1, 0), create(5, 20), edit(5, 12), create(0, 0), send(0), { do: 'restart' }],
  },
  {
    name: 'a sharer that drops its key, and another one whose status is overwritten with the address to which the first is going',
    steps: [
      create(0, 0),
      create(3, 0),
      create(2, 10),
      edit(0, 2),
      settle,
      edit(0, 10),
      edit(2, 9),
      overwrite(0, 7),
      edit(0, 0),
      send(0),
      settle,
    ],
  },
  {
    name: 'an address of two families, one of which went before it was written',
    steps: [create(0, 6), create(5, 12), edit(5, 1), overwrite(5, 4), create(1, 6), to(7), send(5), remove(0)],
  },
  {
    name: 'an address that is shared with one that drops its key before it is written',
    steps: [to(1), create(5, 0), create(1, 12), edit(5, 10), overwrite(1, 3), { do: 'take over' }, to(0), edit(1, 9)],
  },
  {
    name: 'a wish for a pool, of a Service with an address outside every pool: the other family comes as after a restart',
    steps: [create(0, 0), settle, { do: 'unled', acts: [{ do: 'create', which: 2, how: 20 }] }, to(0), edit(2, 7)],
  },
  {
    name: 'a sharing key beside a Service of another provider: it is written down at once and not only after a restart',
    steps: [create(4, 0), { do: 'replace', which: 4 }, settle, edit(4, 3), create(0, 17), edit(4, 10)],
  },
  {
    name: 'an address to be replaced, and then no other: nothing is asked any more',
    steps: [create(1, 19), { do: 'replace', which: 1 }, to(10), edit(1, 0)],
  },
  {
    name: 'an address replaced before it was written, of a Service whose status somebody overwrites twice',
    steps: [
      create(0, 0),
      { do: 'replace', which: 0 },
      overwrite(0, 5),
      create(2, 0),
      create(1, 0),
      overwrite(0, 0),
      edit(0, 0),
    ],
  },
  {
    name: 'a status that somebody overwrote with an address of a pool that goes while that is being put right',
    steps: [create(1, 4), create(0, 0), overwrite(1, 3), send(1), to(15), arrive(1)],
  },
  {
    name: 'a status that was overwritten before another leads, of a Service that asks for what it had',
    steps: [
      create(2, 15),
      create(0, 12),
      settle,
      edit(0, 9),
      overwrite(2, 4),
      { do: 'unled', acts: [] },
      send(2),
      { do: 'restart' },
      to(0),
    ],
  },
  {
    name: 'a Service that is being deleted, of which an address that it shared was on its way again after its status was wiped',
    steps: [
      create(0, 10),
      create(2, 18),
      edit(2, 26),
      settle,
      { do: 'unled', acts: [{ do: 'overwrite', which: 2, how: 0 }] },
      edit(2, 6),
      remove(0),
    ],
  },
  {
    name: 'a Service that is being deleted and shows an address that another one holds, which leaves it',
    steps: [
      { do: 'unled', acts: [{ do: 'create', which: 1, how: 0 }] },
      create(0, 3),
      { do: 'unled', acts: [{ do: 'overwrite', which: 0, how: 3 }] },
      { do: 'unled', acts: [{ do: 'overwrite', which: 1, how: 3 }] },
      overwrite(0, 0),
      edit(1, 6),
    ],
  },
  {
    name: 'an address of another provider’s Service that one of ours is adopted with: whoever asks for it hears of both alike',
    steps: [create(3, 18), create(0, 15), settle, create(2, 0), overwrite(2, 7), settle],
  },
  {
    name: 'two addresses of which one can no longer be shared: they stand in the same order after a restart',
    steps: [
      create(5, 12),
      { do: 'unled', acts: [{ do: 'overwrite', which: 5, how: 4 }] },
      { do: 'unled', acts: [{ do: 'create', which: 0, how: 11 }] },
      to(7),
      settle,
      edit(0, 0),
      edit(5, 15),
      { do: 'unled', acts: [] },
      to(3),
    ],
  },
  {
    name: 'an address of a Service whose marks somebody took away, in the status of a new one too: one of the two is put right',
    steps: [create(3, 0), settle, edit(3, 28), create(0, 20), { do: 'unled', acts: [] }, send(0), arrive(0), send(0)],
  },
  {
    name: 'an address that another provider let two share, and an edit of one before we have written its terms: that one goes',
    steps: [create(3, 10), settle, create(1, 14), overwrite(1, 7), { do: 'unled', acts: [] }, edit(1, 14)],
  },
  {
    name: 'a sharer that gives up its key, and our marks too before it has moved: it moves',
    steps: [create(3, 10), create(0, 11), settle, edit(3, 9), edit(3, 28), settle],
  },
  {
    name: 'an address in two statuses when a leader begins, and no mark tells whose it is: one of the two waits, and hears why',
    steps: [
      create(5, 0),
      settle,
      { do: 'unled', acts: [{ do: 'create', which: 2, how: 0 }] },
      create(0, 0),
      {
        do: 'unled',
        acts: [
          { do: 'create', which: 1, how: 0 },
          { do: 'overwrite', which: 0, how: 3 },
          { do: 'edit', which: 5, how: 28 },
        ],
      },
      settle,
    ],
  },
  {
    name: 'two addresses of a pool that somebody exchanged while nobody led: both work, and stay exchanged',
    steps: [
      create(3, 15),
      create(2, 0),
      settle,
      {
        do: 'unled',
        acts: [
          { do: 'overwrite', which: 2, how: 3 },
          { do: 'overwrite', which: 3, how: 4 },
        ],
      },
      settle,
      to(0),
    ],
  },
  {
    name: 'an address in two statuses, of whose holder somebody takes the marks away just before another leads',
    steps: [
      create(5, 0),
      settle,
      create(0, 0),
      to(10),
      { do: 'unled', acts: [{ do: 'overwrite', which: 0, how: 3 }] },
      edit(5, 28),
      { do: 'take over' },
      settle,
    ],
  },
  {
    name: 'two Services that somebody moved while nobody led, one of them to an address that it may share',
    steps: [
      create(0, 13),
      create(1, 0),
      to(7),
      settle,
      create(3, 15),
      { do: 'pass', how: 1 },
      create(2, 0),
      edit(1, 22),
      { do: 'take over' },
      settle,
      {
        do: 'unled',
        acts: [
          { do: 'overwrite', which: 2, how: 3 },
          { do: 'overwrite', which: 3, how: 4 },
        ],
      },
      edit(0, 0),
      settle,
      to(0),
    ],
  },
  {
    name: 'two addresses that were given up for other devices in one moment: who waits hears of the same one after a restart',
    steps: [
      create(0, 19),
      { do: 'replace', which: 0 },
      { do: 'replace', which: 0 },
      create(2, 0),
      settle,
      overwrite(0, 0),
    ],
  },
  ...[
    { how: 0, status: 'is empty' },
    { how: 1, status: 'is another’s word' },
  ].map(({ how, status }) => ({
    name: `a sharer that is being deleted, whose status ${status}, and that has its address back when the other one is gone`,
    steps: [
      create(4, 10),
      create(1, 15),
      settle,
      { do: 'unled' as const, acts: [{ do: 'overwrite' as const, which: 4, how }] },
      { do: 'unled' as const, acts: [{ do: 'edit' as const, which: 4, how: 6 }] },
      remove(1),
    ],
  })),
  {
    name: 'a Service that is being deleted and was another provider’s for a moment',
    steps: [create(3, 16), overwrite(3, 1), edit(3, 6), send(3), arrive(3), edit(3, 25), edit(3, 26), settle],
  },
  {
    name: 'a Service of another provider, seen again as it was when it was ours: its address is nobody’s to give',
    steps: [
      create(3, 0),
      overwrite(3, 6),
      to(10),
      create(0, 0),
      create(1, 0),
      edit(3, 25),
      overwrite(3, 3),
      to(0),
      create(2, 0),
      { do: 'old', which: 3, how: 2 },
    ],
  },
  {
    name: 'a sharer that lost one of its families while nobody led, and the other’s pool is no more: it has both again',
    steps: [
      create(0, 13),
      to(7),
      create(1, 10),
      settle,
      to(0),
      { do: 'unled', acts: [{ do: 'overwrite', which: 0, how: 6 }] },
      settle,
      overwrite(1, 0),
    ],
  },
  {
    name: 'a sharer that gives up its key while the other one’s status is empty: it goes at once',
    steps: [create(2, 11), create(0, 12), settle, edit(2, 26), edit(0, 9), settle],
  },
  {
    name: 'an address that a leader of before writes to what is being deleted, and another one has by now',
    steps: [
      {
        do: 'unled',
        acts: [
          { do: 'create', which: 3, how: 0 },
          { do: 'overwrite', which: 3, how: 3 },
          { do: 'edit', which: 3, how: 6 },
        ],
      },
      edit(3, 26),
      send(3),
      { do: 'unled', acts: [] },
      create(0, 0),
    ],
  },
  {
    name: 'an address that somebody put back into a status while it was on its way to another: the other one moves, when it may',
    steps: [
      create(0, 0),
      settle,
      { do: 'unled', acts: [{ do: 'overwrite', which: 0, how: 4 }] },
      create(1, 15),
      overwrite(0, 3),
      send(1),
      { do: 'restart' },
      edit(1, 0),
    ],
  },
  {
    name: 'an address of another provider’s Service that somebody writes into one of ours, and wipes: that one has it again',
    steps: [create(2, 18), create(1, 0), to(6), overwrite(1, 6), to(10), overwrite(1, 0)],
  },
  {
    name: 'the same, and it was to be replaced meanwhile: it stays where it was while there is nothing else',
    steps: [
      create(0, 0),
      create(2, 17),
      create(1, 0),
      { do: 'unled', acts: [{ do: 'overwrite', which: 0, how: 4 }] },
      overwrite(0, 0),
      { do: 'replace', which: 0 },
      edit(0, 1),
    ],
  },
  {
    name: 'a sharer across policies, as another provider let it share, that lost its address alone while nobody led',
    steps: [
      create(1, 14),
      create(0, 0),
      { do: 'take over' },
      settle,
      create(5, 10),
      { do: 'unled', acts: [{ do: 'overwrite', which: 5, how: 4 }] },
      settle,
      { do: 'unled', acts: [{ do: 'overwrite', which: 5, how: 6 }] },
      to(4),
      settle,
      { do: 'replace', which: 0 },
    ],
  },
  {
    name: 'a sharer without its key, to which a leader of before wrote an address that a newcomer was given: it still has to go',
    steps: [
      create(1, 12),
      create(4, 11),
      settle,
      edit(4, 9),
      send(4),
      { do: 'unled', acts: [{ do: 'create', which: 0, how: 0 }] },
      settle,
    ],
  },
  {
    name: 'a sharer that loses its marks and, while nobody leads, its key: it counts as the later one of two',
    steps: [
      create(2, 0),
      create(3, 10),
      edit(2, 10),
      settle,
      edit(2, 28),
      { do: 'unled', acts: [{ do: 'edit', which: 2, how: 9 }] },
      create(0, 18),
      create(4, 0),
      settle,
    ],
  },
  {
    name: 'a sharer that drops its key beside one that asks to leave: it stays, also when another begins before that one has left',
    steps: [create(3, 12), create(4, 11), settle, edit(4, 22), edit(3, 9), { do: 'unled', acts: [] }, settle],
  },
  {
    name: 'a sharer that is stripped of its marks beside one that was wiped while nobody led: who shows the address keeps it',
    steps: [
      create(0, 13),
      to(4),
      create(5, 10),
      settle,
      edit(0, 9),
      { do: 'unled', acts: [{ do: 'overwrite', which: 5, how: 0 }] },
      edit(0, 28),
      { do: 'unled', acts: [] },
      to(0),
      create(0, 0),
      arrive(0),
      edit(0, 0),
    ],
  },
];
