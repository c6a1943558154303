/**
 * What the keys do to the playground. Each does it and says so; whether it had an effect, the picture shows by itself.
 * @module
 */
import type { Host } from '../network/host.js';
import { DEFAULT_SUBNET } from '../network/network.js';
import { loadBalancer, WEB } from '../stage/objects.js';
import type { Stage } from '../stage/stage.js';
import { externalIpOf } from '../story/facts.js';
import type { Action } from './keys.js';
import { clockTime } from './moment.js';
import { keyOf, type World } from './world.js';

/** Long enough to see what the others do meanwhile. */
const SPEAKER_DOWN_MS = 4_000;
const STRANGER = 'stranger';

export class Actions {
  readonly #stage: Stage;
  readonly #world: World;
  readonly #changed: () => void;
  readonly #stranger: Host;
  #apiIsStopped = false;

  constructor(stage: Stage, world: World, stranger: Host, changed: () => void) {
    this.#stage = stage;
    this.#world = world;
    this.#stranger = stranger;
    this.#changed = changed;
  }

  /** Never rejects: what went wrong is said in the picture. */
  async do(action: Exclude<Action, { readonly kind: 'quit' }>): Promise<void> {
    try {
      await this.#do(action);
    } catch (error) {
      this.#say('warning', (error as Error).message);
    }
    this.#changed();
  }

  async #do(action: Exclude<Action, { readonly kind: 'quit' }>): Promise<void> {
    const { network, controlPlane, cairn } = this.#stage;
    switch (action.kind) {
      case 'cut':
        this.#say('key', `the cable of ${action.target} is cut`);
        return network.cut(network.host(action.target));
      case 'plug':
        this.#say('key', `${action.target} is plugged in`);
        return network.plug(network.host(action.target));
      case 'kill': {
        const speaker = cairn.speaker(action.target);
        if (!speaker.process.running) return this.#say('key', `the speaker of ${action.target} is dead already`);
        this.#say('key', `the speaker of ${action.target} is killed, and started again in ${SPEAKER_DOWN_MS / 1000} s`);
        await speaker.kill();
        setTimeout(() => void this.#restart(action.target), SPEAKER_DOWN_MS);
        return;
      }
      case 'toggle-api':
        this.#apiIsStopped = !this.#apiIsStopped;
        this.#say('key', this.#apiIsStopped ? 'the API server is stopped' : 'the API server goes on');
        return this.#apiIsStopped ? controlPlane.stopApi() : controlPlane.startApi();
      case 'new-service': {
        const creation = loadBalancer(this.#freeName(), WEB);
        this.#say('key', `a new Service ${creation.object.metadata.name}`);
        return this.#stage.create([creation]);
      }
      case 'delete': {
        const [namespace, name] = action.target.split('/');
        this.#say('key', `Service ${name} is deleted`);
        await controlPlane.api.delete(`/api/v1/namespaces/${namespace}/services/${name}`);
        return;
      }
      case 'contest':
        return this.#contest(action.target);
      case 'end-contest':
        await this.#stranger.run(['ip', 'addr', 'flush', 'dev', 'eth0', 'scope', 'global', 'label', 'eth0:x']);
        this.#world.contested = undefined;
        this.#say('key', 'the stranger answers no more');
        return;
    }
  }

  /** Never rejects, as {@link do}. */
  async #restart(node: string): Promise<void> {
    try {
      await this.#stage.cairn.speaker(node).restart();
      this.#watchSpeaker(node);
    } catch (error) {
      this.#say('warning', (error as Error).message);
      this.#changed();
    }
  }

  /** Tells the world of the end of each speaker's process, from now on. */
  watchSpeakers(): void {
    for (const node of this.#stage.nodes) this.#watchSpeaker(node.name);
  }

  #watchSpeaker(node: string): void {
    const { process } = this.#stage.cairn.speaker(node);
    this.#world.deadSpeakers.delete(node);
    this.#changed();
    void process.exited.then(() => {
      if (this.#stage.cairn.speaker(node).process !== process) return;
      this.#world.deadSpeakers.add(node);
      this.#changed();
    });
  }

  /** The stranger takes the address as any host would whose owner mistyped its settings: its kernel answers ARP. */
  async #contest(key: string): Promise<void> {
    const service = this.#world.balanced.find((each) => keyOf(each) === key);
    const address = service && externalIpOf(service);
    if (address === undefined) return this.#say('key', `${key} has no address to contest`);
    const length = DEFAULT_SUBNET.split('/')[1];
    await this.#stranger.run(['ip', 'addr', 'add', `${address}/${length}`, 'dev', 'eth0', 'label', 'eth0:x']);
    this.#world.contested = key;
    this.#say('key', `a stranger on the link answers for ${address} too`);
  }

  #freeName(): string {
    const taken = new Set(this.#world.choosable.services);
    for (let n = 2; ; n++) if (!taken.has(`default/${WEB}-${n}`)) return `${WEB}-${n}`;
  }

  #say(tone: 'key' | 'warning', text: string): void {
    this.#world.happened({ at: clockTime(Date.now(), 'seconds'), tone, about: 'you', text });
  }
}

/** A machine of the link that is none of the cluster's. */
export const addStranger = (stage: Stage): Promise<Host> =>
  stage.network.addHost({ name: STRANGER, address: '192.0.2.66', gateway: stage.client.address });
