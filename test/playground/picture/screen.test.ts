import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { Screen, wantsColour } from '../../../src/playground/picture/screen.js';
import { type Line, span } from '../../../src/playground/picture/spans.js';
import { renderSvg } from '../../../src/playground/picture/svg.js';

const line = (text: string): Line => [span(text)];

function written(...frames: readonly (readonly Line[])[]): readonly string[] {
  const writes: string[] = [];
  const screen = new Screen({ write: (text) => writes.push(text) });
  for (const frame of frames) screen.show(frame);
  return writes;
}

describe('Screen', () => {
  it('writes each line at its place', () => {
    assert.deepEqual(written([line('a'), line('b')]), ['\x1b[1;1Ha\x1b[K\x1b[2;1Hb\x1b[K']);
  });

  it('writes again only what changed', () => {
    assert.deepEqual(written([line('a'), line('b')], [line('a'), line('c')]).at(-1), '\x1b[2;1Hc\x1b[K');
  });

  it('writes nothing when nothing changed', () => {
    assert.equal(written([line('a')], [line('a')]).length, 1);
  });

  it('uses no colour where none is wanted', () => {
    const writes: string[] = [];
    const screen = new Screen({ write: (text) => writes.push(text) }, wantsColour({ NO_COLOR: '1' }));
    screen.show([[span('a', 'good'), span('b', 'bad'), span('c', 'dim')]]);
    assert.deepEqual(writes, ['\x1b[1;1Ha\x1b[1mb\x1b[0m\x1b[2mc\x1b[0m\x1b[K']);
    assert.equal(wantsColour({ NO_COLOR: '' }), true);
    assert.equal(wantsColour({}), true);
  });

  it('lets no control character of a server reach the terminal', () => {
    assert.deepEqual(written([line('a\x1b[2Jb\x9bc\r\n')]), ['\x1b[1;1Ha·[2Jb·c··\x1b[K']);
  });
});

describe('renderSvg', () => {
  it('escapes what XML would read', () => {
    const svg = renderSvg([line('<pending> & "more"')], 'a < b');
    assert.match(svg, /&lt;pending&gt; &amp; &quot;more&quot;<\/text>/);
    assert.match(svg, /<title>a &lt; b<\/title>/);
  });

  it('places each span at its own column', () => {
    const svg = renderSvg([[span('ab'), span('  cd', 'good')]], '');
    assert.deepEqual(
      [...svg.matchAll(/<text x="([\d.]+)"/g)].map(([, x]) => Number(x)),
      [14, 42.8],
    );
  });
});
