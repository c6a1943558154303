import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import {
  isDnsLabel,
  isDnsSubdomain,
  parseNodeName,
  parsePoolName,
  parseServiceKey,
  serviceKey,
  splitServiceKey,
} from '../../src/values/names.js';

describe('isDnsLabel', () => {
  // biome-ignore format: table
  const cases = [
    { name: 'knows a word',                text: 'web',            want: true },
    { name: 'knows one character',         text: 'w',              want: true },
    { name: 'knows a leading digit',       text: '1-web',          want: true },
    { name: 'knows 63 characters',         text: 'a'.repeat(63),   want: true },
    { name: 'refuses 64 characters',       text: 'a'.repeat(64),   want: false },
    { name: 'refuses nothing at all',      text: '',               want: false },
    { name: 'refuses capitals',            text: 'Web',            want: false },
    { name: 'refuses a dash before',       text: '-web',           want: false },
    { name: 'refuses a dash after',        text: 'web-',           want: false },
    { name: 'refuses a dot',               text: 'web.shop',       want: false },
    { name: 'refuses an underscore',       text: 'web_shop',       want: false },
    { name: 'refuses a line end after',    text: 'web\n',          want: false },
  ];
  for (const { name, text, want } of cases) {
    it(name, () => assert.equal(isDnsLabel(text), want));
  }
});

describe('isDnsSubdomain', () => {
  // biome-ignore format: table
  const cases = [
    { name: 'knows a word',                             text: 'node-1',                                  want: true },
    { name: 'knows words with dots',                    text: 'ip-10-0-0-1.eu.compute.internal',         want: true },
    { name: 'knows a label above 63 characters',        text: `${'a'.repeat(64)}.example`,               want: true },
    { name: 'knows 253 characters',                     text: 'a'.repeat(253),                           want: true },
    { name: 'refuses 254 characters',                   text: 'a'.repeat(254),                           want: false },
    { name: 'refuses nothing at all',                   text: '',                                        want: false },
    { name: 'refuses an empty label',                   text: 'a..b',                                    want: false },
    { name: 'refuses a dot at the end',                 text: 'a.b.',                                    want: false },
    { name: 'refuses a label that ends with a dash',    text: 'a-.b',                                    want: false },
    { name: 'refuses capitals',                         text: 'Node',                                    want: false },
    { name: 'refuses a slash',                          text: 'a/b',                                     want: false },
  ];
  for (const { name, text, want } of cases) {
    it(name, () => assert.equal(isDnsSubdomain(text), want));
    it(`${name}, as a node's name`, () => assert.equal(parseNodeName(text), want ? text : undefined));
  }
});

describe('parsePoolName', () => {
  it('reads any text', () => assert.equal(parsePoolName('Rack 1, west'), 'Rack 1, west'));
  it('refuses nothing at all', () => assert.equal(parsePoolName(''), undefined));
});

describe('parseServiceKey', () => {
  // biome-ignore format: table
  const cases = [
    { name: 'reads namespace and name',   text: 'shop/web',     want: 'shop/web' },
    { name: 'refuses a name alone',       text: 'web',          want: undefined },
    { name: 'refuses three parts',        text: 'a/b/c',        want: undefined },
    { name: 'refuses an empty namespace', text: '/web',         want: undefined },
    { name: 'refuses an empty name',      text: 'shop/',        want: undefined },
    { name: 'refuses a bad namespace',    text: 'Shop/web',     want: undefined },
    { name: 'refuses a bad name',         text: 'shop/web.eu',  want: undefined },
  ];
  for (const { name, text, want } of cases) {
    it(name, () => assert.equal(parseServiceKey(text), want));
  }
});

describe('splitServiceKey', () => {
  it('gives back what serviceKey was made of', () => {
    assert.deepEqual(splitServiceKey(serviceKey('shop', 'web')), { namespace: 'shop', name: 'web' });
  });
});
