import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseYaml } from '../../shared/documents/yaml-document.ts';
import { argumentsFile } from '../../shared/starter-kit/arguments-file.ts';
import { starterKit } from '../../shared/starter-kit/starter-kit.ts';
import { parseParameters } from '../../shared/template/parameters.ts';
import { parseTemplate } from '../../shared/template/template.ts';
import { file, version } from '../provenance/crate-source.ts';

const workflow = { id: 'W', createdAt: '2026-12-01T00:00:00.000000+00:00' };
const entry = { id: 'W', name: 'Words', description: 'Counts words', instructions: '# Count\n' };
const PUBLIC = parseTemplate({
  workflow: { steps: [{ name: 'count', action: { environment: 'alpine:3', commands: ['wc $[[data]]'] } }] },
  parameters: [{ name: 'data', dtype: 'file', target: 'in.txt' }],
});
const kit = (of: Partial<ReturnType<typeof version>>) =>
  starterKit({ workflow, entry, version: { ...version(), ...of } });
const pathsOf = ({ documents, files }: ReturnType<typeof kit>) =>
  [...documents, ...files].map(({ path }) => path);
const textsOf = ({ documents }: ReturnType<typeof kit>) => documents.map(({ text }) => text).join('\n');

describe('the starter kit', () => {
  it('contains the workflow if all its files are public', () => {
    const made = kit({ template: PUBLIC, files: [file('code/count.sh', 'public')] });
    expect(pathsOf(made)).toEqual([
      'README.md',
      'instructions.md',
      'arguments.yaml',
      'run.sh',
      'benchmark/flowserv.yaml',
      'benchmark/benchmark.json',
      'benchmark/code/count.sh',
    ]);
    expect(textsOf(made)).toContain('sh run.sh');
  });

  it.each([
    ['a file is for steps only', { template: PUBLIC, files: [file('a', 'public'), file('truth', 'steps')] }],
    ['a file is private', { template: PUBLIC, files: [file('a', 'public'), file('truth', 'private')] }],
    ['a step has environment variables', { files: [file('a', 'public')] }],
    [
      'a public file has the name of the manifest',
      { template: PUBLIC, files: [file('flowserv.yaml', 'public')] },
    ],
    ['zip has no name for a file', { template: PUBLIC, files: [file('a\\b', 'public')] }],
  ])('does not contain the workflow if %s', (_why, of) => {
    const made = kit(of);
    expect(pathsOf(made).filter((path) => /run\.sh|benchmark\.json/.test(path))).toEqual([]);
    for (const hidden of ['truth', 'secret', 'wc ', 'sh run.sh']) expect(textsOf(made)).not.toContain(hidden);
  });

  it('does not name private files that a parameter names', () => {
    const template = parseTemplate({
      workflow: {
        steps: [{ name: 'count', action: { environment: 'alpine:3', commands: ['wc $[[data]]'] } }],
      },
      parameters: [{ name: 'data', dtype: 'file', defaultValue: 'truth/labels.csv' }],
    });
    expect(textsOf(kit({ template, files: [file('truth/labels.csv', 'private')] }))).not.toContain('labels');
  });
});

describe('the file of arguments', () => {
  it('explains every type, in the order of a form', () => {
    const parameters = parseParameters([
      {
        name: 'rate',
        label: 'Rate',
        help: 'How fast\nto learn',
        dtype: 'float',
        range: '[0,1)',
        defaultValue: 0.1,
        index: 2,
      },
      { name: 'data', dtype: 'file', target: 'in.txt', index: 0 },
      {
        name: 'mode',
        dtype: 'select',
        values: [
          { name: 'Fast', value: 'f', isDefault: true },
          { name: 'Slow', value: 's' },
        ],
        index: 3,
      },
      { name: 'seeds', dtype: 'list', para: { name: 'seed', dtype: 'int' }, isRequired: false, index: 4 },
      {
        name: 'size',
        dtype: 'record',
        fields: [{ name: 'w', label: 'Width', dtype: 'int' }],
        isRequired: false,
        index: 5,
      },
    ]);
    expect(argumentsFile(parameters)).toMatchInlineSnapshot(`
      "# The arguments of a run, one for each parameter: \`flowserv runs start --arguments-file arguments.yaml\`.
      # A parameter without a value gets its default value. Paths of files are relative to the folder in which you call flowserv.

      # data
      # Required: the path of a file of yours
      # In the run directory, it is in.txt
      data:

      # Rate
      # How fast
      # to learn
      # Has a default value: a number
      # In the range [0.0,1.0)
      # rate: 0.1

      # mode
      # Has a default value: one of the values below
      #   "f": Fast
      #   "s": Slow
      # mode: "f"

      # seeds
      # Optional: a list
      #   Each entry: an integer
      # seeds:

      # size
      # Optional: a mapping
      #   w (Width): an integer
      # size:
      "
    `);
  });

  it('has a value for each required parameter and nothing else, whatever texts a template contains', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', ':', '#', '\n', '\r', '\u2028', '\u0085', '"', "'", '{', '\t', ' ', '-'),
    });
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.record({ name: text, label: text, help: text, required: fc.boolean() }), {
          selector: ({ name }) => name,
          maxLength: 4,
        }),
        (drawn) => {
          const parameters = drawn.map(({ required, ...texts }, index) => ({
            ...texts,
            index,
            dtype: 'string' as const,
            isRequired: required,
          }));
          const entries = parameters.filter(({ isRequired }) => isRequired).map((one) => [one.name, null]);
          expect(parseYaml(argumentsFile(parameters)) ?? {}).toEqual(Object.fromEntries(entries));
        },
      ),
    );
  });
});
