import { describe, expect, it } from 'vitest';
import type { Warning } from '../../shared/documents/warning.ts';
import { parseEngineConfig } from '../../shared/engine/engine-config.ts';
import { parseSerialWorkflow } from '../../shared/engine/serial-workflow.ts';
import { warnOfUnknownVariables } from '../../shared/engine/variable-check.ts';

/** Returns the warnings for one command, after the word that they name. */
function warningsOf(command: string, spec: object = {}, config: unknown = null): string[] {
  const warnings: Warning[] = [];
  const steps = [{ name: 's', action: { environment: 'i', commands: [command] } }];
  const workflow = parseSerialWorkflow({ parameters: { names: 'x' }, steps, ...spec });
  const at = { path: '', problems: [], warnings };
  warnOfUnknownVariables(workflow, [{ name: 'rate' }], parseEngineConfig(config), at);
  return warnings.map(({ message }) => message.replace(/^.*step 's': /, ''));
}

const stands = (name: string) =>
  `'\${${name}}' stands for the word '${name}', since no variable has this name`;

describe('warnOfUnknownVariables', () => {
  it.each([
    ['echo ${nmaes}', `${stands('nmaes')}; did you mean 'names'?`],
    [
      'echo $rate',
      `${stands('rate')}; add 'rate: "$[[rate]]"' to the parameters of the workflow, or write "$[[rate]]"`,
    ],
    [
      'for i in 1 2; do echo $i; done',
      `${stands('i')}; declare it under the parameters of the workflow, or write $$i for a variable of the shell`,
    ],
    ['${pyhton} a.py', `${stands('pyhton')}; did you mean 'python'?`],
    ['a $[[rate ? --x ${nmaes} : ]]', `${stands('nmaes')}; did you mean 'names'?`],
  ])('warns about an undeclared variable in %s (report 12)', (command, warning) => {
    expect(warningsOf(command)).toEqual([warning]);
  });

  it.each(['${python} a.py "${names}"', '${Rscript} a.R', 'echo $$HOME', 'awk $1', 'echo "$[[rate]]"'])(
    'does not warn in %s (report 12)',
    (command) => {
      expect(warningsOf(command)).toEqual([]);
    },
  );

  it('accepts a variable of the worker, or an argument in the legacy grammar (report 12)', () => {
    const workers = [{ name: 'w', type: 'docker', variables: { tool: 'x' } }];
    expect(warningsOf('run ${tool}', {}, { workers, workflow: [{ step: 's', worker: 'w' }] })).toEqual([]);
    const steps = [{ name: 's', environment: 'i', commands: ['echo "${rate}"'] }];
    expect(warningsOf('', { steps: undefined, workflow: { specification: { steps } } })).toEqual([]);
  });
});
