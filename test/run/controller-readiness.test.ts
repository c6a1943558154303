import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { AcceptedText } from '../../src/run/controller-readiness.js';

const GOOD = 'address-pools: [{name: p, protocol: layer2, addresses: [192.0.2.1]}]';
const BROKEN = 'address-pools:\n- name: p\n  protocol: layer3\n  addresses: [192.0.2.1]\n';
const MISSING = /^no configuration was accepted yet: ConfigMap cairn-system\/cairn-config is missing or refused/;
const UNREADABLE = /^the configuration that was accepted before .*cannot be read: line 3: address-pools\.0\.protocol/;

describe('a leader’s accepted text', () => {
  // biome-ignore format: table
  const cases: readonly { name: string; asked: readonly (string | undefined)[]; want: RegExp | undefined }[] = [
    { name: 'is well when it can be read',              asked: [GOOD],            want: undefined },
    { name: 'is missing',                               asked: [undefined],       want: MISSING },
    { name: 'cannot be read',                           asked: [BROKEN],          want: UNREADABLE },
    { name: 'cannot be read the second time either',    asked: [BROKEN, BROKEN],  want: UNREADABLE },
    { name: 'is well once it was replaced',             asked: [BROKEN, GOOD],    want: undefined },
    { name: 'is missing once it was deleted',           asked: [GOOD, undefined], want: MISSING },
  ];
  for (const { name, asked, want } of cases) {
    it(name, () => {
      const text = new AcceptedText('cairn-system/cairn-config');
      const complaint = asked.map((accepted) => text.complaint(accepted)).at(-1);
      if (want === undefined) assert.equal(complaint, undefined);
      else assert.match(complaint ?? '', want);
    });
  }
});
