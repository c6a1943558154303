import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { parseFieldSelector } from '../../../src/playground/api/field-selector.js';
import type { ApiObject } from '../../../src/playground/api/object.js';
import { createResources } from '../../../src/playground/api/resources/index.js';

const resources = createResources();
const of = (plural: string) => {
  const resource = resources.find((one) => one.plural === plural);
  assert.ok(resource !== undefined);
  return resource;
};
const POD = {
  kind: 'Pod',
  apiVersion: 'v1',
  metadata: { name: 'a,b=c', namespace: 'shop', uid: '', resourceVersion: '', creationTimestamp: '' },
  spec: { nodeName: 'one' },
  status: { phase: 'Running' },
} as ApiObject;

describe('a field selector', () => {
  const cases: readonly [selector: string, matches: boolean][] = [
    ['', true],
    ['metadata.namespace=shop', true],
    ['metadata.namespace==shop,spec.nodeName=one', true],
    ['metadata.namespace!=shop', false],
    ['spec.nodeName!=two', true],
    ['status.phase=Running', true],
    ['status.phase=', false],
    ['metadata.name=a\\,b\\=c', true],
  ];
  for (const [selector, matches] of cases) {
    it(`${JSON.stringify(selector)} ${matches ? 'takes' : 'leaves'} the pod`, () => {
      const parsed = parseFieldSelector(selector, of('pods'));
      assert.ok(parsed.ok, parsed.ok ? '' : parsed.error);
      assert.equal(parsed.value.matches(POD), matches);
    });
  }

  const refused: readonly [selector: string, plural: string, words: string][] = [
    ['foo', 'configmaps', "invalid selector: 'foo'; can't understand 'foo'"],
    ['spec.x=1', 'configmaps', '"spec.x" is not a known field selector: only "metadata.name", "metadata.namespace"'],
    ['spec.x=1', 'pods', 'field label not supported: spec.x'],
    ['metadata.name=a=b', 'pods', 'invalid field selector: unescaped character in value: 61'],
    ['metadata.name=a\\b', 'pods', 'invalid field selector: invalid escape sequence: \\b'],
  ];
  for (const [selector, plural, words] of refused) {
    it(`${selector} of ${plural} is refused`, () =>
      assert.deepEqual(parseFieldSelector(selector, of(plural)), { ok: false, error: words }));
  }

  for (const { plural } of resources) {
    it(`on metadata.name is known to ${plural}`, () => assert.ok(parseFieldSelector('metadata.name=x', of(plural)).ok));
  }
});
