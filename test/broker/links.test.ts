import { describe, expect, it } from 'vitest';
import { foldersOf, withoutLinksAt } from '../../shared/broker/tree.ts';
import type { RunPlan } from '../../shared/engine/run-plan.ts';
import type { TreeEntry } from '../../shared/staging/protocol.ts';
import { plannedStep } from '../engine/planned-step.ts';

const file = (path: string, letter: string): TreeEntry => ({
  ...{ type: 'file', path, mode: 0o644, size: 1, sha256: letter.repeat(64), protected: false },
  source: { kind: 'tree', id: letter.repeat(64) },
});
const link = (path: string, target: string): TreeEntry => ({ type: 'link', path, target });

describe('withoutLinksAt', () => {
  it('replaces links to outputs of the organiser by copies of the files, and keeps all other links', () => {
    const tree = [
      ...[file('runs/1/score.json', 'a'), file('runs/1/deep/x', 'b'), link('runs/1/up', '..')],
      ...[link('now', 'runs/1'), link('made', 'now'), link('score.json', 'now/deep/../score.json')],
      ...[link('other', 'runs'), link('lost/a', '../nothing'), link('round', 'round')],
    ];
    expect(withoutLinksAt(tree, ['made/score.json', 'score.json', 'lost/', 'round'])).toEqual([
      ...[file('made/deep/x', 'b'), file('made/score.json', 'a'), link('now', 'runs/1')],
      ...[link('other', 'runs'), file('runs/1/deep/x', 'b'), file('runs/1/score.json', 'a')],
      ...[link('runs/1/up', '..'), file('score.json', 'a')],
    ]);
  });
});

describe('foldersOf', () => {
  it('leaves out folders that the previous step replaced by a link', () => {
    const step = plannedStep(0, { outputs: ['plots/a', 'plots/deep/b', 'out/c'] });
    const plan: RunPlan = { v: 1, steps: [step], uploads: [], copies: [], outputs: [], resultFile: null };
    expect(foldersOf(plan, step, [link('plots', 'drawn')])).toEqual(['out']);
  });
});
