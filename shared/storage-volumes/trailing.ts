/** Returns text without the given character at its end, in linear time. A root of only that character stays if `least` is 1. */
export function withoutTrailing(text: string, character: string, least = 0): string {
  let end = text.length;
  while (end > least && text[end - 1] === character) end -= 1;
  return text.slice(0, end);
}
