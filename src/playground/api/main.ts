/**
 * The embedded API server as a program of its own, for a host of the playground's network.
 *
 *   api-server --host 0.0.0.0 --port 6443 --service-cidr 10.0.0.0/16 [--service-cidr fd00:10::/112]
 *
 * Ends with SIGTERM or SIGINT; what it stored ends with it.
 * @module
 */
import { parseArgs } from 'node:util';
import { EmbeddedApiServer } from './server.js';

const { values } = parseArgs({
  options: {
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '0' },
    'service-cidr': { type: 'string', multiple: true },
  },
});

const server = await EmbeddedApiServer.start({
  host: values.host,
  port: Number(values.port),
  ...(values['service-cidr'] === undefined ? {} : { serviceCidrs: values['service-cidr'] }),
});
console.log(server.url);

for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => void server.stop().then(() => process.exit(0)));
