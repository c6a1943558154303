/**
 * Events: one store seen through two APIs, and what kubectl makes of them.
 * @module
 */
import assert from 'node:assert/strict';
import { describe } from 'mocha';
import { type Json, MERGE_PATCH } from './support/http.js';
import { service } from './support/objects.js';
import { cells } from './support/tables.js';
import { onEachServer, type World } from './support/world.js';

const secondsAgo = (seconds: number) => new Date(Date.now() - seconds * 1_000).toISOString().replace(/\.\d+Z/, 'Z');
const legacy = (world: World, name: string, more: Json = {}): Json => ({
  metadata: { name },
  involvedObject: { apiVersion: 'v1', kind: 'Service', namespace: world.namespace, name: 'web' },
  type: 'Normal',
  reason: 'AddressAssigned',
  message: 'it has one',
  source: { component: 'cairn' },
  firstTimestamp: secondsAgo(5),
  lastTimestamp: secondsAgo(5),
  count: 1,
  ...more,
});
const modern = (world: World, name: string, more: Json = {}): Json => ({
  metadata: { name },
  eventTime: '2026-01-02T03:04:05.678901Z',
  reportingController: 'cairn.dev/controller',
  reportingInstance: 'cairn-1',
  action: 'Assign',
  reason: 'AddressAssigned',
  type: 'Normal',
  regarding: { apiVersion: 'v1', kind: 'Service', namespace: world.namespace, name: 'web' },
  note: 'it has one',
  ...more,
});
const path = (world: World, ...rest: string[]) =>
  ['/apis/events.k8s.io/v1/namespaces', world.namespace, 'events', ...rest].join('/');

describe('an event', () => {
  onEachServer('of the old API is seen through the new one', async (world) => {
    const old = await world.create('events', legacy(world, 'web.1'));
    const seen = await world.ok(world.http.get(path(world, 'web.1')));
    assert.deepEqual([seen.apiVersion, seen.kind], ['events.k8s.io/v1', 'Event']);
    assert.equal(seen.metadata.uid, old.metadata.uid);
    assert.deepEqual(
      [seen.regarding, seen.note, seen.deprecatedSource, seen.deprecatedCount],
      [old.involvedObject, 'it has one', { component: 'cairn' }, 1],
    );
    assert.deepEqual([seen.deprecatedFirstTimestamp, seen.eventTime], [old.firstTimestamp, null]);
  });

  onEachServer('of the new API is seen through the old one', async (world) => {
    const { metadata } = await world.ok(world.http.post(path(world), modern(world, 'web.1')));
    const seen = await world.get('events', 'web.1');
    assert.equal(seen.metadata.uid, metadata.uid);
    assert.deepEqual(
      [
        seen.message,
        seen.involvedObject.name,
        seen.reportingComponent,
        seen.reportingInstance,
        seen.action,
        seen.eventTime,
      ],
      ['it has one', 'web', 'cairn.dev/controller', 'cairn-1', 'Assign', '2026-01-02T03:04:05.678901Z'],
    );
    assert.deepEqual([seen.source, seen.firstTimestamp, seen.lastTimestamp], [{}, null, null]);
  });

  onEachServer('is counted up by a patch', async (world) => {
    await world.create('events', legacy(world, 'web.1'));
    const patch = { count: 3, lastTimestamp: secondsAgo(0), message: 'again' };
    const { count, message } = await world.ok(world.http.patch(world.path('events', 'web.1'), patch, MERGE_PATCH));
    assert.deepEqual([count, message], [3, 'again']);
  });

  onEachServer('becomes a series in the new API', async (world) => {
    await world.ok(world.http.post(path(world), modern(world, 'web.1')));
    const series = { count: 2, lastObservedTime: '2026-01-02T03:05:05.000001Z' };
    const after = await world.ok(world.http.patch(path(world, 'web.1'), { series }, MERGE_PATCH));
    assert.deepEqual(after.series, series);
  });

  onEachServer('of the new API must be complete', async (world) => {
    const { body } = await world.http.post(
      path(world),
      modern(world, 'web.1', { reportingInstance: '', action: '', reason: '' }),
    );
    assert.equal(body.code, 422);
    assert.deepEqual(
      body.details.causes.map(({ field, message }: Json) => `${field}: ${message}`),
      ['reportingInstance: Required value', 'action: Required value', 'reason: Required value'],
    );
  });

  onEachServer('is about an object of its own namespace', async (world) => {
    const involvedObject = { kind: 'Service', namespace: 'other', name: 'web' };
    const { body } = await world.http.post(world.path('events'), legacy(world, 'web.1', { involvedObject }));
    assert.equal(
      body.message,
      'Event "web.1" is invalid: involvedObject.namespace: Invalid value: "other": does not match event.namespace',
    );
  });
});

describe('kubectl events', () => {
  onEachServer('shows the oldest first, and how often', async (world) => {
    await world.create(
      'events',
      legacy(world, 'web.2', {
        firstTimestamp: secondsAgo(300),
        lastTimestamp: secondsAgo(120),
        count: 4,
        type: 'Warning',
        reason: 'NoPool',
        message: 'no pool',
      }),
    );
    await world.create(
      'events',
      legacy(world, 'web.1', { firstTimestamp: secondsAgo(60), lastTimestamp: secondsAgo(60) }),
    );
    const [head, first, second] = cells(await world.kubectl('events'));
    assert.deepEqual(head, ['LAST SEEN', 'TYPE', 'REASON', 'OBJECT', 'MESSAGE']);
    assert.match(first?.[0] ?? '', /^(2m|120s|2m\ds) \(x4 over 5m\d*s?\)$/);
    assert.deepEqual(first?.slice(1), ['Warning', 'NoPool', 'Service/web', 'no pool']);
    assert.deepEqual(second?.slice(1), ['Normal', 'AddressAssigned', 'Service/web', 'it has one']);
  });

  onEachServer('--for shows those of one object, --types those of one type', async (world) => {
    await world.create('services', service('web'));
    await world.create('events', legacy(world, 'web.1'));
    await world.create(
      'events',
      legacy(world, 'db.1', {
        type: 'Warning',
        involvedObject: { apiVersion: 'v1', kind: 'Service', namespace: world.namespace, name: 'db' },
      }),
    );
    const [one, warnings] = await Promise.all([
      world.kubectl('events', '--for=svc/web', '--no-headers'),
      world.kubectl('events', '--types=Warning', '--no-headers'),
    ]);
    // kube-apiserver may have a word of its own about a Service whose cluster IP it has not noted yet.
    const objectsOfOurs = (text: string) =>
      cells(text).flatMap(([, , reason, object]) => (reason === 'AddressAssigned' ? [object] : []));
    assert.deepEqual(objectsOfOurs(one), ['Service/web']);
    assert.deepEqual(objectsOfOurs(warnings), ['Service/db']);
  });

  onEachServer('says when there are none', async (world) => {
    const { code, stderr } = await world.tryKubectl(['events']);
    assert.deepEqual([code, stderr], [0, `No events found in ${world.namespace} namespace.\n`]);
  });
});
