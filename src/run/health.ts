/**
 * `/healthz`, `/readyz` and `/metrics`.
 * @module
 */

/** Undefined while all is well, else a sentence that says what is not. Has to be cheap: it is asked on each request. */
export type Probe = () => string | undefined;

export declare class Health {
  /** Part of `/healthz`: the loops turn. A pod is restarted while one of these complains. */
  live(name: string, probe: Probe): void;
  /** Part of `/readyz`: synced, config loaded, sockets open. */
  ready(name: string, probe: Probe): void;
}
