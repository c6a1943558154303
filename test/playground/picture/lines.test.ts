import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'mocha';
import { differences, summaries } from '../../../src/playground/picture/lines.js';
import type { NodePart, Picture, ServicePart } from '../../../src/playground/picture/picture.js';

const CAPTURED = JSON.parse(readFileSync(new URL('../../vectors/playground.json', import.meta.url), 'utf8')) as Picture;
const [WEB] = CAPTURED.services as readonly [ServicePart];
const [NODE] = CAPTURED.nodes as readonly [NodePart];
const TRAFFIC = { answersPerSecond: 10, lastAnswerer: 'web-1', longestGapMs: 402.4, silentForMs: 3 };
const QUIET: Picture = {
  ...CAPTURED,
  services: [
    { ...WEB, key: 'default/web', address: '192.0.2.240', announcedBy: 'node-1', arp: ['node-1'], traffic: TRAFFIC },
  ],
  nodes: [{ ...NODE, name: 'node-1', cable: 'plugged in', speaker: 'runs', ready: true }],
  happenings: [],
};
const web = (change: Partial<ServicePart>): Picture => ({
  ...QUIET,
  services: QUIET.services.map((each) => ({ ...each, ...change })),
});
const node = (change: Partial<NodePart>): Picture => ({
  ...QUIET,
  nodes: QUIET.nodes.map((each) => ({ ...each, ...change })),
});
const EVENT = { at: '12:00:00', tone: 'normal', about: 'Service web', text: 'Assigned: it is' } as const;

describe('differences', () => {
  // biome-ignore format: table
  const cases = [
    { name: 'says nothing where nothing changed',  before: QUIET, after: QUIET, want: [] },
    { name: 'tells what there is at first',        before: undefined, after: QUIET, want: ['Service default/web: EXTERNAL-IP 192.0.2.240', 'Service default/web: announced by node-1', 'Service default/web: ARP answer from node-1', 'Service default/web: first answer, from web-1'] },
    { name: 'tells a new owner',                   before: QUIET, after: web({ announcedBy: 'node-2' }), want: ['Service default/web: announced by node-2'] },
    { name: 'tells a silence',                     before: QUIET, after: web({ arp: [] }), want: ['Service default/web: ARP answer from nobody'] },
    { name: 'tells a conflict',                    before: QUIET, after: web({ arp: ['node-1', 'stranger'] }), want: ['Service default/web: ARP answer from node-1 and stranger'] },
    { name: 'tells why one waits',                 before: { ...QUIET, services: [] }, after: web({ address: undefined, announcedBy: undefined, arp: undefined, traffic: undefined, reason: 'PoolFull' }), want: ['Service default/web: waits, PoolFull'] },
    { name: 'tells a deletion',                    before: QUIET, after: { ...QUIET, services: [] }, want: ['Service default/web: deleted'] },
    { name: 'tells a cut cable',                   before: QUIET, after: node({ cable: 'cut' }), want: ['node-1: cable cut'] },
    { name: 'tells a dead speaker',                before: QUIET, after: node({ speaker: 'dead' }), want: ['node-1: speaker dead'] },
    { name: 'tells that the API is away',          before: QUIET, after: { ...QUIET, apiAnswers: false }, want: ['API server: does not answer'] },
    { name: 'tells each event once',               before: { ...QUIET, happenings: [EVENT] }, after: { ...QUIET, happenings: [EVENT, { ...EVENT, text: 'Announced: by node-1' }] }, want: ['Service web: Announced: by node-1'] },
  ];
  for (const { name, before, after, want } of cases) {
    it(name, () => assert.deepEqual(differences(before, after), want));
  }
});

describe('summaries', () => {
  it('has a line for each Service that has answered', () => {
    assert.deepEqual(summaries({ ...QUIET, services: [...QUIET.services, { ...WEB, traffic: undefined }] }), [
      'Service default/web: 10 answers a second, the last from web-1; longest gap 402 ms',
    ]);
  });
});
