import { describe, expect, it } from 'vitest';
import { checkTemplate } from '../../shared/workflows/check-template.ts';
import { PYTHON } from '../engine/python-settings.ts';

const IMAGE = `python@sha256:${'0'.repeat(64)}`;
const container = (environment: string) => ({ environment, commands: ['true'] });

/** The warnings about the only step of a workflow. */
function warningsOf(action: unknown, config?: unknown, cache: unknown = true) {
  const workflow = { steps: [{ name: 's', cache, action }] };
  const parameters = [
    { name: 'step', dtype: 'actor' },
    { name: 'version', dtype: 'select', values: [{ name: '3', value: '3' }] },
  ];
  const { warnings, problems } = checkTemplate({ workflow, parameters }, { config, python: PYTHON });
  expect(problems).toEqual([]);
  return warnings.filter(({ code }) => code === 'cache.never').map(({ message }) => message);
}
const worker = (settings: object) => ({
  workers: [{ name: 'w', type: 'docker', ...settings }],
  workflow: [{ step: 's', worker: 'w' }],
});

describe('a step with cache: true', () => {
  it('gets no warning if its image has a digest', () => {
    expect(warningsOf(container(IMAGE))).toEqual([]);
    expect(warningsOf({ func: 'm.f', environment: IMAGE })).toEqual([]);
  });

  it('gets a warning if its image has none', () => {
    const warning =
      "workflow.steps[0].action: step 's' has 'cache: true', but is executed in each run: its image has no digest, so another one may have its name later; use '<image>@sha256:…'";
    expect(warningsOf(container('python:3.12'))).toEqual([warning]);
    expect(warningsOf({ func: 'm.f' })).toEqual([warning]);
    expect(warningsOf(container('python@sha256:1'))).toEqual([warning]);
  });

  it('gets no warning if only a run knows its image', () => {
    expect(warningsOf('$[[step]]')).toEqual([]);
    expect(warningsOf(container('python:$[[version]]'))).toEqual([]);
  });

  it('gets a warning if its worker gives it the network', () => {
    expect(warningsOf(container(IMAGE), worker({ network: true }))[0]).toContain('the network');
    expect(warningsOf(container(IMAGE), worker({}))).toEqual([]);
  });

  it('gets a warning if it installs packages', () => {
    const notebook = { notebook: 'n/a.ipynb', environment: IMAGE };
    expect(warningsOf({ ...notebook, requirements: ['numpy'] })[0]).toContain('installs packages');
    expect(warningsOf(notebook)).toEqual([]);
    expect(warningsOf(notebook, worker({ type: 'nbdocker' }))[0]).toContain('installs packages');
  });

  it('gets a warning if a remote engine executes it', () => {
    const workflow = { steps: [{ name: 's', cache: true, action: container(IMAGE) }] };
    const { warnings } = checkTemplate({ workflow }, { isRemote: true });
    expect(warnings.map(({ message }) => message)).toEqual([
      "workflow.steps[0].action: step 's' has 'cache: true', but is executed in each run: a remote engine executes it",
    ]);
  });

  it('gets a warning in post-processing too', () => {
    const workflow = { steps: [{ name: 's', action: container('a') }] };
    const cached = { steps: [{ name: 'p', cache: true, action: container('a') }] };
    const postproc = { workflow: cached, inputs: { files: [] } };
    const { warnings } = checkTemplate({ workflow, postproc });
    expect(warnings.map(({ code }) => code)).toContain('cache.never');
  });

  it('is the only one with such a warning', () => {
    expect(warningsOf(container('python:3.12'), undefined, false)).toEqual([]);
  });
});
