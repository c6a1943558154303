import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { Condition, Service } from '../../src/values/objects.js';
import { compareHolders, isOurs } from '../../src/values/service-class.js';
import { type ServiceParts, service } from '../support/objects.js';
import { address } from '../support/values.js';
import { assigned } from './assigned.js';

const IP = address('192.0.2.1');

describe('isOurs', () => {
  // biome-ignore format: table
  const cases: readonly { name: string; parts: ServiceParts; isDefault: boolean; want: boolean }[] = [
    { name: 'a Service without a class, where it is the default',        parts: {},                                   isDefault: true,  want: true },
    { name: 'no Service without a class, where it is not',               parts: {},                                   isDefault: false, want: false },
    { name: 'a Service of its class, where it is not the default',       parts: { loadBalancerClass: 'cairn.dev/lb' }, isDefault: false, want: true },
    { name: 'no Service of another class',                               parts: { loadBalancerClass: 'metallb' },      isDefault: true,  want: false },
    { name: 'no Service of another type',                                parts: { type: 'ClusterIP' },                 isDefault: true,  want: false },
    { name: 'a Service that is being deleted',                           parts: { meta: { deleting: true } },          isDefault: true,  want: true },
  ];
  for (const { name, parts, isDefault, want } of cases) {
    it(`takes ${name}`, () => assert.equal(isOurs(service('web', parts), { name: 'cairn.dev/lb', isDefault }), want));
  }
});

interface Parts {
  readonly mark?: string;
  readonly status?: Condition['status'];
  readonly at?: string;
  readonly born?: string;
}

function holder(name: string, { mark, status, at = '10:00', born = '08:00' }: Parts): Service {
  return service(name, {
    conditions: status === undefined ? [] : [assigned(status, at === '' ? '' : `2026-07-01T${at}:00Z`)],
    meta: {
      createdAt: `2026-07-01T${born}:00Z`,
      annotations: mark === undefined ? {} : { 'cairn.dev/served-by': mark },
    },
  });
}

describe('compareHolders', () => {
  const listed: Parts = { mark: 'cairn-system 192.0.2.1', status: 'True' };
  const unlisted: Parts = { mark: 'cairn-system 192.0.2.2', status: 'True' };
  // biome-ignore format: table
  const cases: readonly { name: string; first: Parts; second: Parts }[] = [
    { name: 'whom its mark lists it for before one assigned another address earlier', first: { ...listed, at: '12:00' },     second: { ...unlisted, at: '09:00' } },
    { name: 'whom its mark lists it for before one that waits',                       first: { ...listed, at: '12:00' },     second: { mark: 'cairn-system', status: 'False', at: '09:00' } },
    { name: 'whom its mark lists it for before one that was there before us',         first: { ...listed, born: '12:00' },   second: { born: '07:00' } },
    { name: 'whom a mark of two lists it for',                                        first: { mark: 'cairn-system 2001:db8::1,192.0.2.1', status: 'True' }, second: {} },
    { name: 'whom another installation’s mark lists it for',                          first: { ...listed, mark: 'elsewhere 192.0.2.1' }, second: {} },
    { name: 'whom was there before us before one that waits',                         first: { born: '12:00' },              second: { mark: 'cairn-system', status: 'False', born: '07:00' } },
    { name: 'whom was there before us before one with our condition alone',           first: { born: '12:00' },              second: { status: 'True', born: '07:00' } },
    { name: 'one whose mark was taken away before one that waits',                   first: { status: 'True', born: '12:00' }, second: { status: 'False', born: '07:00' } },
    { name: 'one whose mark was taken away before one that has another by its mark', first: { status: 'True', born: '12:00' }, second: { ...unlisted, at: '07:00' } },
    { name: 'whom was there before us before one that has another by its mark',       first: { born: '12:00' },              second: { ...unlisted, born: '07:00' } },
    { name: 'the one assigned earlier of two with marks',                             first: { ...listed, at: '09:00', born: '09:00' }, second: { ...listed, at: '10:00', born: '08:00' } },
    { name: 'one with a time before one without a condition, as a copy would be',     first: { ...listed, at: '12:00' },     second: { mark: 'cairn-system 192.0.2.1', born: '07:00' } },
    { name: 'one with a time before one whose condition has none',                    first: { ...listed, at: '12:00' },     second: { ...listed, at: '', born: '07:00' } },
    { name: 'the older of two that were there before us',                             first: { born: '07:00' },              second: { born: '08:00' } },
    { name: 'the older of two assigned in one second',                                first: { ...listed, born: '07:00' },   second: { ...listed, born: '08:00' } },
  ];
  for (const { name, first, second } of cases) {
    it(`puts ${name}`, () => {
      // The names would say otherwise.
      const [one, other] = [holder('z', first), holder('a', second)];
      assert.ok(compareHolders(IP)(one, other) < 0);
      assert.ok(compareHolders(IP)(other, one) > 0);
    });
  }

  it('goes by the name where nothing else differs', () => {
    assert.ok(compareHolders(IP)(holder('a', listed), holder('b', listed)) < 0);
  });

  it('is one order for any Services', () => {
    const parts = fc.record(
      {
        mark: fc.constantFrom('cairn-system', 'cairn-system 192.0.2.1', 'cairn-system 192.0.2.2'),
        status: fc.constantFrom<Condition['status']>('True', 'False'),
        at: fc.constantFrom('', '09:00', '10:00'),
        born: fc.constantFrom('07:00', '08:00'),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.array(parts, { minLength: 2, maxLength: 6 }), (all) => {
        const sorted = all.map((each, n) => holder(`s${n}`, each as Parts)).sort(compareHolders(IP));
        const turned = sorted.toReversed().sort(compareHolders(IP));
        assert.deepEqual(turned, sorted);
        for (const [n, one] of sorted.entries()) {
          for (const other of sorted.slice(n + 1)) assert.ok(compareHolders(IP)(one, other) < 0);
        }
      }),
      { seed: 11, numRuns: 300 },
    );
  });
});
