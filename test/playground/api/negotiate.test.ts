import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { isPretty, mediaType, negotiate } from '../../../src/playground/api/negotiate.js';

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';

describe('an Accept header', () => {
  const cases: readonly [header: string | undefined, want: string][] = [
    [undefined, 'json object'],
    ['', 'json object'],
    ['*/*', 'json object'],
    ['application/*', 'json object'],
    ['application/json', 'json object'],
    ['application/json; charset=utf-8', 'json object'],
    ['application/yaml', 'yaml object'],
    ['text/html, */*;q=0.1', 'json object'],
    ['application/yaml;q=0.5, application/json', 'json object'],
    ['application/vnd.kubernetes.protobuf,application/json', 'json object'],
    ['application/vnd.kubernetes.protobuf', 'refused'],
    ['application/json;q=0', 'refused'],
    ['text/plain', 'refused'],
    [TABLE, 'json Table'],
    [`${TABLE},application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json`, 'json Table'],
    ['application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json', 'json object'],
    ['application/json;as=Table;v=v2;g=meta.k8s.io', 'refused'],
    ['application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io', 'json PartialObjectMetadataList'],
    [
      'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json',
      'json APIGroupDiscoveryList',
    ],
    [';;;=,,,q=', 'refused'],
  ];
  for (const [header, want] of cases) {
    it(`${header} gives ${want}`, () => {
      const wanted = negotiate(header);
      assert.equal(wanted.ok ? `${wanted.value.format} ${wanted.value.as}` : 'refused', want);
    });
  }
});

describe('mediaType', () => {
  for (const [header, want] of [
    [undefined, ''],
    ['application/json', 'application/json'],
    ['Application/JSON ; charset=utf-8', 'application/json'],
  ] as const)
    it(`of ${header} is ${want}`, () => assert.equal(mediaType(header), want));
});

describe('isPretty', () => {
  const cases: readonly [query: string, agent: string | undefined, want: boolean][] = [
    ['', undefined, false],
    ['', 'kubectl/v1.36.3', false],
    ['', 'curl/8', true],
    ['pretty=false', 'curl/8', false],
    ['pretty=true', 'x', true],
    ['pretty=1', 'x', true],
    ['pretty=maybe', 'x', false],
  ];
  for (const [query, agent, want] of cases)
    it(`is ${want} for ?${query} of ${agent}`, () => assert.equal(isPretty(new URLSearchParams(query), agent), want));
});
