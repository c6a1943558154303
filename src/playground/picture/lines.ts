/**
 * The picture without a terminal: a line for each thing that became different.
 *
 * Pure.
 * @module
 */
import type { NodePart, Picture, ServicePart } from './picture.js';

/** What is new in `after`, in the order of the picture. */
export function differences(before: Picture | undefined, after: Picture): readonly string[] {
  const services = new Map(before?.services.map((each) => [each.key, each]));
  const nodes = new Map(before?.nodes.map((each) => [each.name, each]));
  const gone = (before?.services ?? []).filter(({ key }) => !after.services.some((each) => each.key === key));
  return [
    ...(before !== undefined && before.apiAnswers !== after.apiAnswers
      ? [`API server: ${after.apiAnswers ? 'answers again' : 'does not answer'}`]
      : []),
    ...after.services.flatMap((service) => serviceLines(services.get(service.key), service)),
    ...gone.map(({ key }) => `Service ${key}: deleted`),
    ...after.nodes.flatMap((node) => nodeLines(nodes.get(node.name), node)),
    ...newestOf(before?.happenings ?? [], after.happenings).map(({ about, text }) => `${about}: ${text}`),
  ];
}

/** One line for each Service that is asked. */
export const summaries = ({ services }: Picture): readonly string[] =>
  services.flatMap(({ key, traffic }) =>
    traffic === undefined
      ? []
      : [
          `Service ${key}: ${traffic.answersPerSecond.toFixed(0)} answers a second, the last from ${traffic.lastAnswerer}; longest gap ${Math.round(traffic.longestGapMs)} ms`,
        ],
  );

function serviceLines(
  before: ServicePart | undefined,
  { key, address, reason, announcedBy, arp, traffic }: ServicePart,
): readonly string[] {
  const lines: string[] = [];
  if (address !== before?.address)
    lines.push(address === undefined ? `Service ${key}: no address` : `Service ${key}: EXTERNAL-IP ${address}`);
  if (reason !== undefined && reason !== before?.reason) lines.push(`Service ${key}: waits, ${reason}`);
  if (announcedBy !== undefined && announcedBy !== before?.announcedBy)
    lines.push(`Service ${key}: announced by ${announcedBy}`);
  if (arp !== undefined && arp.join() !== before?.arp?.join())
    lines.push(`Service ${key}: ARP answer from ${arp.join(' and ') || 'nobody'}`);
  if (traffic !== undefined && before?.traffic === undefined)
    lines.push(`Service ${key}: first answer, from ${traffic.lastAnswerer}`);
  return lines;
}

function nodeLines(before: NodePart | undefined, { name, cable, speaker, ready }: NodePart): readonly string[] {
  if (before === undefined) return [];
  return [
    ...(cable === before.cable ? [] : [`${name}: ${cable === 'cut' ? 'cable cut' : 'plugged in'}`]),
    ...(speaker === before.speaker ? [] : [`${name}: speaker ${speaker}`]),
    ...(ready === before.ready ? [] : [`${name}: ${ready ? 'Ready' : 'NotReady'}`]),
  ];
}

/** The list only grows at its end, and forgets at its beginning. */
function newestOf<T>(before: readonly T[], after: readonly T[]): readonly T[] {
  const last = before.at(-1);
  return last === undefined ? after : after.slice(after.lastIndexOf(last) + 1);
}
