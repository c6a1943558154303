/**
 * Speakers' reports for tests, with every field that a test does not name filled in.
 * @module
 */
import type { SpeakerReport } from '../../src/speaker/report.js';
import { node } from './values.js';

export const report = (name: string, rest: Partial<SpeakerReport> = {}): SpeakerReport => ({
  node: node(name),
  state: 'running',
  waitingFor: '',
  links: [],
  claims: [],
  ownAddresses: [],
  takenPorts: [],
  refusals: [],
  warnings: [],
  conflicts: [],
  peers: [],
  shortened: false,
  ...rest,
});
