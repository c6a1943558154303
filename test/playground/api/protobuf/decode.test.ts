/**
 * What kubectl 1.36.3 sends in protobuf, as it was captured, and bytes that are no such message.
 * @module
 */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { decodeProtobuf } from '../../../../src/playground/api/protobuf/decode.js';
import { namesOf } from '../../../../src/playground/api/protobuf/numbers.js';
import { createResources } from '../../../../src/playground/api/resources/index.js';
import { checkFields } from '../../../../src/playground/api/schema/fields.js';
import { fieldsOf, typeOf } from '../../../../src/playground/api/schema/types.js';
import { err } from '../../../../src/values/result.js';
import { hex, noiseFrom } from '../../../support/values.js';

const SERVICE = hex(`
  6b3873000a0d0a027631120753657276696365126f0a1f0a0377656212001a0022002a003200380042005a0a0a03617070120377
  656212480a1e0a0738302d6874747012035443501850220a080110001a04687474702800120a0a0361707012037765621a00220c
  4c6f616442616c616e6365723a00420052005a00600068001a020a001a002200`);
const SECRET = hex(`
  6b3873000a0c0a0276311206536563726574121f0a130a0373656312001a0022002a0032003800420012060a01611201311a001a
  002200`);
const DEPLOYMENT = hex(`
  6b3873000a150a07617070732f7631120a4465706c6f796d656e7412b7010a1f0a0377656212001a0022002a003200380042005a
  0a0a0361707012037765621285010800120c0a0a0a0361707012037765621a6b0a1c0a0012001a0022002a003200380042005a0a
  0a036170701203776562124b122d0a0377656212057765623a312a00320b0a00100018903f22002a0042006a0072008001008801
  00900100a201001a00320042004a0052005800600068008201008a01009a0100c2010022020a00280038001a0c08001000180020
  00280038001a002200`);
const INGRESS = hex(`
  6b3873000a1f0a146e6574776f726b696e672e6b38732e696f2f76311207496e677265737312480a130a03696e6712001a002200
  2a00320038004200122d1a2b0a09612e6578616d706c65121e0a1c0a1a0a022f78120d220b0a0377656212040a0010501a054578
  6163741a020a001a002200`);

/** As it goes on from here: without the empty values that protobuf always writes and JSON leaves out. */
function read(body: Uint8Array) {
  const decoded = decodeProtobuf(body);
  assert.ok(decoded.ok, JSON.stringify(decoded));
  const [version = '', group = ''] = decoded.value['apiVersion'].split('/').reverse();
  const checked = checkFields(decoded.value, { group, version, kind: decoded.value['kind'] });
  assert.ok(checked.ok, JSON.stringify(checked));
  assert.deepEqual(checked.value.unknown, []);
  return checked.value.object;
}

describe('decodeProtobuf', () => {
  it('reads a Service with a named port', () => {
    const { metadata, spec } = read(SERVICE);
    assert.deepEqual([metadata.name, metadata.labels], ['web', { app: 'web' }]);
    assert.deepEqual(spec.ports, [{ name: '80-http', protocol: 'TCP', port: 80, targetPort: 'http' }]);
    assert.deepEqual([spec.selector, spec.type], [{ app: 'web' }, 'LoadBalancer']);
  });

  it('reads the bytes of a Secret', () => {
    assert.deepEqual(read(SECRET)['data'], { a: 'MQ==' });
  });

  it('keeps a zero that means something', () => {
    const { spec } = read(DEPLOYMENT);
    assert.equal(spec.replicas, 0);
    const [container] = spec.template.spec.containers;
    assert.deepEqual([container.name, container.image, container.ports], ['web', 'web:1', [{ containerPort: 8080 }]]);
  });

  it('shows the fields of an inner message as those of the outer one, where JSON does', () => {
    assert.deepEqual(read(INGRESS)['spec'].rules, [
      {
        host: 'a.example',
        http: {
          paths: [{ path: '/x', pathType: 'Exact', backend: { service: { name: 'web', port: { number: 80 } } } }],
        },
      },
    ]);
  });

  it('refuses what does not begin as it must', () => {
    assert.deepEqual(
      decodeProtobuf(SERVICE.subarray(1)),
      err('provided data does not appear to be a protobuf message'),
    );
  });

  it('refuses a kind that it does not know', () => {
    const body = hex('6b387300 0a0a 0a02 7631 1204 42616e61');
    assert.deepEqual(decodeProtobuf(body), err('no kind "Bana" is registered for version "v1"'));
  });

  it('never throws, wherever a message is cut or changed', () => {
    const noise = noiseFrom(1);
    for (const body of [SERVICE, SECRET, DEPLOYMENT, INGRESS]) {
      for (let length = 0; length < body.length; length++) {
        decodeProtobuf(body.subarray(0, length));
        const changed = body.slice();
        changed[length] = noise(1)[0] ?? 0;
        decodeProtobuf(changed);
      }
    }
  });
});

describe('the numbers', () => {
  it('are there for every kind that is served and everything in it', () => {
    const seen = new Set<string>();
    const visit = (model: string): void => {
      if (seen.has(model)) return;
      seen.add(model);
      assert.ok(namesOf(model) !== undefined, model);
      for (const { type } of fieldsOf(model).values()) {
        const inner = type.is === 'list' || type.is === 'map' ? type.of : type;
        if (inner.is === 'object') visit(inner.model);
      }
    };
    const kinds = createResources({ serviceCidrs: ['10.0.0.0/16'] });
    for (const resource of kinds) visit(typeOf(resource)?.model ?? resource.kind);
    assert.ok(seen.size > 100);
  });
});
