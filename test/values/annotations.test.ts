import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { ANNOTATION_PREFIXES, annotationOf, type WishName } from '../../src/values/annotations.js';
import { service } from '../support/objects.js';

const NAMES: readonly WishName[] = ['address-pool', 'loadBalancerIPs', 'allow-shared-ip'];

describe('annotationOf', () => {
  const [ours, theirs, old] = ANNOTATION_PREFIXES;
  for (const name of NAMES) {
    // biome-ignore format: table
    const cases: readonly { name: string; annotations: Readonly<Record<string, string>>; want: { source: string; text: string } | undefined }[] = [
      { name: 'reads our prefix',                       annotations: { [ours + name]: 'a' },                                             want: { source: ours + name, text: 'a' } },
      { name: 'reads MetalLB’s prefix',                 annotations: { [theirs + name]: 'b' },                                           want: { source: theirs + name, text: 'b' } },
      { name: 'reads MetalLB’s old prefix',             annotations: { [old + name]: 'c' },                                              want: { source: old + name, text: 'c' } },
      { name: 'prefers ours to both of MetalLB’s',      annotations: { [old + name]: 'c', [theirs + name]: 'b', [ours + name]: 'a' },    want: { source: ours + name, text: 'a' } },
      { name: 'prefers MetalLB’s new to its old one',   annotations: { [old + name]: 'c', [theirs + name]: 'b' },                       want: { source: theirs + name, text: 'b' } },
      { name: 'passes over an empty one',               annotations: { [ours + name]: ' ', [theirs + name]: '', [old + name]: 'c' },     want: { source: old + name, text: 'c' } },
      { name: 'leaves out the white space around it',   annotations: { [ours + name]: '  a ' },                                          want: { source: ours + name, text: 'a' } },
      { name: 'knows no other prefix',                  annotations: { [`example.com/${name}`]: 'd', [name]: 'e' },                      want: undefined },
      { name: 'finds nothing where nothing is asked',   annotations: {},                                                                 want: undefined },
    ];
    for (const { name: what, annotations, want } of cases) {
      it(`${what} of ${name}`, () =>
        assert.deepEqual(annotationOf(service('web', { meta: { annotations } }), name), want));
    }
  }

  it('knows the prefixes in this order', () => {
    assert.deepEqual(ANNOTATION_PREFIXES, ['cairn.dev/', 'metallb.io/', 'metallb.universe.tf/']);
  });
});
