/**
 * `cairn playground --once`: an address given, answered, lost with its node's cable, taken over, and the node's return.
 *
 * Each step waits for what it tells, and what does not come to pass in time ends the story with that as its reason.
 * @module
 */

import { reportName } from '../../speaker/report.js';
import type { NodeName } from '../../values/names.js';
import type { ApiObject } from '../cluster/api.js';
import type { Host } from '../network/host.js';
import { waitFor } from '../network/wait.js';
import { probeHttp, watchArp } from '../stage/measure.js';
import { CAIRN_NAMESPACE, WEB } from '../stage/objects.js';
import type { Stage } from '../stage/stage.js';
import { type Answer, announcerOf, answererOf, externalIpOf, reportIn } from './facts.js';
import { milliseconds, seconds, table } from './text.js';

/** A safety limit for each step, far above what any of them takes. */
const STEP_LIMIT_MS = 20_000;
/** A request that goes to a pod behind the cut cable is given up after this, and another one made. */
const PATIENCE_MS = 500;

export interface Telling {
  readonly say: (line: string) => void;
  /** Milliseconds since the command was called. */
  readonly elapsedMs: () => number;
}

export async function tellStory(stage: Stage, { say, elapsedMs }: Telling): Promise<void> {
  const step = (line: string) => say(`${seconds(elapsedMs()).padStart(7)}  ${line}`);
  const address = await until('Service web has an external IP', async () => externalIpOf(await webOf(stage)));
  const pool = (await webOf(stage)).metadata.annotations?.['cairn.dev/allocated-from-pool'];
  step(`Service ${WEB} has the external IP ${address}, from pool "${pool}"`);

  const answer = await answerFrom(stage.client, address);
  const answeredMs = elapsedMs();
  step(`client: http://${address}/ is answered by pod ${answer.pod} on ${answer.node}`);

  const arp = await watchArp(stage.client, address);
  const http = await probeHttp(stage.client, `http://${address}/`);
  const owner = await until('the Service and ARP agree who answers', async () =>
    agreed(stage, address, await webOf(stage), arp.events('owner').at(-1)?.mac),
  );
  step(`${owner.name} (${owner.mac}) answers for ${address}: the Service says so, and so does ARP on the client`);
  await until('requests are answered', () => http.events('answering').length > 0);

  await stage.network.cut(owner);
  step(`the cable of ${owner.name} is cut`);
  const successor = await until('another node answers', () => {
    const mac = arp.events('owner').at(-1)?.mac;
    return mac === owner.mac ? undefined : stage.nodes.find((node) => node.mac === mac);
  });
  const after = await answerFrom(stage.client, address);
  step(`${successor.name} (${successor.mac}) answers instead; the client gets its page from pod ${after.pod}`);
  await until('the Service says who answers now', async () =>
    agreed(stage, address, await webOf(stage), successor.mac),
  );
  const [seen] = (await arp.summary()).addresses;
  const requests = await http.summary();

  await until(`the others miss ${owner.name}`, async () => (await heardByOthers(stage, owner)) === 'by none');
  await stage.network.plug(owner);
  const pluggedMs = elapsedMs();
  await until(`the others hear ${owner.name}`, async () => (await heardByOthers(stage, owner)) === 'by all');
  const returnMs = elapsedMs() - pluggedMs;
  const keeper = await until('the Service still says who answers', async () =>
    announcerOf(await webOf(stage), address),
  );
  step(`${owner.name} is plugged in, and its peers hear it again; ${address} stays on ${keeper}`);
  if (keeper !== successor.name) throw new Error(`${address} moved to ${keeper} without need`);

  say('');
  const rows = [
    ['measured', ''],
    ['from the command to the first answer', seconds(answeredMs)],
    ['no ARP answer after the cut', milliseconds(seen.longestGapMs)],
    ['no HTTP answer after the cut', milliseconds(requests.longestGapMs)],
    ['requests for the MAC that two nodes answered', `${seen.doubles} of ${seen.requests}`],
    ['from the plug until its peers hear it again', seconds(returnMs)],
    ['the whole story', seconds(elapsedMs())],
  ];
  for (const line of table(rows)) say(`  ${line}`);
}

/** Whether each of the other nodes hears this one's speaker, or whether none does, as their own reports say. */
async function heardByOthers(stage: Stage, node: Host): Promise<'by all' | 'by none' | 'by some'> {
  const others = stage.nodes.filter((each) => each !== node);
  const heard = (await Promise.all(others.map((other) => peersOf(stage, other)))).map((peers) =>
    peers.includes(node.name),
  );
  if (heard.every(Boolean)) return 'by all';
  return heard.some(Boolean) ? 'by some' : 'by none';
}

async function peersOf({ controlPlane: { api } }: Stage, node: Host): Promise<readonly string[]> {
  const name = reportName(node.name as NodeName);
  const configMap = await api.find(`/api/v1/namespaces/${CAIRN_NAMESPACE}/configmaps/${name}`);
  return reportIn(configMap)?.peers.map((peer) => peer.node) ?? [];
}

const webOf = ({ controlPlane: { api } }: Stage): Promise<ApiObject> =>
  api.get(`/api/v1/namespaces/default/services/${WEB}`);

/** The node that the Service names, if ARP names it too. */
function agreed(stage: Stage, address: string, service: ApiObject, mac: string | undefined): Host | undefined {
  const name = announcerOf(service, address);
  return stage.nodes.find((node) => node.name === name && node.mac === mac);
}

const answerFrom = (client: Host, address: string): Promise<Answer> =>
  until(`http://${address}/ answers`, async () => {
    const { code, stdout } = await client.fetch(`http://${address}/`, {
      untilMs: STEP_LIMIT_MS,
      patienceMs: PATIENCE_MS,
    });
    return code === 0 ? answererOf(stdout) : undefined;
  });

const until = <T>(what: string, probe: () => T | Promise<T>) => waitFor(what, probe, { timeoutMs: STEP_LIMIT_MS });
