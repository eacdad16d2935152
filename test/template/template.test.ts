import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Location, MAX_PROBLEMS } from '../../shared/documents/problem.ts';
import { PythonFloat, toPythonValue } from '../../shared/documents/python-value.ts';
import { parseYaml } from '../../shared/documents/yaml-document.ts';
import { FlowservError } from '../../shared/errors.ts';
import { expandReferences } from '../../shared/template/expand.ts';
import { postprocParameters, postprocRunsPath } from '../../shared/template/postproc.ts';
import { createScope } from '../../shared/template/scope.ts';
import {
  deserializeTemplate,
  parseTemplate,
  readTemplate,
  serializeTemplate,
  templateDocument,
} from '../../shared/template/template.ts';
import { faultOf } from './faults.ts';
import { helloWorld } from './hello-world.ts';

/** Returns the first problem of the hello-world template with other sections. */
const faultWith = (sections: object) => faultOf(() => parseTemplate({ ...helloWorld, ...sections }));

const problemsOf = (document: unknown) => {
  const location: Location = { path: '', problems: [] };
  readTemplate(toPythonValue(document), location);
  return location.problems;
};
const pathsOf = (document: unknown) => problemsOf(document).map(({ path }) => path);

describe('parseTemplate', () => {
  it('F1: accepts a template with only a workflow', () => {
    expect(parseTemplate({ workflow: {} })).toEqual({ workflow: {}, parameters: [] });
  });

  it('F2: requires a workflow', () => {
    const fault = faultOf(() => parseTemplate({}));

    expect(fault.code).toBe('template.invalid');
    expect(fault.message).toContain("missing element 'workflow'");
    expect(faultOf(() => parseTemplate({ workflow: null })).message).toContain("missing element 'workflow'");
  });

  it('F4: rejects a reference to an undeclared parameter', () => {
    const fault = faultWith({ workflow: { steps: [{ commands: ['run $[[names]] $[[other]]'] }] } });

    expect(fault.status).toBe(404);
    expect(fault.message).toBe("unknown parameter 'other'");
  });

  it('C10: reports an unknown parameter with the location of the reference', () => {
    const problems = problemsOf({ workflow: { steps: [{ commands: ['a', 'b $[[x]]'] }] } });

    expect(problems).toEqual([
      {
        kind: 'unknown-parameter',
        path: 'workflow.steps[0].commands[1]',
        parameter: 'x',
        message: expect.stringContaining("unknown parameter 'x'"),
      },
    ]);
  });

  it('F9: accepts exactly name, title and index in a parameter group', () => {
    const group = { name: 'main', title: 'Main', index: 0 };

    expect(faultWith({ parameterGroups: [{ ...group, x: 1 }] }).message).toContain("unknown element 'x'");
    expect(faultWith({ parameterGroups: [{ name: 'main', title: 'Main' }] }).message).toContain("'index'");
    expect(parseTemplate({ workflow: {}, parameterGroups: [group] }).parameterGroups).toEqual([group]);
  });

  it('F10: requires a workflow in the post-processing section', () => {
    expect(faultWith({ postproc: { inputs: { files: [] } } }).message).toContain(
      "postproc: missing element 'workflow'",
    );
    expect(faultWith({ postproc: { workflow: {}, inputs: { runs: 'x' } } }).message).toContain("'files'");
    expect(faultWith({ postproc: { workflow: {}, steps: [] } }).message).toContain("unknown element 'steps'");
    expect(faultWith({ postproc: { workflow: {}, inputs: { files: ['../x'] } } }).message).toContain('..');
  });

  it('F11: reads an equal template from its own document', () => {
    const template = parseTemplate(helloWorld);

    expect(parseTemplate(templateDocument(template))).toStrictEqual(template);
    expect(deserializeTemplate(serializeTemplate(template))).toStrictEqual(template);
  });

  it('F14: rejects a list within a list in the workflow', () => {
    expect(faultWith({ workflow: { a: [['x']] } }).message).toContain(
      'workflow.a[0]: nested lists not allowed',
    );
  });

  it('F16: fills in the key of an output and rejects other shapes', () => {
    const full = {
      source: 'a.csv',
      key: 'a',
      title: 't',
      caption: 'c',
      format: { type: 'csv' },
      widget: ['w'],
    };
    const outputs = (list: unknown) => parseTemplate({ workflow: {}, outputs: list }).outputs;

    expect(outputs([{ source: 'x/y.txt' }])).toEqual([{ source: 'x/y.txt', key: 'x/y.txt' }]);
    expect(outputs([full])).toEqual([full]);
    expect(faultOf(() => outputs([{ key: 'a' }])).message).toContain("missing element 'source'");
    expect(faultOf(() => outputs([{ source: 'a', size: 1 }])).message).toContain("unknown element 'size'");
    expect(faultOf(() => outputs([{ source: '/etc/passwd' }])).status).toBe(400);
  });

  it('uses the last of two outputs with the same source', () => {
    const outputs = [{ source: 'a', title: '1' }, { source: 'b' }, { source: './a', title: '2' }];

    expect(parseTemplate({ workflow: {}, outputs }).outputs).toEqual([
      { source: 'a', key: 'a', title: '2' },
      { source: 'b', key: 'b' },
    ]);
  });

  it('ignores unknown sections and reads modules as parameter groups', () => {
    const template = parseTemplate({
      workflow: {},
      engine: 1,
      modules: [{ id: 'm', name: 'Module', index: 2 }],
    });

    expect(template).toEqual({
      workflow: {},
      parameters: [],
      parameterGroups: [{ name: 'm', title: 'Module', index: 2 }],
    });
  });

  it('reports problems in the order of the sections', () => {
    const everything = {
      workflow: { a: '$[[x]]' },
      parameters: [{ name: 'p', dtype: 'int', range: '5' }],
      postproc: {},
      parameterGroups: [{}],
      outputs: [{}],
      results: { file: 'x' },
    };

    expect([...new Set(pathsOf(everything))]).toEqual([
      'parameters[0].range',
      'workflow.a',
      'postproc',
      'parameterGroups[0]',
      'outputs[0]',
      'results.schema',
    ]);
  });

  it('does not report a declaration with a problem as missing', () => {
    expect(pathsOf({ workflow: { a: '$[[p]]' }, parameters: [{ name: 'p', dtype: 'integer' }] })).toEqual([
      'parameters[0].dtype',
    ]);
  });

  it('reports a limited number of problems', () => {
    expect(problemsOf({ workflow: {}, parameters: Array(5_000).fill({}) })).toHaveLength(MAX_PROBLEMS);
  });

  it.each([[null], [5], ['text'], [[]], [{ workflow: [] }], [{ workflow: {}, parameters: {} }]])(
    'rejects the document %o',
    (document) => {
      expect(faultOf(() => parseTemplate(document)).status).toBe(400);
    },
  );

  it('returns a template or an error of the catalogue for any document', () => {
    const keys = fc.constantFrom(
      'workflow',
      'parameters',
      'outputs',
      'results',
      'postproc',
      'name',
      'dtype',
      'values',
      'schema',
      'fields',
      'id',
      '__proto__',
    );
    const documents = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 5 },
        fc.constantFrom(null, true, 1, 'int', 'record', '$[[a]]', '[0,1]'),
        fc.array(tie('value'), { maxLength: 3 }),
        fc
          .array(fc.tuple(keys, tie('value')), { maxLength: 4 })
          .map((entries) => Object.fromEntries(entries)),
      ),
    })).value;

    fc.assert(
      fc.property(documents, (document) => {
        const problems = problemsOf(document);
        if (problems.length > 0) expect(() => parseTemplate(document)).toThrow(FlowservError);
        else
          expect(deserializeTemplate(serializeTemplate(parseTemplate(document)))).toEqual(
            parseTemplate(document),
          );
      }),
      { numRuns: 500 },
    );
  });
});

