import { describe, expect, it } from 'vitest';
import { readSource } from '../../shared/sources/folder.ts';
import { relativeLinks } from '../../shared/sources/instruction-links.ts';
import { checkSource } from '../../shared/workflows/check-source.ts';
import { folderWith } from './source-folder.ts';

describe('relativeLinks', () => {
  it.each([
    ['see [the data](data/names.txt) and ![plot](<plot.svg> "A plot")', ['data/names.txt', 'plot.svg']],
    ['[rules]: docs/rules.md#scores', ['docs/rules.md']],
    ['<a href="kit.zip"><img src=\'a%20b.png\'></a>', ['kit.zip', 'a b.png']],
    ['[a](x.md) [b](x.md?y) [c](50%.md)', ['x.md', '50%.md']],
    ['[a](https://example.org/a) [b](mailto:a@b) [c](#top) [d](/groups) [e](//host/x)', []],
    ['`[a](x.md)` and\n```\n[b](y.md)\n```\nthen [c](z.md)', ['z.md']],
    ['f(x) [1] (see) array[0](call)', ['call']],
  ])('returns the paths: %s', (text, links) => {
    expect(relativeLinks(text)).toEqual(links);
  });

  it('reads a long text in linear time', () => {
    expect(relativeLinks('[a]('.repeat(200_000))).toEqual([]);
    expect(relativeLinks('[x](y.md)\n'.repeat(100_000))).toEqual(['y.md']);
  });
});

describe('instructions', () => {
  const manifest = 'name: X\nspecfile: template.yaml\ninstructions: docs/help.md\n';
  const template = 'workflow:\n  steps: [{name: s, action: {environment: i:1, commands: [a]}}]\n';
  const files = {
    'flowserv.yaml': manifest,
    'template.yaml': template,
    'data/names.txt': '',
    'docs/rules.md': '',
  };

  it('cause a warning about each link that leads nowhere, the same in validate and in the installation', async () => {
    const help =
      '[a](data/name.txt) [b](rules.md) [c](../data/names.txt) [d](data/) [e](../../etc/passwd) [f](none)';
    const folder = await folderWith({ ...files, 'docs/help.md': help });
    const expected = [
      "docs/help.md: a link leads to 'data/name.txt', which the source does not have; did you mean 'data/names.txt'?",
      "docs/help.md: a link leads to '../../etc/passwd', which the source does not have; check its path",
      "docs/help.md: a link leads to 'none', which the source does not have; check its path",
    ].map((message) => ({ code: 'link.missing', message }));
    expect(await checkSource(folder)).toMatchObject({ problems: [], warnings: expected });
    expect((await readSource(folder)).warnings).toEqual(expected);
  });
});
