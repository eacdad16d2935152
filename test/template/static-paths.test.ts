import { describe, expect, it } from 'vitest';
import { placeRule } from '../../shared/template/static-paths.ts';

describe('placeRule', () => {
  const mayLieAt = placeRule(['code/score.py', 'data']);

  it('covers static files, the folders above them and paths below them', () => {
    const isStatic = (path: string) => !mayLieAt(path, false);

    expect(['code/score.py', 'code', 'data', 'data/x', 'data/x/y'].map(isStatic)).not.toContain(false);
    expect(['code/other.py', 'code2', 'dat', 'score.py'].map(isStatic)).not.toContain(true);
  });

  it('lets a file lie at every path that the template declares', () => {
    expect(['code/score.py', 'data/x', 'other'].map((path) => mayLieAt(path, true))).not.toContain(false);
  });
});