describe('stored templates', () => {
  it('keep floats, integers, NaN and strange keys', () => {
    const text = 'workflow:\n  a: 10.0\n  b: 10\n  c: .nan\n  __proto__: 1\n  "\\u0001": x\n';
    const template = parseTemplate(parseYaml(text));
    const stored = deserializeTemplate(serializeTemplate(template));

    expect(stored).toStrictEqual(template);
    expect(stored.workflow.a).toStrictEqual(new PythonFloat(10));
    expect(stored.workflow.b).toBe(10);
    expect(stored.workflow.c).toBeNaN();
    expect(Object.keys(stored.workflow)).toContain('__proto__');
  });
});

describe('post-processing', () => {
  it('sets its parameter to the folder of the collected files', () => {
    const { postproc } = parseTemplate(helloWorld);
    if (postproc === undefined) return expect.fail('no post-processing');
    const scope = createScope(postprocParameters(postproc), new Map());

    expect(expandReferences('x $[[runs]]', scope)).toBe('x runs');
    expect(postproc.inputs.runs).toBe('runs/');
  });

  it('collects no files, in the folder runs, if there are no inputs', () => {
    const { postproc } = parseTemplate({ workflow: {}, postproc: { workflow: {} } });

    expect(postproc?.inputs).toEqual({ files: [], runs: 'runs' });
    expect(postproc && postprocRunsPath(postproc)).toBe('runs');
  });

  it.each(['/runs', '../runs', '.', ''])('rejects %o as the folder of the collected files', (runs) => {
    expect(faultWith({ postproc: { workflow: {}, inputs: { files: [], runs } } }).status).toBe(400);
  });
});
