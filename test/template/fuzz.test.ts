import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseYaml } from '../../shared/documents/yaml-document.ts';
import { FlowservError } from '../../shared/errors.ts';
import { parseTemplate, serializeTemplate } from '../../shared/template/template.ts';
import { checkTemplate } from '../../shared/workflows/check-template.ts';
import { inputs } from '../thoroughness.ts';
import { hostileDocuments } from './hostile-documents.ts';

const DOCUMENTS = inputs(2_000, 10_000);

/** A template with all features, as lines that the fuzz modifies. */
const TEMPLATE = `
parameters: &all
  - {name: names, dtype: file, target: data/names.txt, index: 0}
  - name: greeting
    dtype: select
    values: [{name: Hello, value: hello, isDefault: true}, {name: Two, value: 2}]
    defaultValue: hello
  - {id: old, name: Old, datatype: decimal, description: x, defaultValue: 1e-5}
  - name: many
    dtype: list
    para: {name: one, dtype: int, index: 0, isRequired: true, range: '[0,10)'}
  - name: model
    dtype: actor
    defaultValue: [container, {image: i, commands: [a]}]
parameterGroups:
  - {name: main, title: Main, index: 0}
workflow:
  files: {inputs: [code/], outputs: [results/a.json]}
  parameters:
    x: $[[greeting]]
    y: "a $[[old ? b : c]] $[[names]]"
  steps:
    - name: first
      action:
        environment: python:3.12
        commands:
          - python code/a.py "\${x}" '\${y}' $$HOME
          - echo $[[names]] | cat
    - name: own
      action: $[[model]]
outputs:
  - {source: results/a.json, title: A, format: {type: json}}
results:
  file: results/a.json
  schema:
    - {name: a, label: A, dtype: float, path: x/y}
    - {name: b, label: B, dtype: string, required: false}
  orderBy: [{name: a, sortDesc: true}]
postproc:
  workflow:
    steps:
      - name: compare
        action: {environment: i, commands: ['run $[[runs]]']}
  inputs: {files: [results/a.json], runs: runs/}
`;

const LINES = TEMPLATE.split('\n');
const FRAGMENTS = [
  ...[
    '- ',
    ': ',
    '{',
    '}',
    '[',
    ']',
    '&a ',
    '*a',
    '*all',
    '!include x',
    '!!float ',
    '!!binary ',
    '? ',
    '<<: *all',
  ],
  ...[
    '|',
    '>-',
    '"',
    "'",
    '#',
    '\t',
    '---',
    '...',
    '%YAML 1.2',
    '\u0000',
    '\ufeff',
    '\u2028',
    '~',
    '.nan',
    '-.inf',
  ],
  ...[
    '0x1F',
    '1_000',
    '2026-01-01',
    '1e400',
    '99999999999999999999',
    'yes',
    'NULL',
    '$[[',
    ']]',
    '$[[x]]',
    '${',
  ],
  ...[
    'name: ',
    'dtype: ',
    'range: "[5,1]"',
    'values: ',
    'steps: ',
    'action: ',
    'commands: [eval $x]',
    '__proto__: ',
  ],
  ...['../../etc/passwd', '/etc', 'workflow:', 'inputs: {files: [1]}', 'expansion: text', 'constructor: 1'],
];

/** One modification of the template's lines. */
const edit = fc.record({
  kind: fc.constantFrom('remove', 'repeat', 'insert', 'indent', 'cut', 'replace', 'swap'),
  line: fc.nat(LINES.length - 1),
  other: fc.nat(LINES.length - 1),
  column: fc.nat(40),
  text: fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...FRAGMENTS) }, fc.string({ maxLength: 12 })),
});

type Edit = typeof edit extends fc.Arbitrary<infer T> ? T : never;

function apply(lines: readonly string[], { kind, line: wanted, other, column, text }: Edit): string[] {
  const at = wanted % Math.max(1, lines.length);
  const line = lines[at] ?? '';
  const edited = {
    remove: [],
    repeat: [line, line],
    insert: [line.slice(0, column) + text + line.slice(column)],
    indent: [`${' '.repeat(column % 6)}${line.trimStart()}`],
    cut: [line.slice(0, column)],
    replace: [text],
    swap: [lines[other % Math.max(1, lines.length)] ?? ''],
  }[kind];
  return lines.toSpliced(at, 1, ...edited);
}

const documents = fc
  .array(edit, { minLength: 1, maxLength: 6 })
  .map((edits) => edits.reduce<readonly string[]>(apply, LINES).join('\n'));

describe('the fuzz of templates', () => {
  it('starts with a valid template', () => {
    const found = checkTemplate(parseYaml(TEMPLATE));
    expect(found.problems).toEqual([]);
  });

  it(`reads each of ${DOCUMENTS} documents as a template or rejects it with an error of the catalogue`, () => {
    const ends = { template: 0, problems: 0, unreadable: 0 };
    const check = (text: string) => {
      let document: ReturnType<typeof parseYaml>;
      try {
        document = parseYaml(text);
      } catch (error) {
        expect(error).toBeInstanceOf(FlowservError);
        ends.unreadable += 1;
        return;
      }
      const { problems } = checkTemplate(document);
      ends[problems.length > 0 ? 'problems' : 'template'] += 1;
      for (const { message, path } of problems) expect(`${path}${message}`.length).toBeLessThan(2_000);
      if (problems.length === 0) expect(serializeTemplate(parseTemplate(document))).toBeTypeOf('string');
    };
    fc.assert(fc.property(documents, check), { numRuns: DOCUMENTS });
    // The fuzz is useful only if it reaches all three outcomes.
    for (const count of Object.values(ends)) expect(count).toBeGreaterThan(DOCUMENTS / 20);
  });

  it.each(Object.keys(hostileDocuments))('handles %s within 1 GB of memory', async (name) => {
    // An error in the worker, such as exceeding its memory limit, fails the test.
    const worker = new Worker(new URL('./hostile-worker.ts', import.meta.url), {
      workerData: name,
      resourceLimits: { maxOldGenerationSizeMb: 1024 },
    });
    const end = await new Promise<unknown>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    expect(end).toBe(hostileDocuments[name]?.end);
  });
});
