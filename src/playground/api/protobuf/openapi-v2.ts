/**
 * The second version's OpenAPI document as kubectl reads it: in protobuf, and only to find out which kinds there are when it
 * is given a `kind: List`. So the kinds are all that is in it, each as an object of anything.
 *
 * Source: https://github.com/google/gnostic-models (openapiv2/OpenAPIv2.proto)
 * @module
 */
import type { Resource } from '../resource.js';
import { apiVersionOf } from '../schema/kind.js';

/** As clients ask for it. */
export const OPENAPI_V2_ACCEPT = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';
/** As it is answered: a media type may not hold an @. */
export const OPENAPI_V2_TYPE = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

/** Numbers of the fields that are written. */
const DOCUMENT = { swagger: 1, info: 2, paths: 8, definitions: 9 } as const;
const INFO = { title: 1, version: 2 } as const;
const DEFINITIONS = { additionalProperties: 1 } as const;
const NAMED = { name: 1, value: 2 } as const;
const SCHEMA = { type: 22, vendorExtension: 31 } as const;
const TYPE_ITEM = { value: 1 } as const;
const ANY = { yaml: 2 } as const;

export function openApiV2Protobuf(resources: readonly Resource[]): Uint8Array {
  const definitions = resources.map((resource) => field(DEFINITIONS.additionalProperties, definition(resource)));
  return Buffer.concat([
    field(DOCUMENT.swagger, '2.0'),
    field(DOCUMENT.info, Buffer.concat([field(INFO.title, 'Kubernetes'), field(INFO.version, '1.36')])),
    field(DOCUMENT.paths, ''),
    field(DOCUMENT.definitions, Buffer.concat(definitions)),
  ]);
}

function definition({ group, version, kind }: Resource): Buffer {
  const yaml = `- group: ${JSON.stringify(group)}\n  kind: ${kind}\n  version: ${version}\n`;
  const schema = Buffer.concat([
    field(SCHEMA.type, field(TYPE_ITEM.value, 'object')),
    field(SCHEMA.vendorExtension, named('x-kubernetes-group-version-kind', field(ANY.yaml, yaml))),
  ]);
  return named(`${apiVersionOf({ group, version })}.${kind}`, schema);
}

const named = (name: string, value: Buffer): Buffer =>
  Buffer.concat([field(NAMED.name, name), field(NAMED.value, value)]);

/** A text or a message: wire type 2. */
function field(number: number, value: string | Buffer): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  return Buffer.concat([varint((number << 3) | 2), varint(bytes.length), bytes]);
}

/** Seven bits a byte, the lowest first; all but the last have the eighth bit. */
const varint = (value: number): Buffer =>
  value < 0x80 ? Buffer.of(value) : Buffer.concat([Buffer.of((value & 0x7f) | 0x80), varint(Math.floor(value / 0x80))]);
