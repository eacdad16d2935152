/** Links in instructions: Markdown, with the tags of HTML that Markdown allows. */

/** Maximum number of links that are read; instructions have a few. */
const MAX_LINKS = 1_000;

/** Code blocks and code spans, which contain no links. */
const FENCE = /^ {0,3}(?:```|~~~)/;
const SPAN = /`[^`\n]*`/g;
/** `[text](target)` and `![text](target "title")`: the part from the end of the text. */
const INLINE = /\]\(<?([^\s()<>[\]]+)/g;
/** `[name]: target` */
const DEFINITION = /^ {0,3}\[[^\]\n]{1,200}\]:[ \t]*<?([^\s<>]+)/;
/** `<a href="target">` and `<img src="target">` */
const ATTRIBUTE = /\b(?:href|src)=["']([^"'\s<>]+)/g;
/** An absolute address, such as `https://…` and `mailto:…`; a path of the server; a heading of the same page. */
const ELSEWHERE = /^(?:[a-z][a-z0-9+.-]*:|\/|#|\?)/i;

/** Returns the relative paths to which instructions link, each once, without a heading after `#`. */
export function relativeLinks(text: string): string[] {
  const links = new Set<string>();
  let isCode = false;
  for (const line of text.split('\n')) {
    if (FENCE.test(line)) isCode = !isCode;
    if (isCode || links.size >= MAX_LINKS) continue;
    const prose = line.replace(SPAN, '');
    const targets = [
      ...[...prose.matchAll(INLINE)].map(([, target]) => target),
      ...[...prose.matchAll(ATTRIBUTE)].map(([, target]) => target),
      DEFINITION.exec(prose)?.[1],
    ];
    for (const target of targets) {
      if (target === undefined || ELSEWHERE.test(target) || target.startsWith('$')) continue;
      links.add(decoded(target.split(/[#?]/)[0] ?? ''));
    }
  }
  return [...links];
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
