import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { AcceptedConfig } from '../../src/run/accepted-config.js';
import { ACCEPTED_CONFIG_KEY } from '../../src/run/state-config-map.js';
import type { ConfigMap, Meta } from '../../src/values/objects.js';
import { meta } from '../support/objects.js';

const poolsOf = (name: string) => `address-pools: [{name: ${name}, protocol: layer2, addresses: [192.0.2.1]}]`;
const P = poolsOf('p');
const Q = poolsOf('q');
const BROKEN = 'address-pools:\n- name: p\n  protocol: layer3\n  addresses: [192.0.2.1]\n';

const holding = (data: Readonly<Record<string, string>>, rest: Partial<Meta> = {}): ConfigMap => ({
  meta: meta('cairn-system', 'cairn-config', rest),
  data,
});
/** The ConfigMap after an edit: with this text, deleted, or with its key renamed. */
const DELETED = undefined;
const RENAMED = holding({ Config: BROKEN });
const text = (config: string) => holding({ config });
/** Deleted and created again with this text, of which nobody saw that it was gone. */
const anew = (config: string) => holding({ config }, { uid: 'another' });
/** Its metadata alone were edited. */
const annotated = ({ data }: ConfigMap) => holding(data, { resourceVersion: '2' });

const NONE = 'there is no ConfigMap cairn-system/cairn-config; create it with the key "config"';
const NO_KEY = 'ConfigMap cairn-system/cairn-config is refused: it has no key "config"';
const REFUSED = /^ConfigMap cairn-system\/cairn-config is refused: line 3: address-pools\.0\.protocol/;

/** What stands after all of `edits`, where a leader before had accepted `before`, or had left all of `kept`. */
function standsAfter(
  edits: readonly (ConfigMap | undefined)[],
  before?: string,
  kept = new Map(before === undefined ? [] : [[ACCEPTED_CONFIG_KEY, before]]),
) {
  const told: string[] = [];
  const errors: string[] = [];
  const accepted = new AcceptedConfig({
    log: { debug() {}, info() {}, warn() {}, error: (_, message) => void errors.push(message ?? '') },
    events: { record: (_, { reason }) => void told.push(reason), endStory() {} },
    state: { get: (key) => kept.get(key), set: (key, value) => void kept.set(key, value) },
    name: 'cairn-system/cairn-config',
  });
  const isNew = edits.map((edit) => accepted.observe(edit));
  const { config, whyNot } = accepted.inForce;
  const pools = config?.pools.map(({ name }) => name as string).join() ?? 'none';
  return { isNew, pools, whyNot, problems: accepted.problemCount, told, errors, kept: kept.get(ACCEPTED_CONFIG_KEY) };
}

