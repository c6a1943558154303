/**
 * The embedded API server as a process: `main --port 0 --kubeconfig FILE`.
 *
 * Prints one line of JSON when it answers, and ends on SIGTERM or SIGINT.
 * @module
 */
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { say, untilStopped } from '../programs/lines.js';
import { EmbeddedApiServer } from './server.js';

const { values } = parseArgs({
  options: {
    address: { type: 'string', default: '127.0.0.1' },
    /** How others reach it, where `address` is every address. */
    'advertise-address': { type: 'string' },
    port: { type: 'string', default: '0' },
    /** Where to write a kubeconfig that leads here. */
    kubeconfig: { type: 'string' },
    seed: { type: 'string' },
    /** Without them nothing happens but what clients write. */
    'no-controllers': { type: 'boolean', default: false },
    'service-cidr': { type: 'string', multiple: true },
    'watch-window': { type: 'string' },
  },
});

const stopped = untilStopped();
const cidrs = values['service-cidr'];
const server = await EmbeddedApiServer.start({
  host: values.address,
  port: Number(values.port),
  controllers: !values['no-controllers'],
  ...(values['advertise-address'] === undefined ? {} : { advertiseAddress: values['advertise-address'] }),
  ...(values.seed === undefined ? {} : { seed: Number(values.seed) }),
  ...(cidrs === undefined ? {} : { serviceCidrs: cidrs }),
  ...(values['watch-window'] === undefined ? {} : { watchWindow: Number(values['watch-window']) }),
});
if (values.kubeconfig !== undefined) server.kubeconfig(values.kubeconfig);
say({ listening: server.url, port: server.port, startMs: Math.round(performance.now()) });
if (!stopped.aborted) await once(stopped, 'abort');
await server.stop();
process.exit(0);
