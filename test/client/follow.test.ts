import { describe, expect, it } from 'vitest';
import { follow, type Known } from '../../shared/client/follow.ts';
import type { Polled } from '../../shared/client/transport.ts';

/** Follows scripted responses; returns what was asked, and the pauses between. */
async function played(responses: readonly Partial<Polled<string>>[]) {
  const asked: Known[] = [];
  const pauses: number[] = [];
  const seen: string[] = [];
  const last = await follow<string>(
    async (known) => {
      asked.push(known);
      return { value: undefined, etag: '"1"', pollAfter: undefined, ...responses[asked.length - 1] };
    },
    {
      isOver: (value) => value === 'end',
      onChange: (value) => seen.push(value),
      pause: async (ms) => void pauses.push(Math.round(ms)),
    },
  );
  return { asked, pauses, seen, last };
}

describe('following something over HTTP', () => {
  it('asks no more often than the server wants, and less often as time passes', async () => {
    const unchanged = Array.from({ length: 12 }, () => ({ pollAfter: 1 }));
    const { pauses, seen, last } = await played([{ value: 'begun' }, ...unchanged, { value: 'end' }]);
    expect(pauses[0]).toBe(200);
    expect(pauses.slice(1).every((ms) => ms >= 1000)).toBe(true);
    expect(pauses.at(-1)).toBe(2000);
    expect([seen, last]).toEqual([['begun', 'end'], 'end']);
  });

  it('waits five seconds while the server says that the run waits', async () => {
    const { pauses } = await played([
      { value: 'begun' },
      { pollAfter: 5 },
      { pollAfter: 5 },
      { value: 'end' },
    ]);
    expect(pauses).toEqual([200, 5000, 5000]);
  });

  it('asks a server that held the request again at once', async () => {
    const { pauses, asked } = await played([
      { value: 'begun' },
      { pollAfter: 0 },
      { pollAfter: 0 },
      { value: 'end' },
    ]);
    expect(pauses).toEqual([200]);
    expect(asked.map(({ etag }) => etag)).toEqual([undefined, '"1"', '"1"', '"1"']);
    expect(asked.every(({ wait }) => wait === 20)).toBe(true);
  });

  it('pauses with servers that send neither ETag nor Poll-After', async () => {
    const plain = { etag: undefined };
    const { pauses } = await played([
      { value: 'begun', ...plain },
      { value: 'more', ...plain },
      { value: 'end', ...plain },
    ]);
    expect(pauses).toEqual([200, 260]);
  });
});
