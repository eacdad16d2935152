import * as z from 'zod';
import { invalidTemplate } from '../errors.ts';
import { isRecord, keyValues, parseAt } from './document.ts';

/** Commands run by `/bin/sh` in a container of the image. */
export interface ContainerAction {
  readonly kind: 'container';
  /** Image reference; may hold `$[[…]]` references. */
  readonly image: string;
  readonly commands: readonly string[];
  readonly env: ReadonlyMap<string, unknown>;
}

/** A Python callable that runs on the context of the workflow. */
export interface CodeAction {
  readonly kind: 'code';
  /** Dotted import path. */
  readonly func: string;
  /** Context variable that receives the result, or null when the result is dropped. */
  readonly result: string | null;
  readonly mapping: readonly ArgumentMapping[];
}

/** A notebook that is executed with papermill. */
export interface NotebookAction {
  readonly kind: 'notebook';
  readonly notebook: string;
  readonly output: string | null;
  readonly params: readonly string[];
  readonly requirements: readonly string[];
  readonly mapping: readonly ArgumentMapping[];
}

/** A step that is supplied as the argument of an actor parameter. */
export interface ActorAction {
  readonly kind: 'actor';
  readonly parameter: string;
}

/** Function or notebook argument `arg` is taken from the context variable `var`. */
export interface ArgumentMapping {
  readonly arg: string;
  readonly var: string;
}

export type SuppliedAction = ContainerAction | CodeAction | NotebookAction;
export type StepAction = SuppliedAction | ActorAction;

/** An upload limit of its own would be odd, yet a command is shell text that is scanned: 64 KiB each. */
const MAX_COMMAND_CHARACTERS = 65_536;
const MAX_COMMANDS = 1000;

const text = z.string();
const mapping = z.array(z.strictObject({ arg: text, var: text })).nullish();

const container = z.object({
  environment: text.trim().min(1),
  commands: z.array(text.max(MAX_COMMAND_CHARACTERS)).max(MAX_COMMANDS),
  env: z.unknown().optional(),
});
const code = z.object({ func: text.min(1), arg: text.nullish(), variables: mapping });
const notebook = z.object({
  notebook: text,
  output: text.nullish(),
  params: z.array(text).nullish(),
  requirements: z.array(text).nullish(),
  variables: mapping,
});

const WHOLE_REFERENCE = /^\s*\$\[\[((?:(?!\]\]).)*)\]\]\s*$/s;

/**
 * Reads the action of a step, or the value of an actor argument.
 *
 * Besides the action mapping it accepts the spellings that clients and older templates use: `image` for
 * `environment`, and the pair `['container', {…}]` (flowServ template specification, actor parameters).
 *
 * @param path Where the value stands, for messages, e.g. `workflow.steps[0].action`.
 * @throws FlowservError 400 when no step type fits or a field has the wrong shape.
 */
export function parseAction(value: unknown, path: string): SuppliedAction {
  const action = isRecord(value) ? value : pairedAction(value);
  if (action === null) {
    throw invalidAction(value, path);
  }
  if (has(action, 'commands') && (has(action, 'environment') || has(action, 'image'))) {
    const fields = parseAt(container, { ...action, environment: action.environment ?? action.image }, path);
    const env = keyValues(fields.env, `${path}.env`);
    return { kind: 'container', image: fields.environment, commands: fields.commands, env };
  }
  if (has(action, 'func')) {
    const fields = parseAt(code, action, path);
    return { kind: 'code', func: fields.func, result: fields.arg ?? null, mapping: fields.variables ?? [] };
  }
  if (has(action, 'notebook')) {
    const fields = parseAt(notebook, action, path);
    return {
      kind: 'notebook',
      notebook: fields.notebook,
      output: fields.output ?? null,
      params: fields.params ?? [],
      requirements: fields.requirements ?? [],
      mapping: fields.variables ?? [],
    };
  }
  throw invalidAction(value, path);
}

/** The parameter's name when a value is exactly one unconditional reference, else null. */
export function wholeReference(value: unknown): string | null {
  const name = typeof value === 'string' ? WHOLE_REFERENCE.exec(value)?.[1]?.trim() : undefined;
  return name === undefined || name === '' || name.includes('?') ? null : name;
}

function pairedAction(value: unknown): Record<string, unknown> | null {
  const pair = z.tuple([z.string(), z.record(z.string(), z.unknown())]).safeParse(value);
  return pair.success ? pair.data[1] : null;
}

function has(action: Record<string, unknown>, key: string): boolean {
  return action[key] !== undefined && action[key] !== null;
}

function invalidAction(value: unknown, path: string) {
  const shown = isRecord(value) ? `with keys ${Object.keys(value).join(', ')}` : `of type ${typeof value}`;
  return invalidTemplate(`${path}: invalid action specification ${shown.slice(0, 200)}`);
}
