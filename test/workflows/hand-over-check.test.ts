import { describe, expect, it } from 'vitest';
import { checkTemplate } from '../../shared/workflows/check-template.ts';

const container = (...commands: readonly string[]) => ({ environment: 'i:1', commands });
const actor = { name: 'own', action: '$[[step]]' };
const score = { name: 'score', action: container('sh code/score.sh results/out.txt') };

/** The warnings of a template with these sections of a workflow. */
function warningsOf(workflow: object, more: object = {}, parameters: readonly object[] = []): string[] {
  const all = [{ name: 'step', dtype: 'actor' }, ...parameters];
  const files = ['code/score.sh', 'data/raw/in.csv', 'run.sh'].map((path) => ({
    path,
    access: 'steps' as const,
  }));
  const checked = checkTemplate({ workflow, parameters: all, ...more }, { files });
  expect(checked.problems).toEqual([]);
  return checked.warnings.map(({ message }) => message);
}

describe("a participant's step", () => {
  const nothing =
    "workflow.steps[0].action: step 'own' is a participant's and declares no outputs, so that step 'score' gets none of its files; list what it makes under 'files.outputs' of the step, or in the 'outputs' of the workflow";

  it('warns about a step that declares no outputs before a step of the organiser', () => {
    expect(warningsOf({ steps: [actor, score] })).toEqual([nothing]);
    const made = { ...score, files: { outputs: ['results/score.json'] } };
    const results = { file: 'results/score.json', schema: [{ name: 's', label: 'S', dtype: 'int' }] };
    expect(warningsOf({ steps: [actor, made] }, { results })).toEqual([nothing]);
  });

  it.each([
    ['of its own', { steps: [{ ...actor, files: { outputs: ['work/'] } }, score] }],
    ['of the workflow', { files: { outputs: ['work/x'] }, steps: [actor, score] }],
    ['that no later step needs', { steps: [score, actor] }],
    [
      'for another step of the participant',
      { steps: [actor, { ...actor, name: 'more', files: { outputs: ['x'] } }, score] },
    ],
  ])('does not warn about outputs %s', (_, workflow) => {
    expect(warningsOf(workflow)).toEqual([]);
  });
});

describe('a path in a folder of static files', () => {
  const paths = (workflow: object, more: object = {}) =>
    warningsOf(workflow, more).map((text) => text.replace(/^.*no step can leave ('[^']*').*$/, '$1'));

  it('warns about an undeclared path beside static files', () => {
    const steps = [{ ...score, action: container('sh code/score.sh data/tmp/x > ./code//out.txt') }];
    expect(paths({ parameters: { log: 'code/log.txt' }, steps })).toEqual([
      ...["'code/out.txt'", "'data/tmp/x'", "'code/log.txt'"],
    ]);
    expect(warningsOf({ steps: [{ ...score, action: container('sh code/score.sh > code/x') }] })).toEqual([
      "workflow.files: no step can leave 'code/x' for a later one: it is in the folder 'code' of the workflow's own files; write it elsewhere, or have the template list it in 'outputs'",
    ]);
  });

  it('does not warn about a path that is declared, is static, or contains such a path', () => {
    const files = { inputs: ['code/', 'data/raw', 'data/*.csv', 'data/$[[step]]'], outputs: ['data/tmp/'] };
    const steps = [
      { ...score, action: container('sh code/score.sh data/tmp/x data "https://data/x"'), files },
    ];
    expect(paths({ steps }, {})).toEqual([]);
  });

  it('warns about a path in the run directory if a command names a static file there', () => {
    const steps = [{ name: 's', action: container('sh run.sh sed/x > out.txt') }];
    expect(paths({ steps })).toEqual(["'out.txt'"]);
    expect(paths({ files: { outputs: ['out.txt'] }, steps })).toEqual([]);
  });
});

describe('an image that an argument chooses', () => {
  const steps = [{ name: 's', action: { environment: '$[[image]]', commands: ['true'] } }];

  it('warns about an image from an argument, unless the argument selects from a list', () => {
    expect(warningsOf({ steps }, {}, [{ name: 'image', dtype: 'string' }])).toEqual([
      "workflow.steps[0].action: step 's' runs in an image that the argument 'image' chooses, with programs of its own; make it a select parameter",
    ]);
    const select = { name: 'image', dtype: 'select', values: [{ name: 'a', value: 'a:1' }] };
    expect(warningsOf({ steps }, {}, [select])).toEqual([]);
  });
});

describe("a participant's step after the organiser's last step", () => {
  const results = { file: 'results/out.txt', schema: [{ name: 's', label: 'S', dtype: 'int' }] };
  const listed = { ...actor, files: { outputs: ['results/'] } };
  const last =
    "workflow.steps[1].action: step 'own' is a participant's and runs after 'score', so that it can write the result 'results/out.txt' itself; add a scoring step of yours after it";

  it.each([
    ['follows the scoring step', [score, actor]],
    ['lists the result', [score, listed]],
    [
      'lists the result and a later step makes another file',
      [score, listed, { name: 'plot', action: container('sh code/score.sh plot.png') }],
    ],
  ])("warns if the participant's step %s", (_, steps) => {
    expect(warningsOf({ steps }, { results, outputs: [{ source: 'x' }] })).toContain(last);
  });

  it.each([
    ['a step of the organiser makes the result again', [score, listed, { ...score, name: 'again' }]],
    [
      'a step of the organiser follows',
      [score, actor, { name: 'plot', action: container('sh code/score.sh plot.png') }],
    ],
    ['all steps belong to participants', [actor, { ...listed, name: 'second' }]],
  ])('does not warn if %s', (_, steps) => {
    const warnings = warningsOf({ steps }, { results, outputs: [{ source: 'x' }] });
    expect(warnings.filter((text) => text.includes('the result'))).toEqual([]);
  });
});
