import { createHash } from 'node:crypto';
import { invalidTemplate } from '../errors.ts';
import type { Rules } from '../template/participation.ts';
import { containedPath, readTextFile } from './contained-file.ts';

/** Maximum bytes of the rules: they are part of the workflow's version, which every run reads. */
const MAX_RULES_BYTES = 100_000;
/** Hexadecimal digits of the digest by which a text of the rules is known: far too many for two equal ones by chance. */
const DIGITS = 32;

/**
 * Reads the rules of a benchmark, a text in Markdown. Its digest is their version, so that an unchanged text needs not be
 * accepted again.
 *
 * @param root folder that the path may not leave
 * @throws FlowservError 400 for a file that is missing, empty, too long or not UTF-8
 */
export async function readRules(root: string, path: string): Promise<Rules> {
  const file = await containedPath(root, path);
  if (file === undefined) throw invalidTemplate(`the rules file '${path}' does not exist`);
  const text = (await readTextFile(file, path, MAX_RULES_BYTES)).trim();
  if (text === '') throw invalidTemplate(`the rules file '${path}' is empty`);
  const version = createHash('sha256').update(text).digest('hex').slice(0, DIGITS);
  return { text, version };
}
