import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readStreamEnd, readStreamPage } from '../../shared/runs/logs/stream-page.ts';

/** Bytes that are valid UTF-8 in part only. */
const bytes = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 5 }).map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 4 }).map((part) => Buffer.from(part)),
      fc.constantFrom('é', '€', '🏆').map((text) => Buffer.from(text).subarray(0, 2)),
    ),
    { maxLength: 30 },
  )
  .map((parts) => Buffer.concat(parts));

const whole = (content: Buffer) => ({
  size: content.length,
  parts: [{ start: 0, length: content.length, at: 0 }],
});
const readerOf = (content: Buffer) => async (at: number, length: number) => content.subarray(at, at + length);

/** Reads all pages from the beginning. */
async function pagesOf(content: Buffer, limit: number, isEnded = true, from = 0) {
  const texts: string[] = [];
  let after = from;
  for (;;) {
    const page = await readStreamPage(whole(content), readerOf(content), { after, limit, isEnded });
    texts.push(page.text);
    if (page.next === after) return { text: texts.join(''), next: after };
    expect(page.start).toBe(after);
    expect(page.next - after).toBeLessThanOrEqual(Math.max(4, limit));
    after = page.next;
  }
}

describe('the pages of a stream', () => {
  it('are its text together, whatever their size and its bytes', async () => {
    await fc.assert(
      fc.asyncProperty(bytes, fc.integer({ min: 1, max: 40 }), async (content, limit) => {
        expect(await pagesOf(content, limit)).toEqual({ text: content.toString(), next: content.length });
      }),
    );
  });

  it('are the same while it grows, wherever it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(bytes, fc.nat(60), fc.integer({ min: 1, max: 40 }), async (content, cut, limit) => {
        const early = await pagesOf(content.subarray(0, cut), limit, false);
        const late = await pagesOf(content, limit, true, early.next);
        expect(early.text + late.text).toBe(content.toString());
      }),
    );
  });

  it('leave out what is not stored, and begin with a whole character after it', async () => {
    await fc.assert(
      fc.asyncProperty(bytes, bytes, fc.integer({ min: 1, max: 1000 }), async (head, tail, gap) => {
        const start = head.length + gap;
        const parts = [
          { start: 0, length: head.length, at: 0 },
          { start, length: tail.length, at: head.length },
        ];
        const stream = { size: start + tail.length, parts };
        const read = readerOf(Buffer.concat([head, tail]));
        const texts: string[] = [];
        for (let after = 0; ; ) {
          const page = await readStreamPage(stream, read, { after, limit: 16, isEnded: true });
          texts.push(page.text);
          if (page.next === after) break;
          after = page.next;
        }
        const skipped = /^\ufffd*/;
        const end = tail.toString();
        const all = texts.join('');
        expect(all.startsWith(head.toString())).toBe(true);
        const rest = all.slice(head.toString().length);
        expect(rest.replace(skipped, '')).toBe(end.replace(skipped, ''));
      }),
    );
  });

  it('end with the last characters', async () => {
    const content = Buffer.from('a€🏆');
    for (const [limit, text, start] of [
      [4, '🏆', 4],
      [5, '🏆', 4],
      [7, '€🏆', 1],
      [99, 'a€🏆', 0],
    ] as const) {
      const page = await readStreamEnd(whole(content), readerOf(content), { limit, isEnded: true });
      expect(page).toEqual({ text, start, next: 8 });
    }
  });

  it('begin at the end for a position beyond it, as after another attempt', async () => {
    const content = Buffer.from('abc');
    const page = await readStreamPage(whole(content), readerOf(content), { after: 99, isEnded: false });
    expect(page).toEqual({ text: '', start: 3, next: 3 });
  });
});
