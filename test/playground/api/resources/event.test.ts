import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { JsonObject } from '../../../../src/playground/api/object.js';
import { change, create, made, objectOf, refusals, resourceOf } from '../support/strategy.js';

const core = resourceOf('events', { group: '' });
const view = resourceOf('events', { group: 'events.k8s.io' });
const POD = { kind: 'Pod', name: 'web', namespace: 'default' };
const NEW: JsonObject = {
  eventTime: '2026-01-01T00:00:00.000000Z',
  regarding: POD,
  reason: 'Announced',
  note: 'The address is announced.',
  type: 'Normal',
  action: 'Announce',
  reportingController: 'cairn.dev/controller',
  reportingInstance: 'controller-1',
};

describe('an Event of events.k8s.io', () => {
  it('is stored in the words of the core group', () => {
    const stored = view.viewOf?.write(made(create(view, NEW)));
    const { metadata: _metadata, ...fields } = stored ?? {};
    assert.deepEqual(fields, {
      apiVersion: 'v1',
      kind: 'Event',
      eventTime: NEW['eventTime'],
      involvedObject: POD,
      reason: 'Announced',
      message: 'The address is announced.',
      type: 'Normal',
      action: 'Announce',
      reportingComponent: 'cairn.dev/controller',
      reportingInstance: 'controller-1',
      source: {},
      firstTimestamp: null,
      lastTimestamp: null,
    });
  });

  it('is the same after a way there and back', () => {
    const event = made(create(view, { ...NEW, series: { count: 2, lastObservedTime: NEW['eventTime'] } }));
    assert.deepEqual(view.viewOf?.read(view.viewOf.write(event)), event);
    const old = made(create(core, { involvedObject: POD, count: 3, source: { component: 'x' }, message: 'm' }));
    assert.deepEqual(view.viewOf?.write(view.viewOf.read(old)), old);
  });

  it('can be asked for in its own words', () => {
    const fields = view.strategy.fields?.(made(create(view, NEW))) ?? {};
    assert.equal(fields['regarding.name'], 'web');
    assert.equal(fields['reportingController'], 'cairn.dev/controller');
    assert.equal(fields['involvedObject.name'], undefined);
  });

  // Every sentence here is kube-apiserver's own, taken from 1.36.3.
  // biome-ignore format: table
  const refused = [
    { name: 'without a time',                said: { ...NEW, eventTime: null },                             want: ['eventTime: Required value'] },
    { name: 'that is neither good nor bad',  said: { ...NEW, type: 'X' },                                   want: ['type: Invalid value: "": has invalid value: X'] },
    { name: 'with what is left of the old form', said: { ...NEW, deprecatedCount: 2, deprecatedSource: { component: 'x' }, deprecatedFirstTimestamp: '2026-01-01T00:00:00Z' }, want: ['firstTimestamp: Invalid value: "": needs to be unset', 'count: Invalid value: "": needs to be unset', 'source: Invalid value: "": needs to be unset'] },
    { name: 'with a series of one',          said: { ...NEW, series: { count: 1 } },                        want: ['series.count: Invalid value: "": should be at least 2', 'series.lastObservedTime: Required value'] },
    { name: 'without who says so',           said: { ...NEW, reportingInstance: '' },                       want: ['reportingInstance: Required value'] },
    { name: 'with a long action',            said: { ...NEW, action: 'x'.repeat(129) },                     want: ['action: Invalid value: "": can have at most 128 characters'] },
    { name: 'about another namespace, where it has none', said: { ...NEW, metadata: { namespace: 'shop' }, regarding: { kind: 'Node', name: 'n' } }, want: ['involvedObject.namespace: Invalid value: "": does not match event.namespace'] },
  ];
  for (const { name, said, want } of refused) {
    it(`is refused ${name}`, () => assert.deepEqual(refusals(create(view, said)), want));
  }

  it('goes on as a series and changes in nothing else', () => {
    const old = made(create(view, NEW));
    const series = { count: 2, lastObservedTime: '2026-01-01T00:00:09.000000Z' };
    assert.deepEqual(refusals(change(view, old, { series })), []);
    assert.deepEqual(refusals(change(view, old, { note: 'other', regarding: { name: 'b' } })), [
      'involvedObject: Invalid value: {"Kind":"Pod","Namespace":"default","Name":"b","UID":"","APIVersion":"","ResourceVersion":"","FieldPath":""}: field is immutable',
      'message: Invalid value: "other": field is immutable',
    ]);
  });
});

describe('an Event of the core group', () => {
  it('needs nothing but the namespace of what it is about', () => {
    assert.deepEqual(refusals(create(core)), []);
    assert.deepEqual(refusals(create(core, { involvedObject: { namespace: 'shop' } })), [
      'involvedObject.namespace: Invalid value: "shop": does not match event.namespace',
    ]);
  });

  it('can be asked for by whoever reports it, in the old form and the new', () => {
    const asked = (said: JsonObject) => core.strategy.fields?.(objectOf(core, said))['source'];
    assert.equal(asked({ source: { component: 'kubelet' } }), 'kubelet');
    assert.equal(asked({ reportingComponent: 'cairn.dev/controller' }), 'cairn.dev/controller');
  });
});
