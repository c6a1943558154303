/**
 * What the speaker of `node-a` reports to a leader.
 * @module
 */
import { encodeReport, type SpeakerReport } from '../../src/speaker/report.js';
import { report } from '../support/reports.js';
import { address } from '../support/values.js';
import { CONFIG_MAPS, type FakeControllerApi } from './fake-controller-api.js';

const NAME = 'cairn-speaker-node-a';

/** A claim of the first address that is given here. */
export const OWNED: SpeakerReport['claims'][number] = {
  address: address('192.0.2.1'),
  link: 'eth0',
  term: 1,
  state: 'owned',
};

export const setReport = (api: FakeControllerApi, parts: Partial<SpeakerReport> = {}) =>
  api.put(CONFIG_MAPS, {
    metadata: { name: NAME, namespace: 'cairn-system' },
    data: { report: encodeReport(report('node-a', parts)) },
  });
export const removeReport = (api: FakeControllerApi) => api.remove(CONFIG_MAPS, NAME, 'cairn-system');
