/**
 * What names may hold that people read in lists: of users, groups, workflows and files.
 *
 * Two names that look alike must not stand for two participants, and no name may change how what stands beside it is
 * read. Sources: Unicode Technical Standard 39, "Unicode Security Mechanisms"; Unicode Standard Annex 15 (NFKC).
 */
import { hasLostText } from './unicode-text.ts';

/** Joiners, which Persian, Indic scripts and emoji need, and the variants of a character. */
const IGNORED = /\u200c|\u200d|[\ufe00-\ufe0f]/g;
/** Controls, what directs writing, what is not seen, and line ends. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
const ALL_HIDDEN = new RegExp(HIDDEN, 'gu');

/**
 * The first character of a name that no name may hold, with the reason, as `U+202E, which is not seen`; undefined when
 * there is none.
 */
export function findForbiddenCharacter(name: string): string | undefined {
  const code = HIDDEN.exec(name.replace(IGNORED, ''))?.[0].codePointAt(0);
  if (code !== undefined) return `U+${code.toString(16).toUpperCase().padStart(4, '0')}, which is not seen`;
  return hasLostText(name) ? 'U+FFFD, which stands for text that was lost' : undefined;
}

/** A name with something in the place of each character that is not seen. */
export const withoutHidden = (name: string, replacement: string): string =>
  name.replace(ALL_HIDDEN, (found) => (found.replace(IGNORED, '') === '' ? found : replacement));

/** The form in which names are stored: composed, so that what was typed on two systems is one text (UAX 15, NFC). */
export const storedName = (name: string): string => name.normalize('NFC');

/**
 * What a name is compared by: names with the same form are the same name. Width, ligatures, case and joiners do not
 * count.
 */
export function comparableName(name: string): string {
  const plain = name.replace(IGNORED, '').normalize('NFKC').replace(IGNORED, '');
  // By upper case first, since some letters have several lower ones: ß and ss, σ and ς.
  return plain.toUpperCase().toLowerCase().replaceAll('ς', 'σ').normalize('NFKC');
}

/** Letters of other scripts, and digits, that look like a Latin letter in most fonts. */
const LOOKS_LIKE = new Map(
  [
    ['аАɑαΑ', 'a'],
    ['ВЬ', 'b'],
    ['сϲС', 'c'],
    ['ԁ', 'd'],
    ['еёЕΕ', 'e'],
    ['НΗһ', 'h'],
    ['іїІΙιı1lI|', 'i'],
    ['јЈ', 'j'],
    ['кКΚκ', 'k'],
    ['мМΜ', 'm'],
    ['Νոո', 'n'],
    ['оОοΟσ0', 'o'],
    ['рРρΡ', 'p'],
    ['ԛ', 'q'],
    ['ѕЅ', 's'],
    ['тТΤτ', 't'],
    ['υս', 'u'],
    ['ѵν', 'v'],
    ['ԝω', 'w'],
    ['хХχΧ', 'x'],
    ['уУγΥ', 'y'],
    ['ΖZ', 'z'],
  ].flatMap(([letters = '', latin = '']) => [...letters].map((letter) => [letter, latin] as const)),
);

/** What a name looks like: names with the same form are easily taken for each other. Not every likeness is known. */
export function looksLike(name: string): string {
  const letters = [...name.replace(IGNORED, '').normalize('NFKC')];
  return comparableName(letters.map((letter) => LOOKS_LIKE.get(letter) ?? letter).join('')).replaceAll(
    /\s+/g,
    ' ',
  );
}
