import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { announcement, probe, replyTo, request } from '../../src/arp/arp.js';
import { type Answerer, judge } from '../../src/speaker/answer.js';
import { BROADCAST, NO_MAC } from '../../src/values/mac.js';
import { ip, mac } from '../support/values.js';

const SELF = mac('00:00:5e:00:53:01');
const SECOND_LINK = mac('00:00:5e:00:53:02');
const ASKER = mac('00:00:5e:00:53:0a');
const GROUP = mac('01:00:5e:00:53:0a');
const VIP = ip('192.0.2.240');
const ASKED = request(ASKER, ip('192.0.2.1'), VIP);
const ANSWERER: Answerer = {
  self: SELF,
  own: new Set([SELF, SECOND_LINK]),
  fenced: false,
  holds: (held) => held === VIP,
};
const fenced = { ...ANSWERER, fenced: true };

describe('judge', () => {
  // biome-ignore format: table
  const cases = [
    { name: 'answers a question to everybody',             to: BROADCAST,   packet: ASKED,                                          answerer: ANSWERER, want: 'answer' },
    { name: 'answers a question to us alone',              to: SELF,        packet: ASKED,                                          answerer: ANSWERER, want: 'answer' },
    { name: 'answers a probe',                             to: BROADCAST,   packet: probe(ASKER, VIP),                              answerer: ANSWERER, want: 'answer' },
    { name: 'leaves a reply alone',                        to: SELF,        packet: replyTo(ASKED, ASKER),                          answerer: ANSWERER, want: 'not-a-request' },
    { name: 'leaves another address to its owner',         to: BROADCAST,   packet: request(ASKER, ip('192.0.2.1'), ip('192.0.2.2')), answerer: ANSWERER, want: 'not-held-here' },
    { name: 'leaves a question to another host alone',     to: SECOND_LINK, packet: ASKED,                                          answerer: ANSWERER, want: 'to-another-host' },
    { name: 'answers no announcement',                     to: BROADCAST,   packet: announcement(ASKER, VIP),                       answerer: ANSWERER, want: 'announcement' },
    { name: 'sends no answer to a group',                  to: BROADCAST,   packet: request(GROUP, ip('192.0.2.1'), VIP),           answerer: ANSWERER, want: 'bad-sender' },
    { name: 'sends no answer to nobody',                   to: BROADCAST,   packet: request(NO_MAC, ip('192.0.2.1'), VIP),          answerer: ANSWERER, want: 'bad-sender' },
    { name: 'sends no answer to itself',                   to: BROADCAST,   packet: probe(SECOND_LINK, VIP),                        answerer: ANSWERER, want: 'bad-sender' },
    { name: 'says nothing after a freeze',                 to: BROADCAST,   packet: ASKED,                                          answerer: fenced,   want: 'fenced' },
  ];
  for (const { name, to, packet, answerer, want } of cases) {
    it(name, () => {
      const verdict = judge({ destination: to, source: packet.senderMac, etherType: 0x0806 }, packet, answerer);
      if (want === 'answer') assert.deepEqual(verdict, { answer: true, reply: replyTo(packet, SELF), to: ASKER });
      else assert.deepEqual(verdict, { answer: false, because: want });
    });
  }
});
