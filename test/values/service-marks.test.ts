import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import {
  assignmentOf,
  isMarked,
  isOverwritten,
  isUnmarkedBeside,
  type ServedBy,
  servedBy,
  writeServedBy,
} from '../../src/values/service-marks.js';
import { type ServiceParts, service } from '../support/objects.js';
import { address } from '../support/values.js';
import { assigned } from './assigned.js';

const others = { ...assigned('True'), type: 'example.com/Ready' };
const annotated = (annotations: Readonly<Record<string, string>>): ServiceParts => ({ meta: { annotations } });

describe('isMarked', () => {
  // biome-ignore format: table
  const cases: readonly { name: string; parts: ServiceParts; want: boolean }[] = [
    { name: 'one that we gave an address from a pool',        parts: annotated({ 'cairn.dev/allocated-from-pool': 'a' }),              want: true },
    { name: 'one that MetalLB gave an address',               parts: annotated({ 'metallb.io/ip-allocated-from-pool': 'a' }),          want: true },
    { name: 'one that an older MetalLB gave an address',      parts: annotated({ 'metallb.universe.tf/ip-allocated-from-pool': 'a' }), want: true },
    { name: 'one that our condition says has an address',     parts: { conditions: [assigned('True')] },                              want: true },
    { name: 'none that our condition says waits',             parts: { conditions: [assigned('False')] },                             want: false },
    { name: 'none with somebody else’s condition',            parts: { conditions: [others] },                                             want: false },
    { name: 'none that asks for something',                   parts: annotated({ 'metallb.io/address-pool': 'a', 'cairn.dev/address-pool': 'a' }), want: false },
    { name: 'none that waits',                                parts: annotated({ 'cairn.dev/served-by': 'cairn-system' }),            want: false },
    { name: 'none without anything',                          parts: {},                                                              want: false },
  ];
  for (const { name, parts, want } of cases) {
    it(`knows ${name}`, () => assert.equal(isMarked(service('web', parts)), want));
  }
});

describe('assignmentOf', () => {
  it('is our condition while it is True', () => {
    const conditions = [others, assigned('True')];
    assert.equal(assignmentOf({ conditions }), conditions[1]);
    assert.equal(assignmentOf({ conditions: [assigned('False')] }), undefined);
  });
});

describe('servedBy', () => {
  const [v4, v6] = [address('192.0.2.7'), address('2001:db8::7')];
  // biome-ignore format: table
  const cases: readonly { name: string; text: string; want: ServedBy; isWritten: boolean }[] = [
    { name: 'one address',                    text: 'cairn-system 192.0.2.7',             want: { installation: 'cairn-system', addresses: [v4] },     isWritten: true },
    { name: 'both families, in their order',  text: 'cairn-system 2001:db8::7,192.0.2.7', want: { installation: 'cairn-system', addresses: [v6, v4] }, isWritten: true },
    { name: 'a Service that waits',           text: 'cairn-system',                       want: { installation: 'cairn-system', addresses: [] },       isWritten: true },
    { name: 'what a person made of it',       text: 'cairn-system 192.0.2.7,nonsense,',   want: { installation: 'cairn-system', addresses: [v4] },     isWritten: false },
    { name: 'an address written octally',     text: 'cairn-system 192.0.2.07',            want: { installation: 'cairn-system', addresses: [] },       isWritten: false },
    { name: 'nothing',                        text: '',                                   want: { installation: '', addresses: [] },                   isWritten: true },
  ];
  for (const { name, text, want, isWritten } of cases) {
    it(`reads ${name}`, () => {
      assert.deepEqual(servedBy(service('web', annotated({ 'cairn.dev/served-by': text }))), want);
      if (isWritten) assert.equal(writeServedBy(want), text);
    });
  }

  it('is nothing where there is no mark', () => {
    assert.equal(servedBy(service('web')), undefined);
  });
});

describe('isOverwritten', () => {
  const mark = (addresses: string) => annotated({ 'cairn.dev/served-by': `cairn-system ${addresses}` });
  const given = { conditions: [assigned('True')] };
  // biome-ignore format: table
  const cases: readonly { name: string; parts: ServiceParts; want: boolean }[] = [
    { name: 'an address that the mark does not list',        parts: { ...mark('192.0.2.8'), ...given },           want: true },
    { name: 'no address that it lists',                      parts: { ...mark('2001:db8::7,192.0.2.7'), ...given }, want: false },
    { name: 'none of a Service that waited',                 parts: { ...mark(''), conditions: [assigned('False')] }, want: false },
    { name: 'none of a Service that has the annotation alone', parts: mark('192.0.2.8'),                          want: false },
    { name: 'none of a Service without a mark',              parts: given,                                        want: false },
  ];
  for (const { name, parts, want } of cases) {
    it(`is ${name}`, () => assert.equal(isOverwritten(service('web', parts), address('192.0.2.7')), want));
  }
});

describe('isUnmarkedBeside', () => {
  const mark = { 'cairn.dev/served-by': 'cairn-system 192.0.2.8', 'cairn.dev/allocated-from-pool': 'a' };
  // biome-ignore format: table
  const cases: readonly { name: string; parts: ServiceParts; want: boolean }[] = [
    { name: 'an address that the mark does not list',          parts: annotated(mark),                                                    want: true },
    { name: 'none that it lists',                              parts: annotated({ ...mark, 'cairn.dev/served-by': 'cairn-system 192.0.2.7' }), want: false },
    { name: 'none that MetalLB may have given',                parts: annotated({ ...mark, 'metallb.io/ip-allocated-from-pool': 'a' }),   want: false },
    { name: 'none of a Service whose mark lists nothing',      parts: annotated({ 'cairn.dev/served-by': 'cairn-system' }),               want: false },
    { name: 'none of a Service from before there was a mark',  parts: annotated({ 'cairn.dev/allocated-from-pool': 'a' }),                want: false },
  ];
  for (const { name, parts, want } of cases) {
    it(`is ${name}`, () => assert.equal(isUnmarkedBeside(service('web', parts), address('192.0.2.7')), want));
  }
});
