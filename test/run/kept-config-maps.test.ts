import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { keptConfigMaps, reportIn } from '../../src/run/kept-config-maps.js';
import { encodeReport } from '../../src/speaker/report.js';
import { report } from '../support/reports.js';

describe('keptConfigMaps', () => {
  const { read } = keptConfigMaps('cairn-config');
  const SAID = report('node-a');
  const data = { config: 'x', 'accepted-config': 'y', report: encodeReport(SAID) };
  const kept = (name: string, texts: object = data) =>
    read({ metadata: { name, namespace: 'cairn-system' }, data: texts });

  // biome-ignore format: table
  const cases = [
    { name: 'keeps the configuration as it is',           of: kept('cairn-config'),                          want: { data, report: undefined } },
    { name: 'keeps the state as it is',                   of: kept('cairn-state'),                           want: { data, report: undefined } },
    { name: 'keeps of a report what it says',             of: kept('cairn-speaker-node-a'),                  want: { data: {}, report: { ok: true, value: SAID } } },
    { name: 'keeps why a report is not one',              of: kept('cairn-speaker-node-a', { report: '{' }), want: { data: {}, report: { ok: false, error: 'not JSON' } } },
    { name: 'keeps that a report is for somebody else',   of: kept('cairn-speaker-node-b'),                  want: { data: {}, report: { ok: false, error: 'it is for node node-a' } } },
    { name: 'keeps no text where a report should be',     of: kept('cairn-speaker-node-a', { other: 'x' }),  want: { data: {}, report: undefined } },
    { name: 'keeps of all others that they are there',    of: kept('kube-root-ca.crt'),                      want: { data: {}, report: undefined } },
  ];
  for (const { name, of, want } of cases) it(name, () => assert.deepEqual({ data: of.data, report: of.report }, want));

  it('gives the report that is of use', () => {
    assert.deepEqual(reportIn(kept('cairn-speaker-node-a')), SAID);
    assert.equal(reportIn(kept('cairn-speaker-node-b')), undefined);
    assert.equal(reportIn(kept('cairn-config')), undefined);
    assert.equal(reportIn(undefined), undefined);
  });
});
