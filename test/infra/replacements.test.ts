import { describe, expect, it } from 'vitest';
import { ALL_SETTINGS, ISOLATED } from './all-settings.ts';
import { REPLACED_BY } from './replaced.ts';
import { resourcesOf, templateOf } from './synthesised.ts';

/** A line for each resource that must not be replaced: type, logical id, and what would replace it. */
function lasting(settings: object): string[] {
  const template = templateOf('test', settings);
  return Object.entries(REPLACED_BY)
    .flatMap(([type, properties]) =>
      resourcesOf(template, type).map(({ id, Properties }) => {
        const values = properties
          .filter((name) => name in Properties)
          .map((name) => [name, Properties[name]]);
        return `${type} ${id} ${JSON.stringify(Object.fromEntries(values))}`;
      }),
    )
    .sort();
}

/**
 * A changed id makes CloudFormation delete a resource and create another one; with a fixed name the deployment fails,
 * as the old one still has it. `vitest -u` accepts such a change: then describe in docs/deploy.md what an upgrade does.
 */
describe('an upgrade', () => {
  it.each([
    ['all-settings', ALL_SETTINGS],
    ['isolated', ISOLATED],
  ])(
    'replaces no resource of stage %s that contains data, a name or an address, or that running tasks use',
    async (name, settings) => {
      await expect(`${lasting(settings).join('\n')}\n`).toMatchFileSnapshot(`lasting/${name}.txt`);
    },
  );
});
