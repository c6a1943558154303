import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { ApiObject } from '../../../src/playground/api/object.js';
import type { Resource } from '../../../src/playground/api/resource.js';
import { Storage } from '../../../src/playground/api/storage.js';

const resource = (plural: string) => ({ group: '', version: 'v1', kind: plural, plural }) as Resource;
const MAPS = resource('configmaps');
const PODS = resource('pods');
const object = (name: string, data = ''): ApiObject => ({
  kind: 'ConfigMap',
  apiVersion: 'v1',
  metadata: { name, uid: name, resourceVersion: '', creationTimestamp: '' },
  data,
});
const shown = (objects: readonly ApiObject[]) =>
  objects.map(({ metadata, ...rest }) => `${metadata.name}${rest['data']}`);

describe('the storage', () => {
  it('gives every write of any resource a greater version', () => {
    const storage = new Storage(10);
    const versions = [storage.put(MAPS, 'a', object('a')), storage.put(PODS, 'b', object('b'))].map((one) =>
      Number(one.metadata.resourceVersion),
    );
    assert.deepEqual(versions, [storage.version - 1, storage.version]);
  });

  it('lists in the order of keys', () => {
    const storage = new Storage(10);
    for (const key of ['b/x', 'a/z', 'a-b/y', 'a/a']) storage.put(MAPS, key, object(key));
    assert.deepEqual(shown(storage.list(MAPS)), ['a-b/y', 'a/a', 'a/z', 'b/x']);
  });

  it('keeps what it holds from being changed', () => {
    const storage = new Storage(10);
    const put = storage.put(MAPS, 'a', { ...object('a'), deep: [{ x: 1 }] });
    assert.throws(() => {
      put.metadata.name = 'b';
    }, TypeError);
    assert.throws(() => {
      put['deep'][0].x = 2;
    }, TypeError);
  });

  it('answers for every version that it remembers, and for no other', () => {
    const storage = new Storage(4);
    const start = storage.version;
    storage.put(MAPS, 'a', object('a', '1'));
    storage.put(MAPS, 'b', object('b', '1'));
    storage.put(MAPS, 'a', object('a', '2'));
    storage.remove(MAPS, 'b');
    const want = [[], ['a1'], ['a1', 'b1'], ['a2', 'b1'], ['a2']];
    want.forEach((objects, at) => {
      const held = storage.listAt(MAPS, start + at);
      assert.deepEqual(held.ok && shown(held.value), objects, `version ${at}`);
    });
    assert.deepEqual(storage.listAt(MAPS, start + 5), { ok: false, error: 'future' });
    storage.put(PODS, 'p', object('p'));
    assert.deepEqual(storage.listAt(MAPS, start), { ok: false, error: 'expired' });
    storage.compact();
    assert.deepEqual(storage.listAt(MAPS, start + 4), { ok: false, error: 'expired' });
    const newest = storage.listAt(MAPS, start + 5);
    assert.deepEqual(newest.ok && shown(newest.value), ['a2']);
  });

  it('tells each change once, one made by a listener after the one it heard of', () => {
    const storage = new Storage(10);
    const heard: string[] = [];
    storage.onChange(({ type, key }) => {
      heard.push(`1 ${type} ${key}`);
      if (key === 'a' && type === 'ADDED') storage.put(MAPS, 'b', object('b'));
    });
    const release = storage.onChange(({ type, key }) => heard.push(`2 ${type} ${key}`));
    storage.put(MAPS, 'a', object('a'));
    release();
    storage.remove(MAPS, 'a');
    storage.remove(MAPS, 'a');
    assert.deepEqual(heard, ['1 ADDED a', '2 ADDED a', '1 ADDED b', '2 ADDED b', '1 DELETED a']);
  });

  it('marks the end of an object with a version of its own', () => {
    const storage = new Storage(10);
    storage.put(MAPS, 'a', object('a'));
    const removed = storage.remove(MAPS, 'a');
    assert.equal(removed?.metadata.resourceVersion, String(storage.version));
  });
});