describe('AcceptedConfig', () => {
  const accepted = 'ConfigAccepted';
  const refused = 'ConfigRefused';
  // biome-ignore format: table
  const cases: readonly { name: string; before?: string; edits: readonly (ConfigMap | undefined)[]; isNew: boolean; pools: string; why: string | RegExp; problems: number; told: readonly string[] }[] = [
    { name: 'accepts the first one',                           edits: [text(P)],                              isNew: true,  pools: 'p',    why: '',      problems: 0, told: [accepted] },
    { name: 'says nothing of one that is seen twice',          edits: [text(P), text(P)],                     isNew: false, pools: 'p',    why: '',      problems: 0, told: [accepted] },
    { name: 'follows an edit',                                 edits: [text(P), text(Q)],                     isNew: true,  pools: 'q',    why: '',      problems: 0, told: [accepted, accepted] },
    { name: 'goes on with what a leader before accepted',      edits: [text(P)], before: P,                   isNew: false, pools: 'p',    why: '',      problems: 0, told: [] },
    { name: 'says that there is none',                         edits: [DELETED],                              isNew: false, pools: 'none', why: NONE,    problems: 1, told: [] },
    { name: 'says that the key is missing',                    edits: [RENAMED],                              isNew: false, pools: 'none', why: NO_KEY,  problems: 1, told: [refused] },
    { name: 'refuses a broken one, where there is no other',   edits: [text(BROKEN)],                         isNew: false, pools: 'none', why: REFUSED, problems: 1, told: [refused] },
    { name: 'refuses a broken edit',                           edits: [text(P), text(BROKEN)],                isNew: false, pools: 'p',    why: '',      problems: 1, told: [accepted, refused] },
    { name: 'has no problem left when that is taken back',     edits: [text(P), text(BROKEN), text(P)],       isNew: false, pools: 'p',    why: '',      problems: 0, told: [accepted, refused, accepted] },
    { name: 'forgets a refused one that is deleted',           edits: [text(BROKEN), DELETED],                isNew: false, pools: 'none', why: NONE,    problems: 1, told: [refused] },
    { name: 'refuses a refused one whose key is renamed',      edits: [text(BROKEN), RENAMED],                isNew: false, pools: 'none', why: NO_KEY,  problems: 1, told: [refused, refused] },
    { name: 'refuses it again when it comes back',             edits: [text(BROKEN), DELETED, text(BROKEN)],  isNew: false, pools: 'none', why: REFUSED, problems: 1, told: [refused, refused] },
    { name: 'keeps the accepted one when it is deleted',       edits: [text(P), DELETED],                     isNew: false, pools: 'p',    why: '',      problems: 1, told: [accepted] },
    { name: 'says that it is back',                            edits: [text(P), DELETED, text(P)],            isNew: false, pools: 'p',    why: '',      problems: 0, told: [accepted, accepted] },
    { name: 'says once that it is back, with its key at last', edits: [text(P), DELETED, RENAMED, text(P), text(P)], isNew: false, pools: 'p', why: '', problems: 0, told: [accepted, refused, accepted] },
    { name: 'refuses it again where it was created anew meanwhile', edits: [text(BROKEN), anew(BROKEN)],       isNew: false, pools: 'none', why: REFUSED, problems: 1, told: [refused, refused] },
    { name: 'says that it is back where it was created anew meanwhile', edits: [text(P), anew(P)],             isNew: false, pools: 'p',    why: '',      problems: 0, told: [accepted, accepted] },
    { name: 'says that what a leader before accepted is back', edits: [DELETED, text(P)], before: P,          isNew: false, pools: 'p',    why: '',      problems: 0, told: [accepted] },
    { name: 'keeps the accepted one when its key is renamed',  edits: [text(P), RENAMED],                     isNew: false, pools: 'p',    why: '',      problems: 1, told: [accepted, refused] },
    { name: 'forgets a refused edit that is deleted',          edits: [text(P), text(BROKEN), DELETED],       isNew: false, pools: 'p',    why: '',      problems: 1, told: [accepted, refused] },
    { name: 'uses nothing that it cannot read of before',      edits: [DELETED], before: BROKEN,              isNew: false, pools: 'none', why: NONE,    problems: 1, told: [] },
    { name: 'replaces what it cannot read of before',          edits: [text(P)], before: BROKEN,              isNew: true,  pools: 'p',    why: '',      problems: 0, told: [accepted] },
  ];
  for (const { name, before, edits, isNew, pools, why, problems, told } of cases) {
    it(name, () => {
      const found = standsAfter(edits, before);
      assert.deepEqual(
        { isNew: found.isNew.at(-1), pools: found.pools, problems: found.problems, told: found.told },
        { isNew, pools, problems, told },
      );
      if (typeof why === 'string') assert.equal(found.whyNot, why);
      else assert.match(found.whyNot, why);
      if (pools !== 'none') assert.equal(found.kept, poolsOf(pools));
    });
  }

  for (const [what, one] of Object.entries({ 'a broken text': text(BROKEN), 'a missing key': RENAMED })) {
    it(`logs ${what} once, however often the metadata change`, () => {
      const { told, errors } = standsAfter([one, annotated(one), annotated(one)]);
      assert.deepEqual([told.length, errors.length], [1, 1]);
    });
  }

  describe('after another leader', () => {
    const ELSE = BROKEN.replace('layer3', 'layer4');
    // biome-ignore format: table
    const rows: readonly { name: string; first: readonly (ConfigMap | undefined)[]; later: readonly (ConfigMap | undefined)[]; told: readonly string[] }[] = [
      { name: 'does not tell a refusal again',                          first: [text(P), text(BROKEN)],          later: [text(BROKEN)],        told: [] },
      { name: 'does not tell it again where none was accepted',         first: [text(BROKEN)],                   later: [text(BROKEN)],        told: [] },
      { name: 'tells another refusal',                                  first: [text(P), text(BROKEN)],          later: [text(ELSE)],          told: [refused] },
      { name: 'tells that it was mended meanwhile, with the old text',  first: [text(P), text(BROKEN)],          later: [text(P)],             told: [accepted] },
      { name: 'tells a refusal that was mended and came back',          first: [text(BROKEN), text(P)],          later: [text(BROKEN)],        told: [refused] },
      { name: 'tells that it was deleted and made anew with the old text', first: [text(P), text(BROKEN), DELETED], later: [DELETED, text(P)],    told: [accepted] },
      { name: 'tells that it was made anew meanwhile, with the old text', first: [text(P), text(BROKEN), DELETED], later: [text(P), text(P)],    told: [accepted] },
      { name: 'tells nothing of what was made anew and is so',          first: [text(BROKEN), DELETED, text(P)], later: [text(P)],             told: [] },
      { name: 'tells a refusal that was deleted and came back',         first: [text(BROKEN), DELETED],          later: [text(BROKEN)],        told: [refused] },
      { name: 'tells nothing of what was accepted, mended and is so',   first: [text(BROKEN), text(P)],          later: [text(P)],             told: [] },
    ];
    for (const { name, first, later, told } of rows) {
      it(name, () => {
        const kept = new Map<string, string>();
        standsAfter(first, undefined, kept);
        const found = standsAfter(later, undefined, kept);
        assert.deepEqual(found.told, told);
        assert.equal(found.problems > 0, later.at(-1)?.data['config'] !== P);
      });
    }
  });
});
