import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { pythonFloat, toPythonValue } from '../../shared/documents/python-value.ts';
import { suppliedCodec } from '../../shared/runs/documents/arguments.ts';
import { runFilesCodec } from '../../shared/runs/documents/files.ts';
import { type RunDocument, runDocumentCodec } from '../../shared/runs/documents/plan.ts';
import { rankedCodec } from '../../shared/runs/documents/ranked.ts';
import { type ResultValues, resultValuesSchema } from '../../shared/runs/result.ts';
import { documentCodec } from '../../shared/store/codec.ts';
import { STANDARD_PARTICIPATION } from '../../shared/template/participation.ts';
import { versionCodec } from '../../shared/workflows/version.ts';

const file = { id: 'a1', path: 'results/a.json', size: 7, sha256: 'f'.repeat(64) };
const step = {
  index: 0,
  name: 'greet',
  skipped: false,
  participantCode: false,
  image: 'python:3.13',
  commands: ['python greet.py'],
  variables: { FLOWSERV_ARG_name: 'Alice' },
  env: Object.fromEntries([['__proto__', 'kept']]),
  inputs: ['greet.py'],
  outputs: ['results/'],
};
const run: RunDocument = {
  plan: {
    v: 1,
    steps: [step],
    uploads: [{ fileId: 'f1', path: 'names.txt', declared: true }],
    copies: [],
    outputs: ['results/a.json'],
    resultFile: null,
  },
  inputs: [{ path: 'names.txt', object: 'k', size: 1, sha256: '0', declared: true }],
  released: [],
  closed: ['code'],
  declared: ['results/'],
  privateFiles: false,
};
const version = {
  number: 1,
  rankedSince: 1,
  template: '{"workflow":{}}',
  config: null,
  participantConfig: null,
  participation: STANDARD_PARTICIPATION,
  contest: null,
  ignorePostproc: false,
  engine: null,
  files: [{ path: 'a', size: 1, sha256: '0', mode: 0o644, access: 'private' as const }],
  machine: 'arn:m',
  postprocMachine: null,
};

describe('the codec of a document', () => {
  const texts = documentCodec('the list', 2, z.array(z.string()));

  it('writes the version next to the content', () => {
    expect(JSON.parse(texts.write(['a']))).toEqual({ v: 2, content: ['a'] });
  });

  it('reads what it wrote', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (list) => {
        expect(texts.read(texts.write(list))).toEqual(list);
      }),
    );
  });

  it('rejects every other version and names the document', () => {
    for (const v of [0, 1, 3, '2', null]) {
      expect(() => texts.read(JSON.stringify({ v, content: [] }))).toThrow(`the list has version ${v}`);
    }
  });

  it('rejects a document without a version unless it reads version 1', () => {
    expect(() => texts.read('["a"]')).toThrow('the list has version 1');
    expect(documentCodec('the list', 1, z.array(z.string())).read('["a"]')).toEqual(['a']);
  });

  it('rejects content that does not fit the schema', () => {
    expect(() => texts.read('{"v":2,"content":[1]}')).toThrow(z.ZodError);
    expect(() => texts.read('{"v":2}')).toThrow(z.ZodError);
  });
});

describe('a stored document of a run', () => {
  it('is read in the form that was written before documents had a version', () => {
    expect(runDocumentCodec.read(JSON.stringify(run))).toEqual(run);
    expect(runFilesCodec.read(JSON.stringify([file]))).toEqual([file]);
    expect(rankedCodec.read('["r1","r2"]')).toEqual(['r1', 'r2']);
    expect(suppliedCodec.read('[{"name":"a","value":null}]')).toEqual([{ name: 'a', value: null }]);
    expect(versionCodec.read(JSON.stringify(version))).toEqual(version);
  });

  it('is read in the form that is written now', () => {
    expect(runDocumentCodec.read(runDocumentCodec.write(run))).toEqual(run);
    expect(runFilesCodec.read(runFilesCodec.write([file]))).toEqual([file]);
    expect(rankedCodec.read(rankedCodec.write(['r1']))).toEqual(['r1']);
    expect(versionCodec.read(versionCodec.write(version))).toEqual(version);
  });

  it('has no private files if an earlier release wrote it', () => {
    const { privateFiles: _, ...earlier } = run;
    const { participantCode: _code, ...plain } = step;
    const plan = { ...run.plan, steps: [plain] };
    const read = runDocumentCodec.read(JSON.stringify({ ...earlier, plan }));
    expect([read.privateFiles, read.plan.steps[0]?.participantCode]).toEqual([false, true]);
    const files = [{ path: 'a', size: 1, sha256: '0', mode: 0o644 }];
    expect(versionCodec.read(JSON.stringify({ ...version, files })).files[0]?.access).toBe('steps');
  });

  it('keeps an environment variable with the name __proto__', () => {
    const [read] = runDocumentCodec.read(runDocumentCodec.write(run)).plan.steps;
    expect(Object.entries(read?.env ?? {})).toEqual([['__proto__', 'kept']]);
  });

  it('is rejected when its plan has another version', () => {
    const later = { ...run, plan: { ...run.plan, v: 2 } };
    expect(() => runDocumentCodec.read(JSON.stringify(later))).toThrow(z.ZodError);
    expect(() => runDocumentCodec.read(JSON.stringify({ v: 1, content: later }))).toThrow(z.ZodError);
  });

  it('distinguishes floats from integers, and keeps all their digits, in arguments', () => {
    const value = toPythonValue([pythonFloat(10), 10, 12345678901234567890n, 'x', null, true]);
    expect(suppliedCodec.read(suppliedCodec.write([{ name: 'a', value }]))).toEqual([{ name: 'a', value }]);
  });
});

describe('stored values of a result', () => {
  it('may have a column of any name and any finite value', () => {
    const values = documentCodec<ResultValues>('the values', 1, resultValuesSchema);
    const name = fc.oneof(fc.string(), fc.constant('__proto__'));
    const value = fc.oneof(fc.string(), fc.double({ noNaN: true, noDefaultInfinity: true }));
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value)), (entries) => {
        // JSON has no -0.
        const written = Object.fromEntries(entries.map(([key, one]) => [key, one === 0 ? 0 : one]));
        expect(Object.entries(values.read(values.write(written)))).toEqual(Object.entries(written));
      }),
    );
  });

  it('are rejected when one is neither a number nor text', () => {
    expect(() => resultValuesSchema.parse({ a: null })).toThrow(z.ZodError);
    expect(() => resultValuesSchema.parse({ a: { b: 1 } })).toThrow(z.ZodError);
  });
});
