/**
 * The picture as lines of a terminal of a given size.
 *
 * Pure. What must be seen comes first and last: when rows are few, requests and events give way, never the key line.
 * @module
 */
import { seconds } from '../story/text.js';
import { KEYS, type Prompt, type Verb } from './keys.js';
import type { Happening, NodePart, Picture, PoolPart, RequestPart, ServicePart } from './picture.js';
import { apart, columns, type Line, type Span, span, truncate, widthOf } from './spans.js';

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** Of the lines for requests and events together, requests get this many of each five. */
const REQUESTS_OF_FIVE = 2;
const BAR_CELLS = 11;

/** Exactly `rows` lines, none wider than `columns`. */
export function view(picture: Picture, size: Size): readonly Line[] {
  const top: Line[] = [
    title(picture, size.columns),
    [],
    ...section('POOLS', picture.pools.map(poolRow), 'no pool: Cairn has no configuration'),
    [],
    ...section('SERVICES', serviceRows(picture.services), 'no Service of type LoadBalancer; n makes one'),
    [],
    ...section('NODES', picture.nodes.map(nodeRow), 'no node'),
    [],
  ];
  const bottom = keyLine(picture.prompt, size.columns);
  // Two headings and the blank line between them.
  const left = Math.max(0, size.rows - top.length - 1 - 3);
  const forRequests = Math.min(picture.requests.length, Math.floor((left * REQUESTS_OF_FIVE) / 5));
  const forEvents = Math.max(0, left - forRequests);
  const rest: Line[] = [
    heading('CLIENT'),
    ...columns(lastOf(picture.requests, forRequests).map(requestRow)),
    [],
    heading('EVENTS'),
    ...columns(lastOf(picture.happenings, forEvents).map(happeningRow)),
  ];
  const body = [...top, ...rest].slice(0, Math.max(0, size.rows - 1));
  while (body.length < size.rows - 1) body.push([]);
  return [...body, bottom].slice(-size.rows).map((line) => truncate(line, size.columns));
}

const heading = (text: string): Line => [span(text, 'accent')];

const section = (name: string, rows: readonly (readonly Span[])[], none: string): readonly Line[] =>
  rows.length === 0 ? [heading(name), [span(`  ${none}`, 'dim')]] : [heading(name), ...columns(rows)];

const lastOf = <T>(items: readonly T[], count: number): readonly T[] => (count === 0 ? [] : items.slice(-count));

function title(picture: Picture, width: number): Line {
  const { nodes, api, forwarding, apiAnswers, upMs } = picture;
  const left = [
    span('Cairn playground', 'bold'),
    span(`  ${nodes.length} nodes, ${api} `),
    apiAnswers ? span('answers', 'good') : span('does not answer', 'bad'),
    span(`, forwarding by ${forwarding}`),
  ];
  return apart(left, [span(clock(upMs), 'dim')], width);
}

function clock(ms: number): string {
  const whole = Math.floor(ms / 1000);
  const two = (count: number) => String(count).padStart(2, '0');
  return `${two(Math.floor(whole / 60))}:${two(whole % 60)}`;
}

function poolRow({ name, ranges, used, size, autoAssign }: PoolPart): readonly Span[] {
  const cells = Math.min(BAR_CELLS, size);
  // One address in use is always seen.
  const full = used === 0 ? 0 : Math.max(1, Math.round((used / size) * cells));
  return [
    span(name, 'bold'),
    span(ranges),
    span(`${'█'.repeat(full)}${'░'.repeat(cells - full)}`, 'bar'),
    span(`${used} of ${size}`, used === size ? 'warn' : 'plain'),
    span(autoAssign ? '' : 'on request', 'dim'),
  ];
}

function serviceRows(services: readonly ServicePart[]): readonly (readonly Span[])[] {
  if (services.length === 0) return [];
  const head = [
    '',
    'NAME',
    'EXTERNAL-IP',
    'PORTS',
    'ANNOUNCED BY',
    'ARP ANSWER FROM',
    'ANSWERS/S',
    'LAST FROM',
    'LONGEST GAP',
  ];
  return [head.map((text) => span(text, 'dim')), ...services.map(serviceRow)];
}

