/**
 * `cairn playground` as users of several kinds call it: the whole story, the shell, and what a machine may lack.
 *
 * Needs root, to become an ordinary user.
 * @module
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'mocha';
import { kubeAssets } from '../../src/playground/cluster/kube-binary.js';
import { waitFor } from '../../src/playground/network/wait.js';
import { ROOT } from '../../src/playground/root.js';
import { Installed } from './installed.js';

/** What the README promises is half of it; machines that run tests are small and shared. */
const STORY_LIMIT_MS = 60_000;

/** Fetches each LoadBalancer Service's first port until it answers, and prints `namespace/name answer`. */
const FETCH_ALL = `
kubectl get services -A -o jsonpath='{range .items[?(@.spec.type=="LoadBalancer")]}{.metadata.namespace}/{.metadata.name} {.status.loadBalancer.ingress[0].ip}:{.spec.ports[0].port}{"\\n"}{end}' > $TMPDIR/services
while read -r name address; do
  for attempt in $(seq 100); do
    answer=$(curl -sS --max-time 1 "http://$address/" 2>&1) && break
    sleep 0.2
  done
  echo "$name $answer"
done < $TMPDIR/services
`;

describe('cairn playground', function () {
  this.timeout(180_000);
  let installed: Installed;
  let assets: string;
  before(async () => {
    assets = await kubeAssets();
    installed = Installed.create();
  });
  after(() => installed?.remove());

  for (const as of ['root', 'ordinary user'] as const) {
    it(`tells the whole story to ${as === 'root' ? as : `an ${as}`}, without Kubernetes`, async () => {
      const began = performance.now();
      const { code, stdout, stderr } = await installed.run(['--once'], { as });
      assert.equal(code, 0, `${stdout}${stderr}`);
      assert.ok(performance.now() - began < STORY_LIMIT_MS, stdout);
      assert.match(stdout, /Service web has the external IP 192\.0\.2\.240, from pool "default"/);
      assert.match(stdout, /is answered by pod web-\S+ on node-[123]/);
      const [, owner, successor] =
        /the cable of (node-\d) is cut\n.* (node-\d) \(\S+\) answers instead/.exec(stdout) ?? [];
      assert.ok(owner !== undefined && successor !== undefined && owner !== successor, stdout);
      assert.match(stdout, new RegExp(`${owner} is plugged in, .* stays on ${successor}`));
      const gaps = [...stdout.matchAll(/no (?:ARP|HTTP) answer after the cut +(\d+) ms/g)].map(([, ms]) => Number(ms));
      assert.equal(gaps.length, 2);
      assert.ok(
        gaps.every((ms) => ms > 0 && ms < 5_000),
        stdout,
      );
      assert.match(stdout, /two nodes answered +0 of \d+/);
      assert.doesNotMatch(stderr, /Error/);
    });
  }

  it('tells it on the real control plane too', async () => {
    const { code, stdout, stderr } = await installed.run(['--once', '--kubernetes'], { env: { KUBE_ASSETS: assets } });
    assert.equal(code, 0, `${stdout}${stderr}`);
    assert.match(stdout, /answers instead/);
  });

  for (const forwarding of ['nftables', 'kube-proxy'] as const) {
    it(`takes config/examples/ unchanged from kubectl, and every LoadBalancer Service in it answers (${forwarding})`, async () => {
      const script = `kubectl apply -f ${path.join(ROOT, 'config/examples')} || exit 2
kubectl wait --for=condition=Available deployment --all --timeout=60s
kubectl wait --for=condition=cairn.dev/Announced -A service --field-selector=spec.type=LoadBalancer --timeout=30s
${FETCH_ALL}`;
      const { code, stdout, stderr } = await installed.run(['--shell', '--forwarding', forwarding], {
        env: { KUBE_ASSETS: assets, SHELL: '/bin/sh' },
        input: script,
      });
      assert.equal(code, 0, `${stdout}${stderr}`);
      const answers = [
        ['default/web', /"pod":"web-/],
        ['default/http-go-lb', /^Welcome! http-go-/],
        ['default/counter-lb', /^\d+$/],
        ['given-cluster-ip/my-service', /"pod":"my-app-/],
        ['no-selector/my-service', /"pod":"outside"/],
        ['many-ports/my-service', /"pod":"my-app-/],
        ['sticky/my-service', /"pod":"my-app-/],
      ] as const;
      for (const [name, want] of answers) {
        const line = stdout.split('\n').find((each) => each.startsWith(`${name} `)) ?? '';
        assert.match(line.slice(name.length + 1), want, `${name} of\n${stdout}${stderr}`);
      }
    });
  }

  it("ends with the shell, and with 1 when the shell's own end was not well", async () => {
    const options = { as: 'ordinary user', env: { SHELL: '/bin/sh' } } as const;
    assert.equal((await installed.run(['--shell'], { ...options, input: 'exit 7\n' })).code, 1);
  });

  describe('on a machine that lacks something', () => {
    it('names the packages that are missing and how to get them, and ends with 1', async () => {
      // Nothing but Node itself in the PATH, and an empty folder where Debian keeps what a PATH need not name.
      const bare = path.join(installed.folder, 'bare');
      fs.mkdirSync(bare, { recursive: true });
      const hide = 'mount -t tmpfs tmpfs /usr/sbin && exec "$@"';
      const { code, stderr } = await installed.run(['--once'], {
        as: 'ordinary user',
        before: ['unshare', '--mount', '--', 'sh', '-c', hide, 'sh'],
        env: { PATH: process.env['PATH'] },
      });
      assert.equal(code, 1);
      assert.match(
        stderr,
        /^cairn playground: the packages? .*nftables.* (?:is|are) missing; on Debian: sudo apt-get install -y .*nftables/,
      );
      assert.equal(stderr.trim().split('\n').length, 1);
    });

    it('installs them as root on Debian, and says so first', async () => {
      const bin = fs.mkdtempSync(path.join(installed.folder, 'bin-'));
      // In place of Debian's own: writes down what it is asked for, and brings the hidden programs back.
      const aptGet = `#!/bin/sh\necho "$*" >> ${bin}/asked\n[ "$1" = update ] || umount /usr/sbin\n`;
      fs.writeFileSync(path.join(bin, 'apt-get'), aptGet, { mode: 0o755 });
      const { stderr } = await installed.run(['--once', '--kubernetes'], {
        before: ['unshare', '--mount', '--', 'sh', '-c', 'mount -t tmpfs tmpfs /usr/sbin && exec "$@"', 'sh'],
        env: { PATH: `${bin}:${process.env['PATH']}` },
      });
      const [said, ended] = stderr.trim().split('\n');
      assert.match(said ?? '', /^installing missing Debian packages: apt-get install -y .*nftables/);
      assert.match(ended ?? '', /KUBE_ASSETS/);
      const asked = fs.readFileSync(path.join(bin, 'asked'), 'utf8');
      assert.match(asked, /^update -q\ninstall -y -q --no-install-recommends .*nftables.*\n$/);
    });

    it('names the setting that disables user namespaces and how to change it, and ends with 1', async () => {
      const { code, stderr } = await runWithoutUserNamespaces(installed);
      assert.equal(code, 1);
      assert.match(
        stderr,
        /^cairn playground: user namespaces are disabled \(user\.max_user_namespaces=0\); .*sysctl -w user\.max_user_namespaces=/,
      );
      assert.equal(stderr.trim().split('\n').length, 1);
    });

    it('says what there is to build Kubernetes from when there is nothing, and ends with 1', async () => {
      const { code, stderr } = await installed.run(['--once', '--kubernetes'], { as: 'ordinary user' });
      assert.equal(code, 1);
      assert.match(stderr, /^cairn playground: .*KUBE_ASSETS/);
    });
  });
});

/** In a user namespace with all of the machine's users, whose own limit is none. */
async function runWithoutUserNamespaces(installed: Installed) {
  const holder = spawn('unshare', ['--user', '--', 'sh', '-c', 'read -r end'], {
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const namespace = `/proc/${holder.pid}/ns/user`;
  const own = fs.readlinkSync('/proc/self/ns/user');
  await waitFor('the namespace is there', () => fs.readlinkSync(namespace) !== own, { everyMs: 5 });
  for (const map of ['uid_map', 'gid_map']) fs.writeFileSync(`/proc/${holder.pid}/${map}`, '0 0 65536\n');
  const limit = 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"';
  const before = ['nsenter', `--user=${namespace}`, '--', 'sh', '-c', limit, 'sh'];
  try {
    return await installed.run(['--once'], { as: 'ordinary user', before });
  } finally {
    holder.stdin?.end();
  }
}
