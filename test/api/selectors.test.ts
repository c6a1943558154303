/**
 * Label and field selectors: what each picks, and how a wrong one is refused.
 * @module
 */
import assert from 'node:assert/strict';
import { describe } from 'mocha';
import type { Json } from './support/http.js';
import { configMap, loadBalancer, pod, service } from './support/objects.js';
import { onEachServer, type World } from './support/world.js';

/** Services `s0` to `s4`: `n` is the number, `even` yes or no; `s4` has no label at all. */
async function numbered(world: World): Promise<void> {
  await Promise.all(
    [0, 1, 2, 3].map((n) =>
      world.create('services', service(`s${n}`, {}, { labels: { n: String(n), even: n % 2 ? 'no' : 'yes' } })),
    ),
  );
  await world.create('services', service('s4'));
}

const found = async (world: World, plural: string, query: Readonly<Record<string, string>>): Promise<string> =>
  (await world.ok(world.http.get(world.path(plural), query))).items.map((item: Json) => item.metadata.name).join(' ');

describe('a label selector picks', () => {
  const rows: readonly (readonly [selector: string, want: string])[] = [
    ['even=yes', 's0 s2'],
    ['even==yes,n=0', 's0'],
    ['n!=1', 's0 s2 s3 s4'],
    ['n', 's0 s1 s2 s3'],
    ['!n', 's4'],
    ['n in (1,2)', 's1 s2'],
    ['n notin (1,2)', 's0 s3 s4'],
    ['n notin (1,2),n', 's0 s3'],
    ['n>1', 's2 s3'],
    ['n<1', 's0'],
    ['n=', ''],
    [' even = yes , n in ( 2 ) ', 's2'],
  ];
  onEachServer('what it says, in every form', async (world) => {
    await numbered(world);
    const seen = await Promise.all(
      rows.map(async ([selector]) => [selector, await found(world, 'services', { labelSelector: selector })]),
    );
    assert.deepEqual(seen, rows);
  });
});

describe('a label selector that cannot be read', () => {
  const rows: readonly (readonly [selector: string, message: string])[] = [
    ['n in 1', "unable to parse requirement: found '1' expected: '('"],
    ['a b', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ['=x', "found '=', expected: !, identifier, or 'end of string'"],
    [',', "found ',', expected: !, identifier, or 'end of string'"],
  ];
  onEachServer('is a BadRequest that says where', async (world) => {
    for (const [selector, message] of rows) {
      const { body } = await world.http.get(world.path('services'), { labelSelector: selector });
      assert.deepEqual([body.code, body.reason, body.message], [400, 'BadRequest', message]);
    }
  });
});

describe('a field selector picks', () => {
  onEachServer('any kind by name and namespace', async (world) => {
    await numbered(world);
    assert.equal(await found(world, 'services', { fieldSelector: 'metadata.name=s1' }), 's1');
    assert.equal(await found(world, 'services', { fieldSelector: 'metadata.name!=s1' }), 's0 s2 s3 s4');
    assert.equal(
      await found(world, 'services', { fieldSelector: `metadata.namespace=${world.namespace},metadata.name=s2` }),
      's2',
    );
    assert.equal(await found(world, 'services', { fieldSelector: 'metadata.name=s1', labelSelector: 'n=2' }), '');
  });

  onEachServer('Services by type and clusterIP', async (world) => {
    await world.create('services', service('plain'));
    await world.create('services', service('headless', { clusterIP: 'None' }));
    await world.create('services', loadBalancer('outside'));
    assert.equal(await found(world, 'services', { fieldSelector: 'spec.type=LoadBalancer' }), 'outside');
    assert.equal(await found(world, 'services', { fieldSelector: 'spec.type!=LoadBalancer' }), 'headless plain');
    assert.equal(await found(world, 'services', { fieldSelector: 'spec.clusterIP=None' }), 'headless');
  });

  onEachServer('pods by node and phase', async (world) => {
    await world.create('pods', pod('here', { nodeName: 'nowhere' }));
    await world.create('pods', pod('there', { nodeName: 'elsewhere' }));
    assert.equal(await found(world, 'pods', { fieldSelector: 'spec.nodeName=nowhere' }), 'here');
    assert.equal(await found(world, 'pods', { fieldSelector: 'status.phase=Pending' }), 'here there');
    assert.equal(await found(world, 'pods', { fieldSelector: 'status.phase=Running' }), '');
  });

  onEachServer('events by what they are about', async (world) => {
    for (const [name, about] of [
      ['one.1', 'one'],
      ['two.1', 'two'],
    ] as const) {
      await world.create('events', {
        metadata: { name },
        involvedObject: { kind: 'Service', namespace: world.namespace, name: about },
        reason: 'Happened',
        type: 'Normal',
      });
    }
    assert.equal(await found(world, 'events', { fieldSelector: 'involvedObject.name=one' }), 'one.1');
    assert.equal(await found(world, 'events', { fieldSelector: 'reason=Happened,involvedObject.name!=one' }), 'two.1');
    assert.equal(await found(world, 'events', { fieldSelector: 'type=Warning' }), '');
  });
});

describe('a field selector that cannot be used', () => {
  const rows: readonly (readonly [plural: string, selector: string, message: string])[] = [
    ['configmaps', 'data.a=1', '"data.a" is not a known field selector: only "metadata.name", "metadata.namespace"'],
    ['configmaps', 'metadata.name', "invalid selector: 'metadata.name'; can't understand 'metadata.name'"],
    ['services', 'spec.x=1', 'field label not supported: spec.x'],
  ];
  onEachServer('is a BadRequest that names the field', async (world) => {
    await world.create('configmaps', configMap('one'));
    for (const [plural, selector, message] of rows) {
      const { body } = await world.http.get(world.path(plural), { fieldSelector: selector });
      assert.deepEqual([body.code, body.reason, body.message], [400, 'BadRequest', message]);
    }
  });
});
