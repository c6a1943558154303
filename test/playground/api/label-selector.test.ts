import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { parseLabelSelector } from '../../../src/playground/api/label-selector.js';

const LABELS = { app: 'web', tier: 'front', size: '7', 'example.com/part': 'a', empty: '' };

describe('a label selector', () => {
  const cases: readonly [selector: string, matches: boolean][] = [
    ['', true],
    ['app=web', true],
    ['app==web', true],
    ['app = web , tier = front', true],
    ['app=web,tier=back', false],
    ['app!=web', false],
    ['app!=db', true],
    ['absent!=x', true],
    ['app in (web, db)', true],
    ['app in (db)', false],
    ['app notin (db)', true],
    ['absent notin (db)', true],
    ['app notin (web)', false],
    ['absent in (a)', false],
    ['app', true],
    ['absent', false],
    ['!absent', true],
    ['!app', false],
    ['example.com/part=a', true],
    ['empty=', true],
    ['empty', true],
    ['app=', false],
    ['empty in ()', true],
    ['empty in (,a)', true],
    ['size>6', true],
    ['size<7', false],
    ['in in (a)', false],
    ['notin', false],
    ['constructor', false],
  ];
  for (const [selector, matches] of cases) {
    it(`${JSON.stringify(selector)} ${matches ? 'takes' : 'leaves'} the object`, () => {
      const parsed = parseLabelSelector(selector);
      assert.ok(parsed.ok, parsed.ok ? '' : parsed.error);
      assert.equal(parsed.value(LABELS), matches);
    });
  }

  const refused: readonly [selector: string, words: string][] = [
    ['a b', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    [',', "found ',', expected: !, identifier, or 'end of string'"],
    ['a,', "found '', expected: identifier after ','"],
    ['a in', "unable to parse requirement: found '' expected: '('"],
    ['a in (b', "unable to parse requirement: found '', expected: ',' or ')'"],
    ['a=b c', "found 'c', expected: ',' or 'end of string'"],
    ['!', "unable to parse requirement: found '', expected: identifier"],
  ];
  for (const [selector, words] of refused) {
    it(`${JSON.stringify(selector)} is refused`, () =>
      assert.deepEqual(parseLabelSelector(selector), { ok: false, error: words }));
  }

  for (const selector of ['-a', 'a/b/c', '/a', 'A.B/x=1', 'a=@', `a=${'x'.repeat(64)}`, 'size>x']) {
    it(`${selector.slice(0, 20)} is no name or value of a label`, () => assert.ok(!parseLabelSelector(selector).ok));
  }

  it('takes as long for a hostile text as for any other', () => {
    const startMs = performance.now();
    parseLabelSelector(`${'('.repeat(50_000)}${'a,'.repeat(50_000)}`);
    parseLabelSelector(`${'a,'.repeat(50_000)}`);
    assert.ok(performance.now() - startMs < 2_000);
  });
});