function serviceRow(service: ServicePart, at: number): readonly Span[] {
  const { key, address, reason, ports, announcedBy, traffic } = service;
  const first = [
    span(at < 9 ? String(at + 1) : '', 'dim'),
    span(key.replace(/^default\//, ''), 'bold'),
    address === undefined ? span(`<pending>${reason === undefined ? '' : ` ${reason}`}`, 'warn') : span(address),
    span(ports),
    span(announcedBy ?? '-'),
    arpCell(service),
  ];
  if (traffic === undefined) return [...first, span('-'), span('-'), span('-')];
  const silent = traffic.answersPerSecond === 0;
  return [
    ...first,
    span(traffic.answersPerSecond.toFixed(0), silent ? 'bad' : 'good'),
    span(traffic.lastAnswerer ?? '-'),
    span(gap(traffic.longestGapMs), silent ? 'bad' : 'plain'),
  ];
}

function arpCell({ address, arp, announcedBy, contested }: ServicePart): Span {
  if (address === undefined || arp === undefined) return span('-');
  if (arp.length === 0) return span('nobody', 'bad');
  const text = arp.join(' + ');
  if (arp.length > 1) return span(text, 'bad');
  return span(text, contested || text !== announcedBy ? 'warn' : 'good');
}

const gap = (ms: number): string => (ms < 1_000 ? `${Math.round(ms)} ms` : seconds(ms));

function nodeRow({ name, address, cable, speaker, ready, pods, answersFor }: NodePart, at: number): readonly Span[] {
  return [
    span(String(at + 1), 'dim'),
    span(name, 'bold'),
    span(address),
    cable === 'cut' ? span('cable cut', 'bad') : span('plugged in', 'good'),
    speaker === 'runs' ? span('speaker runs', 'good') : span('speaker dead', 'bad'),
    ready ? span('Ready') : span('NotReady', 'warn'),
    span(`${pods} ${pods === 1 ? 'pod' : 'pods'}`),
    span(answersFor.length === 0 ? '' : `answers for ${answersFor.join(', ')}`, 'accent'),
  ];
}

function requestRow({ at, key, outcome }: RequestPart): readonly Span[] {
  const name = span(key.replace(/^default\//, ''));
  return outcome.kind === 'answer'
    ? [span(at, 'dim'), name, span(`answered by ${outcome.by}`, 'good'), span(`${outcome.tookMs.toFixed(1)} ms`, 'dim')]
    : [span(at, 'dim'), name, span(`not answered: ${outcome.why}`, 'bad')];
}

function happeningRow({ at, tone, about, text }: Happening): readonly Span[] {
  const of = { key: 'accent', normal: 'plain', warning: 'warn' } as const;
  return [span(at, 'dim'), span(about, of[tone]), span(text, tone === 'warning' ? 'warn' : 'plain')];
}

const QUESTIONS: Readonly<Record<Verb, string>> = {
  cut: 'Cut the cable of which node?',
  plug: 'Plug in which node?',
  kill: 'Kill the speaker of which node?',
  delete: 'Delete which Service?',
  contest: 'Let a stranger answer for which Service?',
};

function keyLine(prompt: Prompt, width: number): Line {
  if (prompt.kind === 'which') {
    const choices = prompt.choices.flatMap(({ digit, name }) => [
      span(` ${digit}`, 'accent'),
      span(` ${name.replace(/^default\//, '')} `),
    ]);
    return [span(`${QUESTIONS[prompt.verb]} `, 'bold'), ...choices, span(' any other key: none', 'dim')];
  }
  // A key that is out of sight is not there: on a narrow terminal the words give way, and then all but the last.
  const shorter: Line[] = [
    keysAs(({ says }) => ` ${says}`, '  '),
    keysAs(({ says }) => ` ${says.split(' ')[0]}`, ' '),
    keysAs(({ key, says }) => (key === 'q' ? ` ${says}` : ''), ' '),
  ];
  return shorter.find((line) => widthOf(line) <= width) ?? (shorter.at(-1) as Line);
}

const keysAs = (words: (each: (typeof KEYS)[number]) => string, gap: string): Line =>
  KEYS.flatMap((each, at) => [span(`${at === 0 ? '' : gap}${each.key}`, 'accent'), span(words(each))]);
