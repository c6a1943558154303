import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { KeyMap } from '../../src/allocator/key-map.js';
import { collectAllGarbage } from '../../src/run/idle-collector.js';
import { serviceKey } from '../../src/values/names.js';

/** Of one hash, by search. */
const COLLIDING = [serviceKey('default', '15o1sht'), serviceKey('default', '1a4v1vr')] as const;

const names = fc.integer({ min: 0, max: 60 }).map((number) => serviceKey('default', `web-${number}`));
const steps = fc.array(fc.tuple(fc.constantFrom('set', 'set', 'delete'), names, fc.nat()), { maxLength: 400 });

describe('a map of keys', () => {
  it('answers as a Map does, in the same order, whatever comes and goes', () => {
    fc.assert(
      fc.property(steps, (taken) => {
        const wanted = new Map<string, number>();
        const map = new KeyMap<number>();
        for (const [step, key, value] of taken) {
          if (step === 'set') {
            wanted.set(key, value);
            map.set(key, value);
          } else {
            wanted.delete(key);
            map.delete(key);
          }
          assert.equal(map.get(key), wanted.get(key));
          assert.equal(map.has(key), wanted.has(key));
        }
        assert.deepEqual([...map.values()], [...wanted.values()]);
        for (let number = 0; number <= 60; number++) {
          const key = serviceKey('default', `web-${number}`);
          assert.equal(map.get(key), wanted.get(key));
        }
      }),
    );
  });

  it('keeps apart keys whose hashes are the same', () => {
    const map = new KeyMap<string>();
    const [one, other] = COLLIDING;
    map.set(one, 'one');
    map.set(other, 'other');
    assert.deepEqual([map.get(one), map.get(other)], ['one', 'other']);
    map.delete(one);
    assert.deepEqual([map.get(one), map.get(other)], [undefined, 'other']);
  });

  it('has what stays, and grows by none of a million others that come and go', () => {
    const map = new KeyMap<number>();
    map.set(serviceKey('default', 'stays'), 0);
    collectAllGarbage();
    const before = process.memoryUsage().heapUsed;
    for (let number = 1; number <= 1_000_000; number++) {
      const key = serviceKey('default', `web-${number}`);
      map.set(key, number);
      map.delete(key);
    }
    collectAllGarbage();
    assert.ok(process.memoryUsage().heapUsed - before < 8e6);
    assert.deepEqual([...map.values()], [0]);
  });
});
