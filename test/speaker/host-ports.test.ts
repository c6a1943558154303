import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { HostBackends, type HostPort, type Listener, parseListener, takenPorts } from '../../src/speaker/host-ports.js';
import { serviceKey } from '../../src/values/names.js';
import type { ServicePort } from '../../src/values/objects.js';
import { endpoint, service, slice } from '../support/objects.js';
import { address } from '../support/values.js';

const REST = '00000000:00000000 00:00000000 00000000     0        0 1065 1 00000000a18ba7da 100 0 0 10 0';
const ANY6 = '00000000000000000000000000000000';

describe('parseListener', () => {
  // biome-ignore format: table
  const cases: readonly { name: string; protocol?: 'TCP' | 'UDP'; line: string; want: Listener | undefined }[] = [
    { name: 'reads one on every address',          line: `   0: 00000000:07E8 00000000:0000 0A ${REST}`,             want: { protocol: 'TCP', address: undefined, port: 2024 } },
    { name: 'reads one on one address',            line: `   1: 0102000A:0016 00000000:0000 0A ${REST}`,             want: { protocol: 'TCP', address: address('10.0.2.1'), port: 22 } },
    { name: 'reads the highest port',              line: ` 255: 00000000:FFFF 00000000:0000 0A ${REST}`,             want: { protocol: 'TCP', address: undefined, port: 65_535 } },
    { name: 'passes over a connection',            line: `   2: 0100007F:916A 0100007F:9BC5 01 ${REST}`,             want: undefined },
    { name: 'passes over what just ended',         line: `   2: 0100007F:916A 0100007F:9BC5 06 ${REST}`,             want: undefined },
    { name: 'reads a UDP socket that waits',       protocol: 'UDP', line: `  10: 00000000:0035 00000000:0000 07 ${REST}`, want: { protocol: 'UDP', address: undefined, port: 53 } },
    { name: 'passes over a connected UDP socket',  protocol: 'UDP', line: `  10: 0102000A:D431 08080808:0035 01 ${REST}`, want: undefined },
    { name: 'reads one on every address of both families', line: `   0: ${ANY6}:1F90 ${ANY6}:0000 0A ${REST}`,       want: { protocol: 'TCP', address: undefined, port: 8080 } },
    { name: 'reads one on an IPv6 address',        line: `   0: B80D0120000000000000000001000000:1F90 ${ANY6}:0000 0A ${REST}`, want: { protocol: 'TCP', address: address('2001:db8::1'), port: 8080 } },
    { name: 'reads an IPv4 address in IPv6 form',  line: `   0: 0000000000000000FFFF00000102000A:1F90 ${ANY6}:0000 0A ${REST}`, want: { protocol: 'TCP', address: address('10.0.2.1'), port: 8080 } },
    { name: 'passes over the title',               line: '  sl  local_address rem_address   st tx_queue rx_queue',   want: undefined },
    { name: 'passes over half a line',             line: '   0: 00000000:07',                                        want: undefined },
    { name: 'passes over an empty line',           line: '',                                                         want: undefined },
  ];
  for (const { name, protocol = 'TCP', line, want } of cases) {
    it(name, () => assert.deepEqual(parseListener(line, protocol), want));
  }
});

describe('takenPorts', () => {
  const OWN = address('192.0.2.9');
  const port = (number: number, rest: Partial<ServicePort> = {}): ServicePort => ({
    name: '',
    protocol: 'TCP',
    port: number,
    nodePort: 0,
    ...rest,
  });
  const on = (number: number, rest: Partial<Listener> = {}): Listener => ({
    protocol: 'TCP',
    address: undefined,
    port: number,
    ...rest,
  });
  // biome-ignore format: table
  const cases: readonly { name: string; ports: readonly ServicePort[]; listeners: readonly Listener[]; want: readonly HostPort[] }[] = [
    { name: 'a port on every address',                 ports: [port(22)],                        listeners: [on(22)],                                      want: [{ protocol: 'TCP', port: 22 }] },
    { name: 'a port on this address',                  ports: [port(22)],                        listeners: [on(22, { address: OWN })],                    want: [{ protocol: 'TCP', port: 22 }] },
    { name: 'no port on another address',              ports: [port(22)],                        listeners: [on(22, { address: address('127.0.0.1') })],   want: [] },
    { name: 'no port of another protocol',             ports: [port(53)],                        listeners: [on(53, { protocol: 'UDP' })],                 want: [] },
    { name: 'no port that nobody asks for',            ports: [port(80)],                        listeners: [on(22)],                                      want: [] },
    { name: 'each of several ports',                   ports: [port(443), port(80), port(8080)], listeners: [on(443), on(80)],                             want: [{ protocol: 'TCP', port: 80 }, { protocol: 'TCP', port: 443 }] },
    { name: 'not the NodePort of the same port, which an old kube-proxy holds', ports: [port(30_000, { nodePort: 30_000 })], listeners: [on(30_000)],      want: [] },
    { name: 'nothing while nobody listens',            ports: [port(80)],                        listeners: [],                                            want: [] },
  ];
  for (const { name, ports, listeners, want } of cases) {
    it(`names ${name}`, () => {
      assert.deepEqual(
        takenPorts(OWN, [service('web', { ports })], listeners, () => false),
        want,
      );
    });
  }

  it('does not count the Service’s own backend on the host’s network', () => {
    const backends = new HostBackends();
    const http = { name: '', protocol: 'TCP', port: 80 } as const;
    backends.set('web-1', slice('web-1', 'web', [endpoint('node-a', 'ready', '192.0.2.9')], [http]));
    const taken = (name: string) =>
      takenPorts(OWN, [service(name, { ports: [port(80)] })], [on(80)], (key, each) => backends.has(key, OWN, each));
    assert.deepEqual(taken('web'), []);
    assert.deepEqual(taken('other'), [{ protocol: 'TCP', port: 80 }]);
    assert.equal(backends.has(serviceKey('shop', 'web'), OWN, { protocol: 'TCP', port: 81 }), false);
    backends.set('web-1', undefined);
    assert.deepEqual(taken('web'), [{ protocol: 'TCP', port: 80 }]);
  });
});
