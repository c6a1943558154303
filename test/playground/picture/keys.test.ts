import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { type Choosable, KEYS, type Prompt, press } from '../../../src/playground/picture/keys.js';

const IDLE: Prompt = { kind: 'idle' };
const THERE: Choosable = {
  nodes: [
    { name: 'node-1', cable: 'plugged in' },
    { name: 'node-2', cable: 'cut' },
    { name: 'node-3', cable: 'plugged in' },
  ],
  services: ['default/web', 'default/web-2'],
  withAddress: ['default/web'],
  contested: undefined,
};
const which = (
  verb: 'cut' | 'plug' | 'kill' | 'delete' | 'contest',
  ...choices: readonly [number, string][]
): Prompt => ({
  kind: 'which',
  verb,
  choices: choices.map(([digit, name]) => ({ digit, name })),
});
const CUT = which('cut', [1, 'node-1'], [3, 'node-3']);
const twoCut = {
  ...THERE,
  nodes: THERE.nodes.map(({ name }) => ({ name, cable: name === 'node-3' ? 'plugged in' : 'cut' }) as const),
};

describe('press', () => {
  // biome-ignore format: table
  const cases = [
    { name: 'asks which cable to cut, of those that are not',        key: 'c',  prompt: IDLE, there: THERE, want: { prompt: CUT } },
    { name: 'cuts the one that is chosen',                           key: '3',  prompt: CUT,  there: THERE, want: { prompt: IDLE, action: { kind: 'cut', target: 'node-3' } } },
    { name: 'cuts none whose number is not offered',                 key: '2',  prompt: CUT,  there: THERE, want: { prompt: IDLE } },
    { name: 'lets Escape end a question',                            key: '\x1b', prompt: CUT, there: THERE, want: { prompt: IDLE } },
    { name: 'takes another command in place of an answer',           key: 'n',  prompt: CUT,  there: THERE, want: { prompt: IDLE, action: { kind: 'new-service' } } },
    { name: 'plugs the only one that is cut without a question',     key: 'p',  prompt: IDLE, there: THERE, want: { prompt: IDLE, action: { kind: 'plug', target: 'node-2' } } },
    { name: 'asks which to plug when several are cut',               key: 'p',  prompt: IDLE, there: twoCut, want: { prompt: which('plug', [1, 'node-1'], [2, 'node-2']) } },
    { name: 'plugs nothing when nothing is cut',                     key: 'p',  prompt: IDLE, there: { ...THERE, nodes: [] }, want: { prompt: IDLE } },
    { name: 'asks whose speaker to kill',                            key: 'k',  prompt: IDLE, there: THERE, want: { prompt: which('kill', [1, 'node-1'], [2, 'node-2'], [3, 'node-3']) } },
    { name: 'stops the API server',                                  key: 'a',  prompt: IDLE, there: THERE, want: { prompt: IDLE, action: { kind: 'toggle-api' } } },
    { name: 'makes a Service',                                       key: 'n',  prompt: IDLE, there: THERE, want: { prompt: IDLE, action: { kind: 'new-service' } } },
    { name: 'asks which Service to delete, also an only one',        key: 'd',  prompt: IDLE, there: { ...THERE, services: ['default/web'] }, want: { prompt: which('delete', [1, 'default/web']) } },
    { name: 'contests the only address there is',                    key: 'x',  prompt: IDLE, there: THERE, want: { prompt: IDLE, action: { kind: 'contest', target: 'default/web' } } },
    { name: 'asks which address to contest',                         key: 'x',  prompt: IDLE, there: { ...THERE, withAddress: THERE.services }, want: { prompt: which('contest', [1, 'default/web'], [2, 'default/web-2']) } },
    { name: 'ends a conflict that goes on',                          key: 'x',  prompt: IDLE, there: { ...THERE, contested: 'default/web' }, want: { prompt: IDLE, action: { kind: 'end-contest' } } },
    { name: 'quits',                                                 key: 'q',  prompt: IDLE, there: THERE, want: { prompt: IDLE, action: { kind: 'quit' } } },
    { name: 'quits with Ctrl-C, also out of a question',             key: '\x03', prompt: CUT, there: THERE, want: { prompt: IDLE, action: { kind: 'quit' } } },
    { name: 'overlooks a key that means nothing',                    key: 'z',  prompt: IDLE, there: THERE, want: { prompt: IDLE } },
  ];
  for (const { name, key, prompt, there, want } of cases) {
    it(name, () => assert.deepEqual(press(key, prompt, there), want));
  }

  it('offers nothing that has no digit', () => {
    const services = Array.from({ length: 12 }, (_, at) => `default/web-${at}`);
    const { prompt } = press('d', IDLE, { ...THERE, services });
    assert.deepEqual(prompt.kind === 'which' && prompt.choices.map(({ digit }) => digit), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});

describe('KEYS', () => {
  it('has each key once', () => assert.equal(new Set(KEYS.map(({ key }) => key)).size, KEYS.length));
});
