import { describe, expect, it } from 'vitest';
import { copiesOf, reusedManifest, type StepLocation } from '../../shared/reuse/outputs-to-copy.ts';
import { runFileId } from '../../shared/runs/run.ts';
import type { FileSource, StepStatus, TreeEntry } from '../../shared/staging/protocol.ts';
import { objectKeys } from '../../shared/volumes/keys.ts';
import { plannedStep, runDocument, sha256Of } from '../provenance/run-facts.ts';

const inTree = (content: string): FileSource => ({ kind: 'tree', id: sha256Of(content) });
const file = (path: string, content: string, source = inTree(content)): TreeEntry => ({
  type: 'file',
  path,
  mode: 0o644,
  size: content.length,
  sha256: sha256Of(content),
  source,
  protected: false,
});
const manifest = (...entries: TreeEntry[]) => ({ v: 1 as const, entries });

describe('the manifest of a reused step', () => {
  it('has the sources of its own run for what the step left unchanged', () => {
    const left = manifest(
      file('a', 'a', { kind: 'input', id: 's3' }),
      file('b', 'b', { kind: 'input', id: 'i1' }),
    );
    const before = [file('a', 'a', { kind: 'input', id: 's0' }), file('b', 'b')];
    expect(reusedManifest(left, before)).toEqual({ manifest: manifest(...before), contents: [] });
  });

  it('copies new content once, unless the run has it already', () => {
    const left = manifest(file('a', 'new'), file('b', 'new'), file('c', 'held'), file('d', 'changed'));
    const before = [file('x', 'held'), file('d', 'before', { kind: 'input', id: 'i0' })];
    const reused = reusedManifest(left, before);
    expect(reused?.manifest).toEqual(left);
    expect(reused?.contents.map(({ sha256 }) => sha256)).toEqual([sha256Of('new'), sha256Of('changed')]);
  });

  it('keeps links and empty folders', () => {
    const left = manifest({ type: 'link', path: 'l', target: 'a' }, { type: 'folder', path: 'f' });
    expect(reusedManifest(left, [])).toEqual({ manifest: left, contents: [] });
  });

  it.each<[string, TreeEntry]>([
    ['an input that the step does not start from', file('a', 'a', { kind: 'input', id: 's0' })],
    ['content under another digest', file('a', 'a', inTree('b'))],
  ])('does not exist for %s', (_, entry) => {
    expect(reusedManifest(manifest(entry), [])).toBeUndefined();
  });
});

describe('the objects that a reused step takes', () => {
  const locationIn = (id: string): StepLocation => ({
    run: { id, workflowId: 'W', fileSecret: `secret of ${id}` },
    document: runDocument([plannedStep(0)]),
    step: 0,
    attempt: 1,
  });
  const status: StepStatus = {
    v: 1,
    step: { index: 0, name: 's', attempt: 1 },
    attempt: 1,
    exitCode: 0,
    failure: null,
    startedAt: '',
    finishedAt: '',
    commands: [],
    outputs: [{ path: 'out', size: 3, sha256: sha256Of('out') }],
    result: { size: 2, sha256: sha256Of('re') },
    archive: { size: 4, sha256: sha256Of('arch') },
    warnings: [],
  };
  const handOver = { closed: [], declared: [], leaves: null, others: [] };
  const keep = { outputs: ['out'], resultFile: 'r', tree: true, archive: true, variable: true, handOver };

  it('are those of the other run under the names of its own', () => {
    const content = file('n', 'new');
    const contents = content.type === 'file' ? [content] : [];
    const copies = copiesOf(locationIn('A'), locationIn('B'), keep, status, contents);
    expect(copies.map(({ bucket }) => bucket)).toEqual(['work', 'work', 'work', 'data', 'data']);
    expect(copies.every(({ from, to }) => from.includes('A/') && to.includes('B/'))).toBe(true);
    expect(copies[0]).toMatchObject({ to: objectKeys.treeFile('B', sha256Of('new')), size: 3 });
    expect(copies[3]).toEqual({
      bucket: 'data',
      from: objectKeys.runFile('W', 'A', runFileId('secret of A', 'out')),
      to: objectKeys.runFile('W', 'B', runFileId('secret of B', 'out')),
      size: 3,
    });
  });

  it('are none of a step that left nothing', () => {
    const nothing = { ...status, outputs: [], result: null, archive: null };
    expect(copiesOf(locationIn('A'), locationIn('B'), { ...keep, variable: false }, nothing, [])).toEqual([]);
  });
});
