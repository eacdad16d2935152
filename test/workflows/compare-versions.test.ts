import { describe, expect, it } from 'vitest';
import { STANDARD_PARTICIPATION } from '../../shared/template/participation.ts';
import { parseTemplate } from '../../shared/template/template.ts';
import { type Comparable, compareVersions } from '../../shared/workflows/compare-versions.ts';

const COLUMN = { name: 'score', label: 'Score', dtype: 'float' };
const template = (changes: Readonly<Record<string, unknown>> = {}) =>
  parseTemplate({
    workflow: { steps: [{ name: 'a', image: 'i', commands: ['true'] }] },
    parameters: [{ name: 'n', dtype: 'int' }],
    results: { file: 'r.json', schema: [COLUMN] },
    ...changes,
  });
const version = (changes: Partial<Comparable> = {}): Comparable => ({
  template: template(),
  config: null,
  participantConfig: null,
  participation: STANDARD_PARTICIPATION,
  contest: null,
  ignorePostproc: false,
  engine: null,
  description: null,
  instructions: null,
  files: [],
  ...changes,
});
const results = (
  changes: Readonly<Record<string, unknown>>,
  column: Readonly<Record<string, unknown>> = {},
) =>
  version({
    template: template({ results: { file: 'r.json', schema: [{ ...COLUMN, ...column }], ...changes } }),
  });
const file = (path: string, sha256: string) => ({ path, sha256, mode: 0o644, access: 'private' as const });

describe('the comparison of two versions', () => {
  it('finds nothing in equal versions, whatever the order of keys', () => {
    const config = { workers: [{ name: 'w', cpu: 1 }] };
    const other = { workers: [{ cpu: 1, name: 'w' }] };
    expect(compareVersions(version({ config }), version({ config: other }))).toEqual({
      isNewLeaderboard: false,
      changes: [],
      files: [],
    });
  });

  it.each([
    ['a type', results({}, { dtype: 'int' })],
    ['a path', results({}, { path: 'a/b' })],
    ['a value that becomes optional', results({}, { required: false })],
    ['the order', results({ orderBy: [{ name: 'score', sortDesc: false }] })],
    ['no results', version({ template: template({ results: null }) })],
  ])('begins another leaderboard with %s', (_, after) => {
    const { isNewLeaderboard, changes } = compareVersions(version(), after);
    expect([isNewLeaderboard, changes.length > 1]).toEqual([true, true]);
    expect(compareVersions(after, version()).isNewLeaderboard).toBe(true);
  });

  it.each([
    ['a label', results({}, { label: 'Points' })],
    ['a unit', results({}, { unit: 'ms' })],
    ['the name of the file', results({ file: 'other.json' })],
  ])('keeps the leaderboard with %s', (_, after) => {
    const { isNewLeaderboard, changes } = compareVersions(version(), after);
    expect([isNewLeaderboard, changes.length]).toEqual([false, 1]);
  });

  it('names files to the organiser only', () => {
    const before = version({ files: [file('labels/a', '1'), file('labels/b', '1')] });
    const after = version({ files: [file('labels/a', '2'), file('labels/c', '1')] });
    const { changes, files } = compareVersions(before, after);
    expect(changes).toEqual(['Static files: 1 new, 1 changed, 1 removed.']);
    expect(files).toEqual([
      'Files new: labels/c (private).',
      'Files changed: labels/a (private).',
      'Files removed: labels/b (private).',
    ]);
  });

  it('says whether what groups used before counts', () => {
    const contest = (limits: Readonly<Record<string, number>>) => version({ contest: { limits } });
    const said = (before: Comparable, after: Comparable) => compareVersions(before, after).changes;
    expect(said(version(), contest({ runs: 3 }))).toEqual([
      "Limit 'runs' changes from none to 3; what groups used before this version does not count.",
    ]);
    expect(said(contest({}), contest({ runs: 3, groupsPerUser: 1, maxGroupMembers: 2 }))).toEqual([
      "Limit 'runs' changes from none to 3; what groups used so far counts.",
      "Limit 'maxGroupMembers' changes from none to 2; groups that have more members stay as they are.",
      "Limit 'groupsPerUser' changes from none to 1; what groups used before this version does not count.",
    ]);
    expect(said(contest({ runs: 3 }), contest({}))).toEqual(["Limit 'runs' changes from 3 to none."]);
  });

  it('says that groups keep more chosen runs than they may choose now', () => {
    const choosing = (chosen: number) =>
      version({ contest: { limits: {}, ranking: { entry: 'chosen', chosen, decimals: {} } } });
    const kept = 'Groups that chose more runs than they may now keep them until they choose again.';
    expect(compareVersions(choosing(3), choosing(1)).changes).toContain(kept);
    expect(compareVersions(choosing(1), choosing(3)).changes).not.toContain(kept);
  });

  it('is bounded', () => {
    const parameters = Array.from({ length: 200 }, (_, i) => ({
      name: `p${'x'.repeat(400)}${i}`,
      dtype: 'int',
    }));
    const { changes } = compareVersions(version(), version({ template: template({ parameters }) }));
    expect(changes).toHaveLength(51);
    expect(changes.every((text) => text.length <= 300)).toBe(true);
    expect(changes.at(-1)).toMatch(/^And \d+ more changes\.$/);
  });
});
