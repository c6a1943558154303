import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { whyNoPlace } from '../../../src/playground/machine/user-namespaces.js';

const why = (sysctls: Readonly<Record<string, string>>, said = 'unshare: unshare failed: Operation not permitted') =>
  whyNoPlace({ said }, (name) => sysctls[name]);

describe('whyNoPlace', () => {
  // biome-ignore format: table
  const cases = [
    { name: "Debian's switch",           sysctls: { 'kernel.unprivileged_userns_clone': '0' },                want: /^user namespaces are disabled for ordinary users \(kernel\.unprivileged_userns_clone=0\); .*sysctl -w kernel\.unprivileged_userns_clone=1/ },
    { name: 'a limit of none',           sysctls: { 'user.max_user_namespaces': '0' },                        want: /^user namespaces are disabled \(user\.max_user_namespaces=0\); .*sysctl -w user\.max_user_namespaces=/ },
    { name: 'a limit of no networks',    sysctls: { 'user.max_net_namespaces': '0' },                         want: /^network namespaces are disabled \(user\.max_net_namespaces=0\)/ },
    { name: 'AppArmor',                  sysctls: { 'kernel.apparmor_restrict_unprivileged_userns': '1' },    want: /^AppArmor .*\(kernel\.apparmor_restrict_unprivileged_userns=1\); .*=0, or run this as root$/ },
    { name: 'what else the kernel said', sysctls: { 'kernel.unprivileged_userns_clone': '1', 'user.max_user_namespaces': '9' }, want: /unshare: unshare failed: Operation not permitted.*--privileged$/ },
  ];
  for (const { name, sysctls, want } of cases) {
    it(`names ${name}, and the remedy`, () => assert.match(why(sysctls), want));
  }

  it('is one line', () => assert.doesNotMatch(why({}), /\n/));
});
