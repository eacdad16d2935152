import { describe, expect, it } from 'vitest';
import { readConfig } from '../../shared/config.ts';
import { checkBudget, checkLogins, checkSettings } from '../../shared/installations/operator-only.ts';
import { createServices } from '../../shared/services/services.ts';
import { parseTemplate } from '../../shared/template/template.ts';
import type { WorkflowVersion } from '../../shared/workflows/version.ts';

const templateWith = (...images: readonly string[]) =>
  parseTemplate({
    workflow: {
      steps: images.map((environment, index) => ({
        name: `s${index}`,
        action: { environment, commands: ['true'] },
      })),
    },
    parameters: [{ name: 'tag', dtype: 'string' }],
  });

const installed = (config: object | null, more: Partial<WorkflowVersion> = {}) =>
  ({
    config,
    engine: null,
    template: templateWith('lab.example/a:1'),
    ...more,
  }) as unknown as WorkflowVersion;

const services = createServices(readConfig({ FLOWSERV_REGISTRY_LOGINS: 'lab.example=arn:aws:secret' }));

const problem = (check: () => void): string | undefined => {
  try {
    check();
    return undefined;
  } catch (error) {
    expect(error).toMatchObject({ code: 'version.operator' });
    return (error as Error).message;
  }
};

describe('an organiser may not install versions of a workflow', () => {
  const settings = (config: object | null, more = {}) =>
    problem(() => checkSettings(installed(config, more)));
  const worker = (more: object) => ({ workers: [{ name: 'w', type: 'docker', ...more }] });

  it('whose steps get variables, unless the operator permits it', () => {
    const variables = { env: [{ key: 'TOKEN', value: 'secret-1' }] };
    expect(settings(worker(variables))).toMatch(/variables of the worker 'w'.*trustOrganisers/);
    expect(settings(worker(variables))).not.toContain('secret-1');
    expect(settings({ ...worker(variables), trustOrganisers: true })).toBeUndefined();
    expect(settings(worker({ cpu: 2, network: true }))).toBeUndefined();
    expect(settings(null)).toBeUndefined();
  });

  it('whose steps use a storage volume or a remote engine, in any case', () => {
    const trusted = { trustOrganisers: true };
    expect(settings({ ...worker({ volume: 'lab' }), ...trusted })).toMatch(/storage volume 'lab'/);
    expect(settings({ volumes: [{ name: 'lab', files: ['a'] }], ...trusted })).toMatch(
      /storage volume 'lab'/,
    );
    expect(settings(trusted, { engine: 'reana' })).toMatch(/remote engine 'reana'/);
  });

  it('without the budget of the operator, or with a larger one', () => {
    const before = installed(null, {
      contest: { limits: {}, budget: { perMonth: 100_000_000, whenReached: 'wait' } },
    });
    const budget = (perMonth?: number) =>
      problem(() =>
        checkBudget(before, {
          limits: {},
          ...(perMonth === undefined ? {} : { budget: { perMonth: 1e6 * perMonth, whenReached: 'refuse' } }),
        }),
      );
    expect([budget(100), budget(50)]).toEqual([undefined, undefined]);
    expect(budget(101)).toMatch(/budget of 100 USD/);
    expect(budget()).toMatch(/budget of 100 USD/);
    expect(problem(() => checkBudget(before, null))).toMatch(/budget/);
    expect(problem(() => checkBudget(installed(null), null))).toBeUndefined();
  });

  it('with another image that is pulled with a login of the operator', () => {
    const images = (config: object | null, ...names: readonly string[]) =>
      problem(() => checkLogins(services, installed(config), templateWith(...names)));
    expect(images(null, 'python:3.9', 'lab.example/a:1')).toBeUndefined();
    expect(images(null, 'python:3.9', 'lab.example/secret:1')).toMatch(/image 'lab\.example\/secret:1'/);
    expect(images({ trustOrganisers: true }, 'lab.example/secret:1')).toBeUndefined();
    // Such an image is pulled without a login.
    expect(images(null, 'lab.example/$[[tag]]')).toBeUndefined();
  });
});
