/**
 * Rules for names that people read in lists: of users, groups, workflows and files.
 *
 * Two participants must not have names that look alike, and a name must not change how adjacent text is read. Sources:
 * Unicode Technical Standard 39, "Unicode Security Mechanisms"; Unicode Standard Annex 15 (NFKC).
 */
import { hasLostText } from './unicode-text.ts';

/** Joiners, which Persian, Indic scripts and emoji need, and variation selectors. */
const IGNORED = /\u200c|\u200d|[\ufe00-\ufe0f]/g;
/**
 * Control characters, characters that change the writing direction, invisible characters with the blank of Braille,
 * which is no space in Unicode, and line ends.
 */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u;
const ALL_HIDDEN = new RegExp(HIDDEN, 'gu');

/**
 * Returns the first forbidden character of a name with the reason, as `U+202E, which is invisible`; undefined if there
 * is none. Joiners are forbidden where they join nothing, in a name without any other character.
 */
export function findForbiddenCharacter(name: string): string | undefined {
  const others = name.replace(IGNORED, '').trim();
  const [found] = HIDDEN.exec(others) ?? (others === '' ? name.trim() : '');
  const code = found?.codePointAt(0);
  if (code !== undefined) return `U+${code.toString(16).toUpperCase().padStart(4, '0')}, which is invisible`;
  return hasLostText(name) ? 'U+FFFD, which replaces lost text' : undefined;
}

/** Returns a name with each invisible character replaced. */
export const withoutHidden = (name: string, replacement: string): string =>
  name.replace(ALL_HIDDEN, (found) => (found.replace(IGNORED, '') === '' ? found : replacement));

/**
 * Returns the stored form of a name: composed, so that the same name typed on two systems is the same text (UAX 15,
 * NFC).
 */
export const storedName = (name: string): string => name.normalize('NFC');

/**
 * Returns the form by which names are compared: two names with the same form are the same name. Width, ligatures, case
 * and joiners do not matter.
 */
export function comparableName(name: string): string {
  const plain = name.replace(IGNORED, '').normalize('NFKC').replace(IGNORED, '');
  // Converts to upper case first, since some letters have several lower-case forms: ß and ss, σ and ς.
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

/** Returns the visual form of a name: names with the same form are easily confused. Not every similarity is known. */
export function looksLike(name: string): string {
  const letters = [...name.replace(IGNORED, '').normalize('NFKC')];
  return comparableName(letters.map((letter) => LOOKS_LIKE.get(letter) ?? letter).join('')).replaceAll(
    /\s+/g,
    ' ',
  );
}
