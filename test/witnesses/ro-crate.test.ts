import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { Crate } from '../../shared/provenance/crate.ts';
import { runCrate } from '../../shared/provenance/run-crate.ts';
import { workflowCrate } from '../../shared/provenance/workflow-crate.ts';
import { entry, file, source, version } from '../provenance/crate-source.ts';
import { pythonTool } from './python-tool.ts';

const program = fileURLToPath(new URL('ro-crate.py', import.meta.url));
const report = z.object({ checks: z.number(), faults: z.array(z.string()) });

/** The validator of the RO-Crate community, with the shapes of the profiles that crates claim. */
describe('roc-validator', () => {
  const folder = mkdtempSync(join(tmpdir(), 'flowserv-crates-'));
  let python: string;

  beforeAll(async () => {
    python = await pythonTool('python', 'ro-crate.txt');
  }, 300_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  const write = (root: string, path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  async function validate(name: string, { documents, files }: Crate, profile: string) {
    // The validator does not find the metadata of a folder with a blank in its name.
    const root = join(folder, name.replaceAll(' ', '-'));
    for (const { path, text } of documents) write(root, path, text);
    for (const { path } of files) write(root, path, 'x');
    const { stdout } = await promisify(execFile)(python, [program, `${root}=${profile}`]);
    return report.parse(JSON.parse(stdout));
  }
  const base = source();
  const withRun = (run: Partial<typeof base.facts.run>) =>
    source({ facts: { ...base.facts, run: { ...base.facts.run, ...run } } });

  it.each([
    [
      'a run with images',
      withRun({ images: [{ step: 'score', image: 'python:3.12', digest: `sha256:${'a'.repeat(64)}` }] }),
      'provenance-run-crate',
    ],
    ['post-processing', source({ group: undefined, parameters: [] }), 'provenance-run-crate'],
    ['a failed run', withRun({ state: 'ERROR', messages: ['it broke'] }), 'workflow-run-crate'],
  ])('finds no fault in the crate of %s', async (name, of, profile) => {
    const { checks, faults } = await validate(name, runCrate(of), profile);
    expect(faults).toEqual([]);
    expect(checks).toBeGreaterThan(60);
  });

  it('finds no fault in the crate of a workflow', async () => {
    const workflow = { id: 'W', version: 'v1', createdAt: '2026-01-01T00:00:00.000000+00:00' };
    const crate = workflowCrate({ workflow, entry, version: version([file('docs/a.txt', 'public')]) });
    expect(await validate('workflow', crate, 'workflow-ro-crate')).toMatchObject({ faults: [] });
  });

  it('finds what a crate lacks', async () => {
    const crate = runCrate(base);
    const documents = crate.documents.map(({ path, text }) => ({
      path,
      text: text.replace('"license"', '"rights"').replace('"workExample"', '"example"'),
    }));
    const { faults } = await validate('lacking', { ...crate, documents }, 'provenance-run-crate');
    expect(faults.join('\n')).toMatch(/license/);
    expect(faults.join('\n')).toMatch(/workExample/);
  });
});
