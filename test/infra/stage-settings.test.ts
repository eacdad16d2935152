import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { stageSettings } from '../../infra/aws/stage-settings.ts';
import { root } from './synthesised.ts';

const setting = z.object({
  default: z.unknown().optional(),
  get properties() {
    return z.record(z.string(), setting).optional();
  },
});

/** Every setting with its default, by its path: `quotas.groups`. */
function settingsBelow({ properties = {} }: z.output<typeof setting>, path = ''): [string, unknown][] {
  return Object.entries(properties).flatMap(([name, declared]): [string, unknown][] =>
    declared.properties ? settingsBelow(declared, `${path}${name}.`) : [[`${path}${name}`, declared.default]],
  );
}
const settings = settingsBelow(setting.parse(z.toJSONSchema(stageSettings, { io: 'input' })));

/** A line that declares a setting. */
const settingLine = /^ +\w+: (?:z|sizeSchemas)\b/;

/** A default in the form of docs/deploy.md. */
function written(name: string, value: unknown): string {
  if (name === 'production') return '`true`, `false` for `dev`';
  if (value === undefined) return '–';
  if (typeof value === 'number') {
    const gibibytes = value / 1024 ** 3;
    return value > 0 && Number.isInteger(gibibytes) ? `${gibibytes} GiB` : value.toLocaleString('en-US');
  }
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

describe('each setting of a stage', () => {
  it('has a row in docs/deploy.md with its default, in the same order', () => {
    const text = readFileSync(join(root, 'docs/deploy.md'), 'utf8');
    const table = /^\| Setting \| Default \|.*\n(?:\|.*\n)+/m.exec(text)?.[0] ?? '';
    const rows = table.trim().split('\n').slice(2);
    expect(rows.map((row) => row.split(' | ').slice(0, 2).join(' | '))).toEqual(
      settings.map(([name, value]) => `| \`${name}\` | ${written(name, value)}`),
    );
  });

  it('has a comment, which an editor shows in stages.ts', () => {
    const lines = readFileSync(join(root, 'infra/aws/stage-settings.ts'), 'utf8').split('\n');
    for (const [path] of settings) {
      const name = path.split('.').at(-1);
      const lineNumbers = lines.flatMap((line, index) =>
        settingLine.test(line) && line.trim().startsWith(`${name}:`) ? [index] : [],
      );
      expect(lineNumbers, path).not.toEqual([]);
      for (const number of lineNumbers) expect(lines[number - 1], path).toMatch(/\*\/$/);
    }
  });
});
