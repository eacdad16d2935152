/**
 * Encodes bytes as printable ASCII: five characters for four bytes, where base64 takes five and a third. The digits 0 to
 * 84 are the characters from `#` to `w`, with `y` instead of `\`, so that JSON escapes none of them.
 *
 * @returns text that `base85Decoder` decodes
 */
export function base85(bytes: Uint8Array): string {
  const padded = Buffer.alloc(Math.ceil(bytes.length / 4) * 4);
  padded.set(bytes);
  let text = '';
  for (let at = 0; at < padded.length; at += 4) {
    const word = padded.readUInt32BE(at);
    text += [85 ** 4, 85 ** 3, 85 ** 2, 85, 1].map((unit) => digit(Math.floor(word / unit) % 85)).join('');
  }
  return text;
}

const FIRST_DIGIT = '#'.charCodeAt(0);
const BACKSLASH = '\\'.charCodeAt(0);
const REPLACEMENT = 'y'.charCodeAt(0);

function digit(value: number): string {
  const code = value + FIRST_DIGIT;
  return String.fromCharCode(code === BACKSLASH ? REPLACEMENT : code);
}

/**
 * Returns the source of an expression in JavaScript that decodes a text of `base85`.
 *
 * @param length of the bytes, without the padding
 */
export const base85Decoder = (text: string, length: number): string =>
  '((s,b=Buffer.alloc(s.length/5*4),i=0)=>{' +
  `for(;i<s.length;){let v=0,k=5;for(;k--;){const c=s.charCodeAt(i++);v=v*85+(c==${REPLACEMENT}?${BACKSLASH}:c)-${FIRST_DIGIT}}` +
  `b.writeUInt32BE(v,i/5*4-4)}return b.subarray(0,${length})})("${text}")`;
