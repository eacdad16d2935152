import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { base85, base85Decoder } from '../../infra/bundle/base85.ts';

it('decodes what it encodes to text that JSON does not escape', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const text = base85(bytes);
      expect(text).toHaveLength(Math.ceil(bytes.length / 4) * 5);
      expect(JSON.stringify(text)).toBe(`"${text}"`);
      const decoded = runInNewContext(base85Decoder(text, bytes.length), { Buffer });
      expect([...decoded]).toEqual([...bytes]);
    }),
  );
});
