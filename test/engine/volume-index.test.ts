import { describe, expect, it } from 'vitest';
import { parseEngineConfig } from '../../shared/engine/engine-config.ts';
import { fetchesOf } from '../../shared/engine/step-volumes.ts';
import {
  afterCopies,
  afterStep,
  createIndex,
  DEFAULT_VOLUME,
  neededOn,
} from '../../shared/engine/volume-index.ts';

const config = (volumes: object[]) => parseEngineConfig({ volumes });

describe('the index of storage volumes', () => {
  it('I26: ignores an entry with the id of the default volume, and merges the files of others', () => {
    const { volumes } = config([
      { id: DEFAULT_VOLUME, files: ['x'] },
      { id: 's0', files: ['a', 'c'] },
    ]);
    expect([...volumes]).toEqual([['s0', ['a', 'c']]]);
    const others = [...volumes].map(([id, files]) => ({ id, files }));
    const index = createIndex([
      { id: DEFAULT_VOLUME, files: ['a', 'b'] },
      { id: DEFAULT_VOLUME, files: ['x'] },
      ...others,
    ]);
    expect(Object.fromEntries(index)).toEqual({
      a: [DEFAULT_VOLUME, 's0'],
      b: [DEFAULT_VOLUME],
      c: ['s0'],
    });
  });

  const index = createIndex([
    { id: DEFAULT_VOLUME, files: ['A.json', 'docs/D.json', 'docs2/E.json', 'other'] },
    { id: 's1', files: ['B.json'] },
  ]);

  it('I27: names the files of the inputs that are not on the volume, and has them there after the copy', () => {
    const needed = neededOn(index, 's1', ['A.json', 'docs/', 'B.json', 'missing']);
    expect(needed).toEqual([
      { path: 'A.json', from: DEFAULT_VOLUME },
      { path: 'docs/D.json', from: DEFAULT_VOLUME },
    ]);
    const copied = afterCopies(
      index,
      's1',
      needed.map(({ path }) => path),
    );
    expect(copied.get('docs/D.json')).toEqual([DEFAULT_VOLUME, 's1']);
    expect(copied.get('other')).toEqual([DEFAULT_VOLUME]);
    expect(neededOn(copied, 's1', ['A.json', 'docs/'])).toEqual([]);
  });

  it('I28: has the output of a step only on the volume of the step', () => {
    const after = afterStep(index, 's1', ['A.json', 'new']);
    expect([after.get('A.json'), after.get('new')]).toEqual([['s1'], ['s1']]);
    expect(neededOn(after, DEFAULT_VOLUME, ['A.json'])).toEqual([{ path: 'A.json', from: 's1' }]);
  });

  it('I29: is rejected without the default volume, and with a file on an unknown volume', () => {
    expect(() => createIndex([{ id: 's0', files: [] }])).toThrow(
      expect.objectContaining({ status: 400, message: 'the default storage volume is missing' }),
    );
    const known = new Map([['a', ['s9']]]);
    expect(() => createIndex([{ id: DEFAULT_VOLUME, files: [] }], known)).toThrow(
      expect.objectContaining({ code: 'object.unknown', status: 404 }),
    );
  });
});

describe('the files of a storage volume in an engine configuration', () => {
  it.each([
    ['runs/', 'holds the files of runs'],
    ['runs/other/out.txt', 'holds the files of runs'],
    ['../secret', "contains '..'"],
    ['/etc/passwd', 'is absolute'],
    ['.', 'is empty'],
    ['a/./../b', "contains '..'"],
  ])('cannot be %s', (file, why) => {
    expect(() => config([{ id: 'lab', files: [file] }])).toThrow(why);
  });

  it('reach the steps whose inputs name them: a folder by a final slash, else exactly', () => {
    const engine = config([
      { id: 'lab', files: ['data/', 'one.txt', 'deep/a/x.txt'] },
      { id: 'two', files: ['one.txt'] },
    ]);
    const fetched = (...inputs: string[]) =>
      fetchesOf(engine, inputs).map(({ volume, path }) => `${volume}:${path}`);
    expect(fetched('data/')).toEqual(['lab:data/']);
    expect(fetched('data/sub/', 'data/y.csv')).toEqual(['lab:data/sub/', 'lab:data/y.csv']);
    expect(fetched('one.txt')).toEqual(['lab:one.txt', 'two:one.txt']);
    expect(fetched('deep/')).toEqual(['lab:deep/a/x.txt']);
    expect(fetched('data', 'one', 'one.txt/', 'database/x', 'other')).toEqual([]);
  });
});
