/**
 * What the controller keeps of the ConfigMaps in its namespace: the configuration and its own state as they are, the
 * speakers' reports as they are read, and of all others that they are there.
 *
 * Nothing is held twice, as text and as what it says: a report has up to 1 MB, and others keep theirs in this namespace too.
 * @module
 */
import { CONFIG_MAPS, type Resource } from '../kube/objects.js';
import { isReportName, REPORT_KEY, reportName, type SpeakerReport } from '../speaker/report.js';
import { decodeReport, tellReportDefect } from '../speaker/report-decode.js';
import type { ConfigMap } from '../values/objects.js';
import { err, type Result } from '../values/result.js';
import { STATE_CONFIG_MAP } from './state-config-map.js';

/** `data` is empty but for the configuration and the state. */
export interface KeptConfigMap extends ConfigMap {
  /** What a speaker reports, or why it is of no use; undefined where there is no report. */
  readonly report: Result<SpeakerReport, string> | undefined;
}

const NO_TEXTS: ConfigMap['data'] = {};

/** `configMap` is the name of the one with the configuration. */
export const keptConfigMaps = (configMap: string): Resource<KeptConfigMap> => ({
  ...CONFIG_MAPS,
  read(raw) {
    const { meta, data } = CONFIG_MAPS.read(raw);
    if (meta.name === configMap || meta.name === STATE_CONFIG_MAP) return { meta, data, report: undefined };
    const text = isReportName(meta.name) ? data[REPORT_KEY] : undefined;
    return { meta, data: NO_TEXTS, report: text === undefined ? undefined : readReport(meta.name, text) };
  },
});

export const reportIn = (configMap: KeptConfigMap | undefined): SpeakerReport | undefined =>
  configMap?.report?.ok === true ? configMap.report.value : undefined;

/** Whose report it is, the ConfigMap's name says: a speaker may write that one alone. */
function readReport(name: string, text: string): Result<SpeakerReport, string> {
  const report = decodeReport(text);
  if (!report.ok) return err(tellReportDefect(report.error));
  return reportName(report.value.node) === name ? report : err(`it is for node ${report.value.node}`);
}
