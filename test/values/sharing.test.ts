import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Protocol, ServicePort } from '../../src/values/objects.js';
import {
  grantedTermsOf,
  holdTogether,
  type SharingObstacle,
  sharingObstacle,
  sharingTermsOf,
  writeSharingTerms,
} from '../../src/values/sharing.js';
import { type ServiceParts, service } from '../support/objects.js';

const port = (text: string): ServicePort => {
  const [protocol, number] = text.split('/');
  return { name: '', protocol: protocol as Protocol, port: Number(number), nodePort: 0 };
};
/** With the key `k`, and other annotations. */
const keyed = (ports: string, rest: ServiceParts = {}, annotations: Readonly<Record<string, string>> = {}) =>
  service('web', {
    ports: ports.split(' ').map(port),
    ...rest,
    meta: { ...rest.meta, annotations: { 'cairn.dev/allow-shared-ip': 'k', ...annotations } },
  });
const LOCAL: ServiceParts = { externalTrafficPolicy: 'Local', selector: { app: 'dns', tier: 'edge' } };

describe('sharingObstacle', () => {
  const dns = keyed('TCP/53');
  const noKey: SharingObstacle = { kind: 'key', want: 'k' };
  // biome-ignore format: table
  const cases = [
    { name: 'lets TCP and UDP of one port share',               one: dns,                                   other: keyed('UDP/53'),                                                 want: undefined },
    { name: 'lets other ports share',                           one: dns,                                   other: keyed('TCP/80 TCP/443'),                                         want: undefined },
    { name: 'reads the key under MetalLB’s prefix',             one: dns,                                   other: service('x', { meta: { annotations: { 'metallb.universe.tf/allow-shared-ip': 'k' } } }), want: undefined },
    { name: 'names the port that both have',                    one: dns,                                   other: keyed('TCP/80 TCP/53'),                                          want: { kind: 'port', protocol: 'TCP', port: 53 } },
    { name: 'names another key',                                one: dns,                                   other: keyed('UDP/53', {}, { 'cairn.dev/allow-shared-ip': 'other' }),   want: noKey },
    { name: 'names a missing key',                              one: dns,                                   other: service('x'),                                                    want: noKey },
    { name: 'lets nobody without a key share',                  one: service('x'),                          other: service('y'),                                                    want: { kind: 'key', want: undefined } },
    { name: 'keeps Cluster and Local apart',                    one: dns,                                   other: keyed('UDP/53', LOCAL),                                          want: { kind: 'backends' } },
    { name: 'lets Local share with the same selector',          one: keyed('TCP/53', LOCAL),                other: keyed('UDP/53', { ...LOCAL, selector: { tier: 'edge', app: 'dns' } }), want: undefined },
    { name: 'keeps Local with another selector apart',          one: keyed('TCP/53', LOCAL),                other: keyed('UDP/53', { ...LOCAL, selector: { app: 'web' } }),         want: { kind: 'backends' } },
    { name: 'keeps Local of another namespace apart',           one: keyed('TCP/53', LOCAL),                other: keyed('UDP/53', { ...LOCAL, meta: { namespace: 'bank' } }),      want: { kind: 'backends' } },
    { name: 'lets Cluster of another namespace share',          one: dns,                                   other: keyed('UDP/53', { meta: { namespace: 'bank' } }),                want: undefined },
    { name: 'keeps Local without a selector apart',             one: keyed('TCP/53', { ...LOCAL, selector: {} }), other: keyed('UDP/53', { ...LOCAL, selector: {} }),              want: { kind: 'backends' } },
  ] as const;
  for (const { name, one, other, want } of cases) {
    it(name, () => assert.deepEqual(sharingObstacle(sharingTermsOf(one), sharingTermsOf(other)), want));
  }
});

describe('the record of sharing terms', () => {
  const text = writeSharingTerms(sharingTermsOf(keyed('TCP/80 TCP/53')));

  it('says the same whatever the order of the ports', () => {
    assert.equal(text, '{"key":"k","backends":"Cluster","ports":["TCP/53","TCP/80"]}');
    assert.equal(writeSharingTerms(sharingTermsOf(keyed('TCP/53 TCP/80'))), text);
  });

  it('is short, whatever the length of the key and of the selector, and tells them apart', () => {
    const long = (last: string) => ({ 'cairn.dev/allow-shared-ip': `${'k'.repeat(140_000)}${last}` });
    const selecting = (last: string): ServiceParts => ({ ...LOCAL, selector: { app: `${'x'.repeat(9_000)}${last}` } });
    const [one, same, other] = ['1', '1', '2'].map((last) =>
      sharingTermsOf(keyed('TCP/80', selecting('1'), long(last))),
    );
    assert.ok(one !== undefined && same !== undefined && other !== undefined);
    assert.ok((writeSharingTerms(one)?.length ?? 0) < 300);
    assert.equal(writeSharingTerms(one), writeSharingTerms(same));
    assert.notEqual(one.key, other.key);
    assert.notEqual(one.backends, sharingTermsOf(keyed('TCP/80', selecting('2'), long('1'))).backends);
  });

  it('is none for a Service without a key', () => {
    assert.equal(writeSharingTerms(sharingTermsOf(service('web'))), undefined);
  });

  it('is read back, and tells what was granted before an edit', () => {
    const edited = keyed('TCP/9', {}, { 'cairn.dev/shared-as': text ?? '' });
    assert.equal(writeSharingTerms(grantedTermsOf(edited)), text);
  });

  for (const broken of ['', 'null', '[]', '{"key":1,"ports":[]}', '{"key":"k"}', '{']) {
    it(`counts for nothing when it reads ${JSON.stringify(broken)}`, () => {
      const web = keyed('TCP/80', {}, { 'cairn.dev/shared-as': broken });
      assert.deepEqual(grantedTermsOf(web), sharingTermsOf(web));
    });
  }
});

describe('holdTogether', () => {
  const asWas = (ports: string) => ({ 'cairn.dev/shared-as': `{"key":"k","backends":"Cluster","ports":["${ports}"]}` });
  // biome-ignore format: table
  const cases = [
    { name: 'two that may share',                                 one: keyed('TCP/53'), other: keyed('UDP/53'), want: true },
    { name: 'two that MetalLB let share across namespaces',       one: keyed('TCP/53', LOCAL), other: keyed('UDP/53', { ...LOCAL, meta: { namespace: 'bank' } }), want: true },
    { name: 'two that shared before one of them was edited',      one: keyed('TCP/53', {}, asWas('TCP/53')), other: keyed('TCP/53', {}, asWas('UDP/53')), want: true },
    { name: 'not two with one port',                              one: keyed('TCP/53'), other: keyed('TCP/53'), want: false },
    { name: 'not two without a key',                              one: service('a'), other: service('b'), want: false },
  ];
  for (const { name, one, other, want } of cases) {
    it(`is ${name}`, () => assert.equal(holdTogether(one, other), want));
  }
});
