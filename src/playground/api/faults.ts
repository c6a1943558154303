/**
 * Faults on command.
 * @module
 */
export type Release = () => void;
export interface Fault {
  readonly kind: string;
}
export class Faults {
  add(_fault: Fault): Release {
    throw new Error('not built yet');
  }
}
