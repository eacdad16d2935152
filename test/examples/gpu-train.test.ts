import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseYaml } from '../../shared/documents/yaml-document.ts';
import { checkSource } from '../../shared/workflows/check-source.ts';
import { STEP_SIZES } from '../step-sizes.ts';
import { folderOf } from './benchmark-folder.ts';

const FOLDER = folderOf('examples/gpu-train');
const config = parseYaml(readFileSync(join(FOLDER, 'workers.yaml'), 'utf8'));
const gpu = { provider: 'gpu', cpu: 4, memory: 14_336, disk: 50 };

const python = (...args: string[]) => spawnSync('python3', args, { encoding: 'utf8', cwd: FOLDER });

describe('the gpu-train example', () => {
  it('is valid on a stage with a GPU, and its worker is an error elsewhere', async () => {
    const nothing = { problems: [], warnings: [], ignored: 0 };
    expect(await checkSource(FOLDER, { config, sizes: { ...STEP_SIZES, gpu } })).toEqual(nothing);
    const { problems } = await checkSource(FOLDER, { config, sizes: STEP_SIZES });
    expect(problems).toEqual([expect.stringContaining('this deployment has no GPU')]);
  });

  it('has a program for the GPU without syntax errors, and scores a model', () => {
    expect(python('-c', 'import ast; ast.parse(open("code/train.py").read())')).toMatchObject({ status: 0 });
    const folder = mkdtempSync(join(tmpdir(), 'flowserv-model-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const [model, score] = [join(folder, 'model.json'), join(folder, 'score.json')];
    writeFileSync(model, JSON.stringify({ weights: [0, 0.857, 0, -0.0935] }));
    expect(python('code/score.py', model, score)).toMatchObject({ status: 0, stderr: '' });
    expect(JSON.parse(readFileSync(score, 'utf8')).error).toBeCloseTo(0.005, 2);
  });
});
