import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'mocha';
import type { Picture, ServicePart } from '../../../src/playground/picture/picture.js';
import { type Line, widthOf } from '../../../src/playground/picture/spans.js';
import { view } from '../../../src/playground/picture/view.js';

/** As it was captured in a real playground, after a fail-over. */
const CAPTURED = JSON.parse(readFileSync(new URL('../../vectors/playground.json', import.meta.url), 'utf8')) as Picture;
const WIDE = { columns: 160, rows: 50 };

const textOf = (line: Line): string => line.map(({ text }) => text).join('');
const shown = (picture: Picture, size = WIDE): string => view(picture, size).map(textOf).join('\n');
const [WEB] = CAPTURED.services as readonly [ServicePart];
const withWeb = (change: Partial<ServicePart>): Picture => ({ ...CAPTURED, services: [{ ...WEB, ...change }] });

describe('view', () => {
  for (const size of [
    { columns: 160, rows: 50 },
    { columns: 80, rows: 24 },
    { columns: 40, rows: 10 },
    { columns: 10, rows: 1 },
  ]) {
    it(`fills ${size.columns} by ${size.rows} and no more`, () => {
      const lines = view(CAPTURED, size);
      assert.equal(lines.length, size.rows);
      for (const line of lines) assert.ok(widthOf(line) <= size.columns, textOf(line));
    });
  }

  it('has its keys in the last line, however few there are', () => {
    for (const rows of [1, 5, 24]) {
      const last = view(CAPTURED, { columns: 80, rows }).at(-1) ?? [];
      assert.match(textOf(last), /^c cut {2}p plug .* q quit$/);
    }
  });

  it('has all of its keys on a narrow terminal too', () => {
    for (const columns of [40, 60, 79, 80]) {
      const last = textOf(view(CAPTURED, { columns, rows: 10 }).at(-1) ?? []);
      assert.deepEqual(last.match(/\b[a-z]\b/g)?.join(''), 'cpkandxq', `${columns}: ${last}`);
      assert.match(last, / q quit$/);
    }
  });

  // biome-ignore format: table
  const says = [
    { name: 'the pool and how full it is',        picture: CAPTURED,                                   want: /default +192\.0\.2\.240-192\.0\.2\.250 +██░{9} +2 of 11/ },
    { name: 'one address of many as some',        picture: { ...CAPTURED, pools: [{ name: 'big', ranges: '10.0.0.0-10.0.0.255', used: 1, size: 256, autoAssign: true }] }, want: /big .*█░{10} +1 of 256/ },
    { name: 'a pool that waits to be asked for',  picture: CAPTURED,                                   want: /on-request .* 0 of 8 +on request/ },
    { name: 'a Service and who owns its address', picture: withWeb({ announcedBy: 'node-2', arp: ['node-2'] }), want: /1 +web +192\.0\.2\.240 +80\/TCP +node-2 +node-2/ },
    { name: 'the namespace of others',            picture: withWeb({ key: 'shop/web' }),               want: /shop\/web/ },
    { name: 'why a Service waits',                picture: withWeb({ address: undefined, reason: 'PoolFull', traffic: undefined }), want: /<pending> PoolFull/ },
    { name: 'that nobody answers ARP',            picture: withWeb({ arp: [] }),                       want: /nobody/ },
    { name: 'two that answer at once',            picture: withWeb({ arp: ['node-2', 'stranger'] }),   want: /node-2 \+ stranger/ },
    { name: 'a cable that is cut',                picture: CAPTURED,                                   want: /node-\d +192\.0\.2\.\d+ +cable cut/ },
    { name: 'a dead speaker',                     picture: { ...CAPTURED, nodes: CAPTURED.nodes.map((node) => ({ ...node, speaker: 'dead' as const })) }, want: /speaker dead/ },
    { name: 'an API server that is away',         picture: { ...CAPTURED, apiAnswers: false },         want: /does not answer/ },
    { name: 'how long it has run',                picture: { ...CAPTURED, upMs: 754_000 },             want: /12:34$/m },
    { name: 'that there is no Service',           picture: { ...CAPTURED, services: [] },              want: /no Service of type LoadBalancer/ },
    { name: 'which to choose from',               picture: { ...CAPTURED, prompt: { kind: 'which', verb: 'cut', choices: [{ digit: 3, name: 'node-3' }] } as const }, want: /Cut the cable of which node\? +3 node-3/ },
    { name: 'a long silence in seconds',          picture: withWeb({ traffic: { answersPerSecond: 0, lastAnswerer: 'a', longestGapMs: 12_345, silentForMs: 0 } }), want: /12\.3 s/ },
  ];
  for (const { name, picture, want } of says) {
    it(`says ${name}`, () => assert.match(shown(picture), want));
  }

  it('shows an owner whom ARP contradicts as no good one', () => {
    const agreed = withWeb({ announcedBy: 'node-2', arp: ['node-2'] });
    assert.equal(
      view(agreed, WIDE)
        .flat()
        .filter(({ text, tone }) => text.trim() === 'node-2' && tone === 'good').length,
      1,
    );
    const row =
      view(withWeb({ announcedBy: 'node-2', arp: ['node-3'] }), WIDE).find((line) => textOf(line).includes('80/TCP')) ??
      [];
    assert.equal(row.find(({ text }) => text.trim() === 'node-3')?.tone, 'warn');
  });

  it('shows the newest requests and events when there is no room for all', () => {
    const text = shown(CAPTURED, { columns: 160, rows: 32 });
    assert.ok(text.includes(CAPTURED.requests.at(-1)?.at ?? '?'));
    assert.ok(text.includes(CAPTURED.happenings.at(-1)?.text ?? '?'));
    assert.ok(!text.includes(CAPTURED.requests[0]?.at ?? '?'));
  });
});
