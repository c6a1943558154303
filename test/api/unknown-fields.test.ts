/**
 * Fields that a kind does not have: dropped, warned of or refused, as `fieldValidation` says.
 * @module
 */
import assert from 'node:assert/strict';
import { describe } from 'mocha';
import { service } from './support/objects.js';
import { onEachServer } from './support/world.js';

describe('unknown fields', () => {
  const odd = { ...service('odd', { colour: 'red', ports: [{ port: 80, prot: 'x' }] }), statu: {} };

  onEachServer('are dropped silently with fieldValidation=Ignore', async (world) => {
    const { code, headers, body } = await world.http.post(world.path('services'), odd, { fieldValidation: 'Ignore' });
    assert.deepEqual([code, headers['warning']], [201, undefined]);
    assert.equal(body.spec.colour, undefined);
    assert.equal(body.statu, undefined);
  });

  for (const [how, query] of [
    ['fieldValidation=Warn', { fieldValidation: 'Warn' }],
    ['no word about them', {}],
  ] as const) {
    onEachServer(`are dropped with a warning each with ${how}`, async (world) => {
      const { code, headers, body } = await world.http.post(
        world.path('services'),
        odd,
        query as Record<string, string>,
      );
      assert.equal(code, 201);
      assert.equal(
        headers['warning'],
        ['spec.ports[0].prot', 'spec.colour', 'statu']
          .map((field) => `299 - "unknown field \\"${field}\\""`)
          .join(', '),
      );
      assert.equal(body.spec.colour, undefined);
    });
  }

  onEachServer('are refused with fieldValidation=Strict, all in one sentence', async (world) => {
    const { body } = await world.http.post(world.path('services'), odd, { fieldValidation: 'Strict' });
    assert.deepEqual([body.code, body.reason], [400, 'BadRequest']);
    assert.equal(
      body.message,
      'Service in version "v1" cannot be handled as a Service: strict decoding error: unknown field "spec.ports[0].prot", unknown field "spec.colour", unknown field "statu"',
    );
  });

  onEachServer('given twice are refused with fieldValidation=Strict', async (world) => {
    const text = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"twice"},"data":{"a":"1","a":"2"}}';
    const options = { body: text, query: { fieldValidation: 'Strict' } };
    const { body } = await world.http.send('POST', world.path('configmaps'), options);
    assert.equal(
      body.message,
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: duplicate field "data.a"',
    );
  });

  onEachServer('cannot be validated in a fourth way', async (world) => {
    const { body } = await world.http.post(world.path('services'), odd, { fieldValidation: 'Maybe' });
    assert.equal(
      body.message,
      'CreateOptions.meta.k8s.io "" is invalid: fieldValidation: Unsupported value: "Maybe": supported values: "", "Ignore", "Strict", "Warn"',
    );
  });
});
