import { describe, expect, it } from 'vitest';
import { inPieces } from '../../shared/volumes/part-writer.ts';

describe('inPieces', () => {
  const piecesOf = async (chunks: readonly string[], size: number) => {
    async function* stream() {
      yield* chunks.map((chunk) => Buffer.from(chunk));
    }
    return (await Array.fromAsync(inPieces(stream(), size))).map(String);
  };

  it.each([
    [[], []],
    [[''], []],
    [['ab'], ['ab']],
    [['abc'], ['abc']],
    [
      ['a', 'b', '', 'c', 'd'],
      ['abc', 'd'],
    ],
    [['abcdefgh'], ['abc', 'def', 'gh']],
    [
      ['ab', 'cdefghi', 'j'],
      ['abc', 'def', 'ghi', 'j'],
    ],
  ])('splits %j into %j', async (chunks, pieces) => {
    expect(await piecesOf(chunks, 3)).toEqual(pieces);
  });
});
