import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { CapabilityError, requireNetRaw } from '../../src/linux/capabilities.js';
import { boottimeMs } from '../../src/linux/clock.js';
import {
  bind,
  close,
  ERRNO,
  errnoName,
  type Fd,
  LibcError,
  openPipe,
  openSocket,
  poll,
  read,
  recv,
  send,
  setsockopt,
  trySetsockopt,
  write,
} from '../../src/linux/libc.js';
import { PollSet } from '../../src/linux/poll-set.js';

const NOT_OPEN = 1_000_000 as Fd;
const AF_UNIX = 1;
const SOCK_DGRAM = 2;

const libcError = (code: string, syscall: string) => (error: unknown) => {
  assert.ok(error instanceof LibcError);
  assert.deepEqual({ code: error.code, syscall: error.syscall }, { code, syscall });
  return true;
};

describe('libc', () => {
  // biome-ignore format: table
  const refusals = [
    { name: 'an unknown address family',  code: 'EAFNOSUPPORT', syscall: 'socket',     call: () => openSocket(9_999, 3, 0, 'trying') },
    { name: 'a bind of what is not open', code: 'EBADF',        syscall: 'bind',       call: () => bind(NOT_OPEN, new Uint8Array(20), 'trying') },
    { name: 'an option of what is not open', code: 'EBADF',     syscall: 'setsockopt', call: () => setsockopt(NOT_OPEN, 1, 8, new Uint8Array(4), 'trying') },
  ];
  for (const { name, code, syscall, call } of refusals) {
    it(`throws ${code} for ${name}`, () => assert.throws(call, libcError(code, syscall)));
  }

  it('says what was being done, which call failed and why', () => {
    assert.throws(() => bind(NOT_OPEN, new Uint8Array(20), 'listening on link 7'), {
      message: 'listening on link 7: bind failed with EBADF',
      errno: ERRNO.EBADF,
    });
  });

  it('tells an option that the kernel does not know without throwing', () => {
    const fd = openSocket(AF_UNIX, SOCK_DGRAM, 0, 'trying');
    assert.equal(trySetsockopt(fd, 1, 9_999, new Uint8Array(4)), false);
    close(fd);
  });

  // biome-ignore format: table
  const everyday = [
    { name: 'recv', call: () => recv(NOT_OPEN, Buffer.alloc(1)) },
    { name: 'send', call: () => send(NOT_OPEN, Buffer.alloc(1)) },
    { name: 'read', call: () => read(NOT_OPEN, Buffer.alloc(1)) },
    { name: 'write', call: () => write(NOT_OPEN, Buffer.alloc(1)) },
  ];
  for (const { name, call } of everyday) {
    it(`answers the negative errno from ${name}`, () => assert.equal(call(), -ERRNO.EBADF));
  }

  it('never blocks on a pipe, be it empty or full', () => {
    const { readEnd, writeEnd } = openPipe();
    const page = Buffer.alloc(4_096);
    assert.equal(read(readEnd, page), -ERRNO.EAGAIN);
    let written = 0;
    while (write(writeEnd, page) === page.length) written += page.length;
    assert.ok(written >= page.length);
    assert.equal(write(writeEnd, page), -ERRNO.EAGAIN);
    close(readEnd);
    close(writeEnd);
  });

  // biome-ignore format: table
  const names = [
    { errno: 1,       want: 'EPERM' },
    { errno: 100,     want: 'ENETDOWN' },
    { errno: 123_456, want: 'errno 123456' },
    { errno: 0,       want: 'errno 0' },
  ];
  for (const { errno, want } of names) it(`calls ${errno} ${want}`, () => assert.equal(errnoName(errno), want));
});

describe('PollSet', () => {
  it('tells the descriptor that is ready, and only that one', () => {
    const [quiet, busy] = [openPipe(), openPipe()];
    const set = new PollSet();
    set.watch([quiet.readEnd, busy.readEnd]);
    assert.equal(set.isReady(busy.readEnd), false, 'before the first poll');
    assert.equal(poll(set.bytes, set.count, 0), 0);
    write(busy.writeEnd, Buffer.alloc(1));
    assert.equal(poll(set.bytes, set.count, 0), 1);
    assert.equal(set.isReady(quiet.readEnd), false);
    assert.equal(set.isReady(busy.readEnd), true);
    for (const fd of [quiet.readEnd, quiet.writeEnd, busy.readEnd, busy.writeEnd]) close(fd);
  });

  it('tells a descriptor whose other end is gone', () => {
    const { readEnd, writeEnd } = openPipe();
    const set = new PollSet();
    set.watch([readEnd]);
    close(writeEnd);
    assert.equal(poll(set.bytes, set.count, 0), 1);
    assert.equal(set.isReady(readEnd), true);
    close(readEnd);
  });

  it('knows nothing of a descriptor that it does not watch', () => {
    const set = new PollSet();
    set.watch([]);
    assert.equal(set.isReady(NOT_OPEN), false);
    assert.equal(set.count, 0);
  });
});

describe('boottimeMs', () => {
  it('never goes back, and goes on with the monotonic clock', () => {
    const [boottimeStart, start] = [boottimeMs(), performance.now()];
    let last = boottimeStart;
    while (performance.now() - start < 20) {
      const now = boottimeMs();
      assert.ok(now >= last);
      last = now;
    }
    assert.ok(last - boottimeStart >= 19, `${last - boottimeStart} ms of 20`);
  });
});

describe('requireNetRaw', () => {
  for (const code of ['EPERM', 'EACCES'] as const) {
    it(`names the capability, the remedy and the cause for ${code}`, () => {
      const cause = new LibcError('socket', ERRNO[code], 'trying');
      const call = () =>
        requireNetRaw(() => {
          throw cause;
        });
      assert.throws(call, (error) => {
        assert.ok(error instanceof CapabilityError);
        assert.equal(error.code, 'CAP_NET_RAW_MISSING');
        assert.equal(error.cause, cause);
        assert.match(error.message, /CAP_NET_RAW is missing.*capabilities\.add: \["NET_RAW"\].*setcap/);
        return true;
      });
    });
  }

  it('hands on any other failure', () => {
    const cause = new LibcError('socket', ERRNO.EMFILE, 'trying');
    assert.throws(
      () =>
        requireNetRaw(() => {
          throw cause;
        }),
      cause,
    );
  });

  it('answers what was opened', () =>
    assert.equal(
      requireNetRaw(() => 7),
      7,
    ));
});
