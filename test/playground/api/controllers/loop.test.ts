import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import {
  type Controller,
  type Decision,
  keyOf,
  NOTHING,
  nameOf,
} from '../../../../src/playground/api/controllers/controller.js';
import { runControllers } from '../../../../src/playground/api/controllers/loop.js';
import type { ApiObject } from '../../../../src/playground/api/object.js';
import { createResources } from '../../../../src/playground/api/resources/index.js';
import { Store } from '../../../../src/playground/api/store.js';
import { FakeClock } from '../../../support/clock.js';

/** A store with namespace `default`, and one controller of ConfigMaps that decides as it is told. */
function lab(decide: (object: ApiObject | undefined, nowMs: number) => Decision) {
  const clock = new FakeClock();
  const store = new Store({ resources: createResources(), clock, seed: 1 });
  const configMaps = store.resource('configmaps');
  store.create(store.resource('namespaces'), { metadata: { name: 'default' } });
  const looked: string[] = [];
  const problems: string[] = [];
  const controller: Controller = {
    name: 'test-controller',
    manager: 'kube-controller-manager',
    watches: { configmaps: ({ object }) => [keyOf(object)] },
    decide: (key, view, nowMs) => {
      looked.push(key);
      return decide(view.get('configmaps', nameOf(key)), nowMs);
    },
  };
  const start = () => runControllers(store, [controller], { clock, onProblem: (text) => problems.push(text) });
  const create = (name: string) => store.create(configMaps, { metadata: { name, namespace: 'default' } });
  return { clock, store, configMaps, looked, problems, start, create };
}

describe('the loop of controllers', () => {
  it('looks at what is there when it starts, and at each change after it', async () => {
    const { clock, looked, start, create } = lab(() => NOTHING);
    create('a');
    const { stop } = start();
    create('b');
    await clock.settle();
    assert.deepEqual(looked, ['default/a', 'default/b']);
    stop();
  });

  it('looks at nothing after it was stopped, and leaves no timer', async () => {
    const { clock, looked, start, create } = lab(() => ({ writes: [], againInMs: 1000 }));
    const { stop } = start();
    create('a');
    await clock.settle();
    stop();
    create('b');
    await clock.step(5000);
    assert.deepEqual(looked, ['default/a']);
    assert.equal(clock.pending, 0);
  });

  it('looks again when it was asked to', async () => {
    const { clock, looked, start, create } = lab(() => (looked.length < 3 ? { writes: [], againInMs: 1000 } : NOTHING));
    const { stop } = start();
    create('a');
    await clock.step(10_000);
    assert.equal(looked.length, 3);
    stop();
  });

  it('makes two writes to one object, the second on top of the first', async () => {
    const { clock, store, configMaps, problems, start, create } = lab((object) =>
      object === undefined || object['data']
        ? NOTHING
        : {
            writes: ['1', '2'].map((n) => ({
              do: 'update',
              resource: 'configmaps',
              object: { ...object, data: { n } },
            })),
          },
    );
    const { stop } = start();
    create('a');
    await clock.settle();
    assert.deepEqual(problems, []);
    assert.equal(store.get(configMaps, { namespace: 'default', name: 'a' })?.['data'].n, '2');
    stop();
  });

  it('tries again later what was refused, says so, and makes nothing that comes after it', async () => {
    let isRefused = true;
    const { clock, store, configMaps, problems, start, create } = lab((object) => {
      if (object === undefined || object['data']) return NOTHING;
      const name = isRefused ? 'Not A Name' : 'made';
      return {
        writes: [
          { do: 'create', resource: 'configmaps', object: { metadata: { name, namespace: 'default' }, data: {} } },
          { do: 'update', resource: 'configmaps', object: { ...object, data: { done: 'yes' } } },
        ],
      };
    });
    const { stop } = start();
    create('a');
    await clock.step(5);
    assert.match(problems[0] ?? '', /^test-controller default\/a: ConfigMap "Not A Name" is invalid: /);
    const data = () => store.get(configMaps, { namespace: 'default', name: 'a' })?.['data'];
    assert.equal(data(), undefined);
    isRefused = false;
    await clock.step(1000);
    assert.deepEqual(data(), { done: 'yes' });
    stop();
  });

  it('counts an Event that says the same again', async () => {
    const { clock, store, configMaps, start, create } = lab((object) =>
      object
        ? { writes: [{ do: 'event', about: object, type: 'Normal', reason: 'Seen', message: 'It is there' }] }
        : NOTHING,
    );
    const { stop } = start();
    const made = create('a');
    assert.ok(made.ok);
    await clock.settle();
    store.update(configMaps, { ...made.value, data: { a: 'b' } });
    await clock.settle();
    const events = store.list(store.resource('events'));
    assert.deepEqual(
      events.map((event) => [event['reason'], event['count'], event['source'].component]),
      [['Seen', 2, 'test-controller']],
    );
    stop();
  });
});
