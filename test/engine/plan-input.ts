import { parseEngineConfig } from '../../shared/engine/engine-config.ts';
import type { ExpansionContext } from '../../shared/engine/expansion-context.ts';
import type { PlanInput } from '../../shared/engine/plan-input.ts';
import { parseSerialWorkflow } from '../../shared/engine/serial-workflow.ts';
import { invalid } from '../../shared/errors.ts';
import { STEP_SIZES } from '../step-sizes.ts';
import { PYTHON } from './python-settings.ts';

/** Expands references from plain values, as far as these tests need it. */
export function contextOf(
  values: Record<string, unknown>,
  actors: Record<string, unknown> = {},
): ExpansionContext {
  const lookUp = (name: string) => {
    if (!(name in values)) {
      throw invalid('argument.missing', `missing argument for '${name}'`);
    }
    return values[name];
  };
  const textOf = (value: unknown) => {
    const names: Record<string, string> = { true: 'True', false: 'False', null: 'None' };
    return names[String(value)] ?? String(value);
  };
  const evaluate = (inner: string) => {
    const [name = '', branches] = inner.split('?');
    const [whenTrue = '', whenFalse] = (branches ?? '').split(':');
    const value = lookUp(name.trim());
    if (branches === undefined) {
      return value;
    }
    return textOf(value).toLowerCase() === 'true' ? whenTrue.trim() : (whenFalse?.trim() ?? null);
  };
  const resolve = (value: unknown) => {
    const whole = typeof value === 'string' ? /^\$\[\[([^\]]*)\]\]$/.exec(value)?.[1] : undefined;
    if (whole !== undefined) {
      return evaluate(whole);
    }
    return typeof value === 'string'
      ? value.replace(/\$\[\[([^\]]*)\]\]/g, (_all, inner: string) => textOf(evaluate(inner) ?? ''))
      : value;
  };
  return { resolve, textOf, isLeftOut: () => false, actionOf: (name) => actors[name] };
}

export function inputOf(
  spec: unknown,
  values: Record<string, unknown>,
  more: Partial<PlanInput> = {},
): PlanInput {
  return {
    workflow: parseSerialWorkflow(spec),
    context: contextOf(values),
    arguments: new Map(Object.entries(values)),
    added: { context: contextOf(values), values: new Map() },
    kinds: new Map(),
    engine: parseEngineConfig(null),
    sizes: STEP_SIZES,
    templateOutputs: [],
    resultFile: null,
    uploads: [],
    copies: [],
    staticFiles: [],
    privateFiles: [],
    programOf: () => undefined,
    python: PYTHON,
    ...more,
  };
}

export const container = (commands: string[], environment = 'image') => ({ environment, commands });
export const steps = (...actions: unknown[]) => ({
  steps: actions.map((action, index) => ({ name: `s${index}`, action })),
});
