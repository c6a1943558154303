import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { ApiError } from '../../src/kube/api-error.js';
import type { RequestOptions } from '../../src/kube/client.js';
import { EventRecorder, type Note, type Regarding } from '../../src/kube/events.js';
import { FakeClock } from '../support/clock.js';

const service = (name: string): Regarding => ({
  kind: 'Service',
  meta: { namespace: 'shop', name, uid: `uid-${name}`, resourceVersion: '7' },
});
const note = (message: string, reason = 'Assigned', about = 'AddressAssigned'): Note => ({
  type: 'Normal',
  reason,
  message,
  about,
});

interface SentEvent {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly reason: string;
  readonly message: string;
}

describe('EventRecorder', () => {
  let clock: FakeClock;
  let events: EventRecorder;
  let sent: SentEvent[];
  let paths: string[];
  let refusal: ApiError | undefined;
  let maySend: boolean;
  let warned: string[];
  let stop: AbortController;
  let ended: Promise<void>;

  beforeEach(() => {
    clock = new FakeClock();
    sent = [];
    paths = [];
    refusal = undefined;
    maySend = true;
    warned = [];
    const log = { debug() {}, info() {}, warn: (_: object, message: string) => warned.push(message), error() {} };
    const client = {
      request: async <T>(_method: unknown, path: string, options: Pick<RequestOptions, 'body' | 'mayBeSent'> = {}) => {
        paths.push(path);
        if (options.mayBeSent?.() === false) throw new ApiError(0, 'Withheld', 'too late');
        if (refusal !== undefined) throw refusal;
        sent.push(options.body as SentEvent);
        return {} as T;
      },
      watch: () => assert.fail(),
      close() {},
    };
    const common = { client, clock, log, mayBeSent: () => maySend };
    events = new EventRecorder({ ...common, component: 'cairn-controller', instance: 'pod-1' });
    stop = new AbortController();
    ended = events.run(stop.signal);
  });
  afterEach(async () => {
    stop.abort();
    await ended;
  });
  it('gives way to urgent work until that is done', async () => {
    let finish = () => {};
    const work = new Promise<void>((resolve) => {
      finish = resolve;
    });
    events.giveWayTo(() => work);
    events.record(service('web'), note('first'));
    assert.deepEqual(await messages(), []);
    finish();
    assert.deepEqual(await messages(), ['first']);
  });

  it('gives way to work that never ends for some seconds only, and all events of that time together', async () => {
    events.giveWayTo(() => new Promise(() => {}));
    for (const name of ['a', 'b', 'c', 'd']) events.record(service(name), note(name));
    await clock.step(29_999);
    assert.deepEqual(await messages(), []);
    await clock.step(1);
    assert.deepEqual((await messages()).toSorted(), ['a', 'b', 'c', 'd']);
  });

  it('leaves nothing at the signal of the term, however many events it sends', async () => {
    const before = getEventListeners(stop.signal, 'abort').length;
    const { any } = AbortSignal;
    let composed = 0;
    // What it makes of a signal is no listener there, and can be counted nowhere else.
    AbortSignal.any = (signals) => {
      composed++;
      return any.call(AbortSignal, signals);
    };
    try {
      for (let n = 0; n < 30; n++) events.record(service(`svc-${n}`), note('has an address'));
      assert.equal((await messages()).length, 30);
    } finally {
      AbortSignal.any = any;
    }
    assert.deepEqual([getEventListeners(stop.signal, 'abort').length, composed, clock.pending], [before, 0, 0]);
  });

  it('ends at once while it gives way', async () => {
    events.giveWayTo(() => new Promise(() => {}));
    events.record(service('web'), note('first'));
    await clock.settle();
    stop.abort();
    await ended;
    assert.deepEqual([sent, clock.pending, getEventListeners(stop.signal, 'abort').length], [[], 0, 0]);
  });

  const messages = async () => {
    await clock.settle();
    return sent.map(({ message }) => message);
  };

  it('sends an event to the namespace of its object', async () => {
    events.record(service('web'), note('has 192.0.2.240'));
    await clock.settle();
    assert.deepEqual(paths, ['/api/v1/namespaces/shop/events']);
    const [event] = sent;
    assert.match(event?.metadata.name ?? '', /^web\.[0-9a-f]{16}$/);
    assert.deepEqual(
      { ...event, metadata: undefined },
      {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: undefined,
        involvedObject: {
          apiVersion: 'v1',
          kind: 'Service',
          namespace: 'shop',
          name: 'web',
          uid: 'uid-web',
          resourceVersion: '7',
        },
        type: 'Normal',
        reason: 'Assigned',
        message: 'has 192.0.2.240',
        firstTimestamp: '2026-07-01T12:00:00Z',
        lastTimestamp: '2026-07-01T12:00:00Z',
        count: 1,
        source: { component: 'cairn-controller', host: 'pod-1' },
        reportingComponent: 'cairn-controller',
        reportingInstance: 'pod-1',
      },
    );
  });

  it('does not repeat what the last event of a story said', async () => {
    for (let n = 0; n < 10; n++) events.record(service('web'), note('one'));
    events.record(service('web'), note('two'));
    events.record(service('web'), note('one'));
    assert.deepEqual(await messages(), ['one', 'two', 'one']);
  });

  const passing = (message: string): Note => ({ ...note(message, 'Waiting', 'Announced'), mayPass: true });

  it('tells nothing of a state that passes', async () => {
    events.record(service('web'), passing('nobody'));
    await clock.step(2_000);
    events.record(service('web'), passing('nobody, but soon node-a'));
    await clock.step(2_000);
    events.record(service('web'), note('by node-a', 'Announced', 'Announced'));
    await clock.step(60_000);
    assert.deepEqual(await messages(), ['by node-a']);
  });

  it('tells once of a state that was to pass and stays, in the words of now', async () => {
    for (let second = 0; second < 5; second++) {
      events.record(service('web'), passing(`after ${second} s`));
      assert.deepEqual(await messages(), []);
      await clock.step(1_000);
    }
    await clock.step(60_000);
    assert.deepEqual(await messages(), ['after 4 s']);
  });

  it('says nothing twice for a state that passed in between', async () => {
    const announced = note('by node-a', 'Announced', 'Announced');
    for (const each of [announced, passing('nobody'), announced]) events.record(service('web'), each);
    await clock.step(60_000);
    assert.deepEqual(await messages(), ['by node-a']);
  });

  it('tells nothing of what had not passed when its object went', async () => {
    for (const name of ['web', 'mail']) events.record(service(name), passing(name));
    events.gone(service('web'));
    await clock.step(60_000);
    assert.deepEqual(await messages(), ['mail']);
  });

  it('tells nothing of what had not passed when its story ended, and ends no other story by that', async () => {
    for (const name of ['web', 'mail']) events.record(service(name), passing(name));
    events.record(service('web'), note('has an address'));
    events.endStory(service('web'), 'Announced');
    await clock.step(60_000);
    events.record(service('web'), note('has an address'));
    assert.deepEqual(await messages(), ['has an address', 'mail']);
  });

  it('says again what an ended story said last, as often as a story may speak', async () => {
    for (let n = 0; n < 100; n++) {
      events.record(service('web'), note('has an address'));
      events.endStory(service('web'), 'AddressAssigned');
    }
    assert.equal((await messages()).length, 25);
  });

  it('sends nothing once it may not: another leads by then', async () => {
    events.record(service('web'), note('first'));
    await clock.settle();
    maySend = false;
    events.record(service('web'), note('second'));
    assert.deepEqual(await messages(), ['first']);
    assert.deepEqual(warned, []);
  });

  it('sends what it might not for a moment, as while the lease was late, once it may', async () => {
    maySend = false;
    events.record(service('web'), note('first'));
    assert.deepEqual(await messages(), []);
    maySend = true;
    await clock.step(1_000);
    assert.deepEqual(await messages(), ['first']);
  });

  it('leaves nothing behind of what had not passed when it ends', async () => {
    events.record(service('web'), passing('nobody'));
    stop.abort();
    await ended;
    assert.equal(clock.pending, 0);
  });

  it('keeps the stories of an object, and those of objects, apart', async () => {
    for (let n = 0; n < 3; n++) {
      events.record(service('web'), note('assigned'));
      events.record(service('web'), note('announced', 'Announced', 'Announced'));
      events.record(service('mail'), note('assigned'));
    }
    assert.deepEqual(await messages(), ['assigned', 'announced', 'assigned']);
  });

  it('bounds the events of a story that flips to and fro, and lets it speak again later', async () => {
    for (let n = 0; n < 100; n++) events.record(service('web'), note(`state ${n % 2}`));
    assert.equal((await messages()).length, 25);
    await clock.step(300_000);
    events.record(service('web'), note('at rest'));
    assert.equal((await messages()).at(-1), 'at rest');
  });

  it('forgets the stories longest without a note, and only those', async () => {
    for (let n = 0; n < 10_000; n++) events.record(service(`svc-${n}`), note('first'));
    events.record(service('svc-0'), note('second'));
    events.record(service('one-more'), note('first'));
    while (sent.length < 10_002) await clock.settle();
    for (const name of ['svc-500', 'svc-1', 'one-more']) events.record(service(name), note('first'));
    await clock.settle();
    assert.deepEqual(
      sent.slice(10_002).map(({ metadata }) => metadata.name.split('.')[0]),
      ['svc-1'],
    );
  });

  it('goes on after an event that the server refuses', async () => {
    refusal = new ApiError(403, 'Forbidden', 'namespace is being deleted');
    events.record(service('web'), note('one'));
    await clock.settle();
    refusal = undefined;
    events.record(service('web'), note('two'));
    assert.deepEqual(await messages(), ['two']);
    assert.deepEqual(warned, ['an event was not accepted']);
  });

  it('shortens a message that the API would refuse', async () => {
    events.record(service('web'), note('x'.repeat(5_000)));
    const [message] = await messages();
    assert.equal(message?.length, 1_024);
  });
});
