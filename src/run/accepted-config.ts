/**
 * The configuration that counts: the newest text of the ConfigMap that has no problem, kept in ConfigMap `cairn-state`.
 *
 * A broken edit, a deleted ConfigMap and a restart change nothing: the last accepted text goes on. Only the leading
 * controller runs this; speakers and later leaders read what it keeps. What it told of a broken one is kept too, so that
 * each of them is told in one event, whoever leads. That one counts is told of each edit, and of each return to the text
 * that counts; never because another begins to lead.
 *
 * Source: docs/design.md §4 ("A bad new config changes nothing").
 * @module
 */
import { createHash } from 'node:crypto';
import type { Config } from '../config/config.js';
import { CONFIG_KEY, configTextOf } from '../config/manifest.js';
import { notInEffect } from '../config/not-in-effect.js';
import { parseConfig } from '../config/parse.js';
import { renderProblems } from '../config/problem.js';
import type { EventRecorder } from '../kube/events.js';
import type { Log } from '../kube/log.js';
import type { ConfigMap } from '../values/objects.js';
import { ACCEPTED_CONFIG_KEY, TOLD_REFUSAL_KEY } from './state-config-map.js';
import type { StateStore } from './state-store.js';

export interface AcceptedConfigOptions {
  readonly log: Log;
  readonly events: Pick<EventRecorder, 'record' | 'endStory'>;
  readonly state: Pick<StateStore, 'get' | 'set'>;
  /** `namespace/name` of the ConfigMap that people edit. */
  readonly name: string;
}

/** The configuration in force, or why there is none. */
export type InForce =
  | { readonly config: Config; readonly whyNot: '' }
  | { readonly config: undefined; readonly whyNot: string };

/** Enough to tell one refusal from the next. */
const HASH_DIGITS = 16;
/** Kept instead of a refusal whose ConfigMap was deleted: what is accepted next ends that, whoever leads by then. */
const DELETED = 'deleted';
/** The story of both events. */
const ABOUT = 'config';

/** One that was deleted and created again has another uid, though nobody may have seen that it was gone. */
interface Seen {
  readonly uid: string;
  /** Undefined: the key is missing. */
  readonly text: string | undefined;
}

export class AcceptedConfig {
  readonly #options: AcceptedConfigOptions;
  #text: string | undefined;
  /** What was looked at last; undefined where there was none, or nothing was looked at yet. */
  #seen: Seen | undefined;
  #inForce: InForce;
  #problems = 0;
  /** There was none when it was looked at last. */
  #isMissing = false;

  constructor(options: AcceptedConfigOptions) {
    this.#options = options;
    this.#text = options.state.get(ACCEPTED_CONFIG_KEY);
    this.#inForce = { config: undefined, whyNot: `ConfigMap ${options.name} has not been read yet` };
    if (this.#text !== undefined) this.#use(this.#text);
  }

  get inForce(): InForce {
    return this.#inForce;
  }

  /** Problems of the ConfigMap as it is now, of which that there is none is one; 0 when it is what counts. */
  get problemCount(): number {
    return this.#problems;
  }

  /**
   * The ConfigMap as it is now; undefined when there is none. Returns whether another configuration is in force; why
   * there is none may be told otherwise also where this is false.
   */
  observe(configMap: ConfigMap | undefined): boolean {
    const { log, name, state } = this.#options;
    if (configMap === undefined) {
      this.#seen = undefined;
      this.#problems = 1;
      this.#isMissing = true;
      this.#keepRefusal(DELETED);
      const whyNot = `there is no ConfigMap ${name}; create it with the key "${CONFIG_KEY}"`;
      if (this.#inForce.config === undefined) this.#inForce = { config: undefined, whyNot };
      else log.warn({ configMap: name, because: whyNot }, 'the last accepted configuration stays in force');
      return false;
    }
    const text = configTextOf(configMap);
    const { uid } = configMap.meta;
    const before = this.#seen;
    if (before?.uid === uid && before.text === text) return false;
    this.#seen = { uid, text };
    if (text === undefined) {
      this.#refuse(configMap, `it has no key "${CONFIG_KEY}"`, 1);
      return false;
    }
    const parsed = parseConfig(text);
    if (!parsed.ok) {
      this.#refuse(configMap, renderProblems(parsed.error), parsed.error.length);
      return false;
    }
    const isAnew = this.#isMissing || (before !== undefined && before.uid !== uid);
    const isBack = isAnew || this.#problems > 0 || this.#toldRefusal !== '';
    this.#problems = 0;
    this.#isMissing = false;
    this.#keepRefusal('');
    const isNew = text !== this.#text || this.#inForce.config === undefined;
    if (isNew || isBack) this.#tellAccepted(configMap, parsed.value);
    if (!isNew) return false;
    this.#text = text;
    this.#inForce = { config: parsed.value, whyNot: '' };
    state.set(ACCEPTED_CONFIG_KEY, text);
    return true;
  }

  #use(text: string): void {
    const { log } = this.#options;
    const parsed = parseConfig(text);
    if (parsed.ok) {
      this.#inForce = { config: parsed.value, whyNot: '' };
      return;
    }
    // Accepted by another version of Cairn: what it meant there is not known here.
    log.error({ problems: renderProblems(parsed.error) }, 'the accepted configuration of before cannot be read');
  }

  get #toldRefusal(): string {
    return this.#options.state.get(TOLD_REFUSAL_KEY) ?? '';
  }

  /** Where one was told: what becomes of it. */
  #keepRefusal(as: typeof DELETED | ''): void {
    if (this.#toldRefusal !== '') this.#options.state.set(TOLD_REFUSAL_KEY, as);
  }

  #refuse(configMap: ConfigMap, problems: string, count: number): void {
    const { log, events, state, name } = this.#options;
    this.#problems = count;
    this.#isMissing = false;
    const stays =
      this.#inForce.config === undefined ? 'there is no earlier one' : 'the last accepted one stays in force';
    log.error({ configMap: name, problems }, `the configuration is refused; ${stays}`);
    const message = `refused, ${stays}:\n${problems}`;
    const refusal = createHash('sha256').update(`${configMap.meta.uid} ${message}`).digest('hex').slice(0, HASH_DIGITS);
    if (refusal !== this.#toldRefusal) {
      state.set(TOLD_REFUSAL_KEY, refusal);
      events.record(
        { kind: 'ConfigMap', meta: configMap.meta },
        { type: 'Warning', reason: 'ConfigRefused', message, about: ABOUT },
      );
    }
    if (this.#inForce.config === undefined) {
      this.#inForce = { config: undefined, whyNot: `ConfigMap ${name} is refused: ${problems.split('\n')[0]}` };
    }
  }

  #tellAccepted(configMap: ConfigMap, config: Config): void {
    const { log, events, name } = this.#options;
    const pools = config.pools.map((pool) => pool.name);
    const ignored = notInEffect(config);
    log.info({ configMap: name, pools, notInEffect: ignored }, 'the configuration is accepted');
    const count = `in force: ${pools.length} pool${pools.length === 1 ? '' : 's'}`;
    const message = [count, ...ignored.map((what) => `not in effect in this version: ${what}`)].join('\n');
    const regarding = { kind: 'ConfigMap', meta: configMap.meta } as const;
    // Whoever edited waits for a word, also where the sentence is the one that the last edit had.
    events.endStory(regarding, ABOUT);
    events.record(regarding, { type: 'Normal', reason: 'ConfigAccepted', message, about: ABOUT });
  }
}
