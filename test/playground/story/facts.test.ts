import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { announcerOf, answererOf, externalIpOf, reportIn } from '../../../src/playground/story/facts.js';
import { table } from '../../../src/playground/story/text.js';

const service = (announcedBy?: string) => ({
  metadata: { annotations: announcedBy === undefined ? undefined : { 'cairn.dev/announced-by': announcedBy } },
  status: { loadBalancer: { ingress: [{ ip: '192.0.2.240' }] } },
});

describe('announcerOf', () => {
  // biome-ignore format: table
  const cases = [
    { name: 'the only one',                  text: '192.0.2.240=node-1',                     want: 'node-1' },
    { name: 'the one of this address',       text: '192.0.2.24=node-3, 192.0.2.240=node-1',  want: 'node-1' },
    { name: 'none that is of another',       text: '192.0.2.241=node-1',                     want: undefined },
    { name: 'none without an annotation',    text: undefined,                                want: undefined },
  ];
  for (const { name, text, want } of cases) {
    it(`finds ${name}`, () => assert.equal(announcerOf(service(text), '192.0.2.240'), want));
  }
});

describe('externalIpOf', () => {
  it('is the first address', () => assert.equal(externalIpOf(service()), '192.0.2.240'));
  it('is none before one is given', () => assert.equal(externalIpOf({ status: { loadBalancer: {} } }), undefined));
});

describe('answererOf', () => {
  // biome-ignore format: table
  const cases = [
    { name: 'a pod that says who it is and where', body: '{"pod":"web-1","node":"node-2","port":80}\n', want: { pod: 'web-1', node: 'node-2' } },
    { name: 'a pod that greets',                   body: 'Welcome! http-go-5c\n',                       want: { pod: 'http-go-5c', node: undefined } },
    { name: 'a counter',                           body: '17\n',                                        want: { pod: '17', node: undefined } },
    { name: 'nobody in an empty page',             body: '\n',                                          want: undefined },
  ];
  for (const { name, body, want } of cases) {
    it(`knows ${name}`, () => assert.deepEqual(answererOf(body), want));
  }
});

describe('reportIn', () => {
  it('is none of a ConfigMap that holds no report', () => {
    for (const configMap of [undefined, {}, { data: {} }, { data: { report: '{' } }])
      assert.equal(reportIn(configMap), undefined);
  });
});

describe('table', () => {
  it('makes columns as wide as their widest cell', () => {
    assert.deepEqual(
      table([
        ['a', 'b'],
        ['longer', 'c'],
      ]),
      ['a        b', 'longer   c'],
    );
  });
});
