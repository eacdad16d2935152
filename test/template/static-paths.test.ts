import { describe, expect, it } from 'vitest';
import { importingLanguages } from '../../shared/template/looked-up-paths.ts';
import {
  closedFolders,
  dropReason,
  type HandOver,
  holdsOutputs,
  locationRule,
} from '../../shared/template/static-paths.ts';

describe('locationRule', () => {
  const faultOf = locationRule(['code/score.py', 'data']);
  const isFree = (path: string) => faultOf(path, false) === undefined;

  it('covers static files, the folders above them and paths below them', () => {
    for (const path of ['code/score.py', 'code', 'data', 'data/x', 'data/x/y']) {
      expect(faultOf(path, false)).toBe('belongs to a file of the workflow; name another');
    }
  });

  it('closes the folders of static files, with all folders below and above', () => {
    const fault =
      "is in the folder 'code' of the workflow's own files; name a path in another folder, or have the template declare this one as the target of a parameter";
    for (const path of [
      'code/json.py',
      'code/helper/__init__.py',
      'code/__pycache__/score.cpython-312.pyc',
    ]) {
      expect(faultOf(path, false)).toBe(fault);
    }
    expect(locationRule(['code/lib/score.py'])('code/__init__.py', false)).toBe(fault);
    expect(['code2', 'code2/x', 'dat', 'score.py', 'results/code/x'].filter(isFree)).toHaveLength(5);
  });

  it('closes them under each name that is equivalent on a disk that ignores case', () => {
    expect(['Code/json.py', 'CODE/score.py'].filter(isFree)).toEqual([]);
    expect(locationRule(['caf\u00e9/x.py'])('cafe\u0301/json.py', false)).toBeDefined();
  });

  it('closes all paths if the run directory itself is closed', () => {
    const closed = locationRule(['score.py'], 'closed');
    expect(closed('json.py', false)).toMatch(/^is in the run directory, from which a step/);
    expect(closed('own/x.txt', false)).toBeDefined();
    expect(closed('own/x.txt', true)).toBeUndefined();
  });

  it('rejects files in the run directory that programs look up there', () => {
    const names = [
      '.Rprofile',
      '.git/config',
      'node_modules/x/index.js',
      'package.json',
      'GNUmakefile',
      'conftest.py',
      'META-INF/services/java.sql.Driver',
      'jupyter_nbconvert_config.py',
      'jest.config.mjs',
    ];
    expect(names.filter(isFree)).toEqual([]);
    expect(['names.txt', 'own/package.json.txt', 'submission.py'].filter(isFree)).toHaveLength(3);
    const imports = locationRule([], ['python']);
    const modules = ['json.py', 'json/__init__.pyc', 'json.cpython-312-x86_64-linux-gnu.so'];
    expect(modules.filter((path) => imports(path, false) === undefined)).toEqual([]);
    expect(imports('names.txt', false)).toBeUndefined();
    const shadows = [
      'mean.m',
      '+pkg/f.m',
      'org/Impl.class',
      'helper.php',
      'cjson.lua',
      'Data/List.hs',
      'fast.beam',
    ];
    const all = locationRule([], importingLanguages);
    expect(shadows.filter((path) => all(path, false) === undefined)).toEqual([]);
    expect(shadows.filter((path) => imports(path, false) !== undefined)).toEqual([]);
    const left = {
      closed: closedFolders(['code/x'], ['python']),
      declared: ['work/'],
      leaves: null,
      others: [],
    };
    const dropped = ['json.py', 'work/own.py', 'x.txt'].filter(
      (path) => dropReason(left, path) !== undefined,
    );
    expect(dropped).toEqual(['json.py']);
  });

  it('allows a file at every path that the template declares', () => {
    const paths = ['code/score.py', 'code/json.py', 'data/x', 'other', '.hidden'];
    expect(paths.filter((path) => faultOf(path, true) !== undefined)).toEqual([]);
  });
});

describe('a file that a step leaves', () => {
  const rule: HandOver = {
    closed: closedFolders(['code/lib/score.py', 'top.txt'], []),
    declared: ['code/out.txt', 'code/plots/', 'work/'],
    leaves: null,
    others: [],
  };
  const actors = { ...rule, leaves: ['work/', 'code/out.txt', 'code/chosen.py'] };
  const goesOn = (of: HandOver) => (path: string) => dropReason(of, path) === undefined;

  it('reaches later steps outside of closed folders, and inside them if the template declares it', () => {
    const paths = ['x', 'work/a', 'top.py', 'code/out.txt', 'code/plots/a.svg'];
    expect(paths.filter(goesOn(rule))).toEqual(paths);
    expect(
      ['code/json.py', 'code/lib/__pycache__', 'code/plots', 'code/out.txt2'].filter(goesOn(rule)),
    ).toEqual([]);
    expect(dropReason(rule, 'code/json.py')).toBe(
      "it is in the folder 'code' of the workflow's own files; write it elsewhere, or have the template list it in 'outputs'",
    );
  });

  it('reaches later steps from a participant’s step only as a declared output', () => {
    expect(['work/a', 'code/out.txt'].filter(goesOn(actors))).toHaveLength(2);
    const dropped = ['x', 'work', 'worker', 'code/plots/a.svg', 'code/json.py', 'code/chosen.py'];
    expect(dropped.filter(goesOn(actors))).toEqual([]);
  });

  it('reaches later steps from a participant’s step as a link only if the link’s target does too', () => {
    const leads = (target: string) => dropReason(actors, 'work/deep/link', target) === undefined;
    expect(['x', '../x', './../y/z', '../../work/x'].filter(leads)).toHaveLength(4);
    expect(['../..', '../../code', '../../../x', '../x/../../code', 'a/../b', '/etc'].filter(leads)).toEqual(
      [],
    );
  });

  it('does not reach later steps where programs look for code, not even through a link above it', () => {
    const paths = [
      '.proverc',
      '.git/config',
      '.env',
      'rakefile.rb',
      'profiles/default/config.yaml',
      '_quarto.yml',
    ];
    expect(paths.filter(goesOn(rule))).toEqual([]);
    expect(['profiles', 'workflow', 'tools'].filter(goesOn(rule))).toHaveLength(3);
    const asLink = (path: string) => dropReason(rule, path, 'work/own') === undefined;
    expect(['profiles', 'workflow', 'tools', '.git'].filter(asLink)).toEqual([]);
    expect(['profile', 'own'].filter(asLink)).toHaveLength(2);
  });

  it('may be in folders that contain declared outputs', () => {
    const holding = (of: HandOver) =>
      ['code', 'code/plots', 'work', 'other'].filter((path) => holdsOutputs(of, path));
    expect(holding(rule)).toEqual(['code', 'code/plots', 'work']);
    expect(holding(actors)).toEqual(['code', 'work']);
  });
});

describe('the surroundings of private files', () => {
  it('get the same response for every path, so that no name can be guessed', () => {
    const rule = locationRule(['code/score.py'], [], ['truth/a/labels.csv']);
    const near = [
      ...['truth/a/labels.csv', 'truth/a/none', 'truth/a/labels.csv/x', 'truth/a/none/x', 'truth/a'],
      'Truth/A/labels.csv',
    ];
    expect(new Set(near.map((path) => rule(path, false)))).toEqual(
      new Set(['belongs to a file of the workflow; name another']),
    );
    expect(['truth/b', 'other/x', 'x'].map((path) => rule(path, false))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(rule('truth/a/predictions.csv', true)).toBeUndefined();
    expect(locationRule([], [], ['labels.csv'])('anywhere/x', false)).toBeDefined();
  });
});
