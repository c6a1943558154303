/**
 * Whether the configuration that was accepted last is one that this controller can work by.
 *
 * Pure but for one remembered answer: a text is parsed once, however often readiness is asked.
 * @module
 */
import { parseConfig } from '../config/parse.js';
import { renderProblems } from '../config/problem.js';
import { STATE_CONFIG_MAP } from './state-config-map.js';

export class AcceptedText {
  /** `namespace/name` of the ConfigMap that people edit. */
  readonly #name: string;
  #asked: string | undefined;
  #answer: string | undefined;

  constructor(name: string) {
    this.#name = name;
  }

  /** A sentence; undefined when all is well. `accepted` is the text that was accepted last, if any was. */
  complaint(accepted: string | undefined): string | undefined {
    if (accepted === undefined) {
      return `no configuration was accepted yet: ConfigMap ${this.#name} is missing or refused (kept in ${STATE_CONFIG_MAP})`;
    }
    if (accepted !== this.#asked) {
      this.#asked = accepted;
      this.#answer = this.#parse(accepted);
    }
    return this.#answer;
  }

  #parse(accepted: string): string | undefined {
    const parsed = parseConfig(accepted);
    if (parsed.ok) return undefined;
    const [first] = renderProblems(parsed.error).split('\n');
    return `the configuration that was accepted before (kept in ${STATE_CONFIG_MAP}) cannot be read: ${first}; repair ConfigMap ${this.#name}`;
  }
}
