/**
 * The README's picture, made from a captured state of the playground by the view of today.
 * @module
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Picture } from '../src/playground/picture/picture.js';
import { renderSvg } from '../src/playground/picture/svg.js';
import { view } from '../src/playground/picture/view.js';

export const CAPTURE_FILE = 'test/vectors/playground.json';
export const PICTURE_FILE = 'docs/playground.svg';

const SIZE = { columns: 124, rows: 36 };
const ROOT = join(import.meta.dirname, '..');

export function renderPicture(): string {
  const picture = JSON.parse(readFileSync(join(ROOT, CAPTURE_FILE), 'utf8')) as Picture;
  return renderSvg(view(picture, SIZE), 'Cairn playground: a cable is cut, and another node answers for the addresses');
}
