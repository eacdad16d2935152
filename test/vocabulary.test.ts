import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const FILES = globSync(
  [
    'README.md',
    'CONTRIBUTING.md',
    '{bin,docs,examples,functions,infra,local-aws,shared,test}/**/*.{ts,mjs,md,yaml}',
  ],
  { cwd: ROOT, exclude: ['**/node_modules/**', '**/dist/**', '**/cdk.out/**'] },
);
/** Lists what it looks for. */
const ITSELF = 'test/vocabulary.test.ts';

/** Terms that the glossary replaced, and phrases that have to be read twice, each with what to write instead. */
const REPLACED: readonly (readonly [pattern: RegExp, better: string])[] = [
  [/(?<![\w/.'-])boards?\b(?![/'.])/i, 'leaderboard'],
  [/\b[Dd]irectUpload|\bdirect uploads?\b/, 'multipart upload'],
  [/\bfloors\b/, 'layers'],
  [/\b(Task|Container)Place\b|\bGroupPlaces\b|\bplaceOf\b|\bplace\(/, 'location, folder or context'],
  [/\bslow answers\b|#refusals\b|^#+ Refusals/, 'response, error'],
  [/\b(Sight|FileLook|lookOf|sameLook)\b/, 'entry, or size and times'],
  [/^\s*(\*|\/\/|\/\*\*) .*(?<!@param )\b([Rr]efusals?|refuses?)\b(?![`(])/, 'error, rejects'],
  [/\b(it|describe)(\.\w+)?\(.*\b([Rr]efus(al|e|es|ed)|hurts?)\b/, 'error, rejects'],
  [/\bbeside (that|those|these|the (others|common|usual))\b|, beside\b/, 'in addition to'],
  [/\badvice how\b/, 'advice on how'],
  [/\bsecond opinion\b/, 'another interpreter'],
  [/\b[Aa]nybody\b/, 'anyone'],
  [/\bgiveUp|\bgiv(e|es|ing) up\b/, 'abort'],
  [/\bpart(y|ies)Of\b/, 'queue owner'],
  [/\bis no (file|folder|JSON|number|text)\b/, 'is not a file, not valid JSON, …'],
  [/\bwithout doubles\b/, 'without duplicates'],
  [/\bthe dear\b/, 'the expensive'],
  [/\bthat there is not\b/, 'that does not exist'],
  [/\bso often is\b/i, 'maximum attempts'],
  [/\bfor a cache to keep\b/, 'must not be cached'],
  [/\bput off\b/, 'rescheduled'],
  [/\bas unkind as\b/, 'fault injection'],
  [/\btold of\b/i, 'called for'],
  [/\bnobody by default\b/, 'no-op by default'],
  [/\b([Ss]omebody|[Ww]hoever)\b|\b[Nn]obody (else|is|has|may|can|sees|knows|asks|who|but)\b/, 'who it is'],
];

describe('the vocabulary', () => {
  it('has one word for one thing, in plain English', () => {
    const found = FILES.filter((path) => path !== ITSELF).flatMap((path) =>
      readFileSync(join(ROOT, path), 'utf8')
        .split('\n')
        .flatMap((line, index) =>
          REPLACED.filter(([pattern]) => pattern.test(line)).map(
            ([, better]) => `${path}:${index + 1}: write '${better}': ${line.trim()}`,
          ),
        ),
    );
    expect(FILES.length).toBeGreaterThan(1000);
    expect(found).toEqual([]);
  });
});
