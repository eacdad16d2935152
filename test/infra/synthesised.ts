import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { App, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as z from 'zod';
import { createStack } from '../../infra/aws/stack.ts';
import { stageOf } from '../../infra/aws/stage.ts';

export const root = fileURLToPath(new URL('../..', import.meta.url));

const cdkJson = z.object({ app: z.string(), context: z.record(z.string(), z.unknown()) });
export const readCdkJson = () => cdkJson.parse(JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8')));

export interface Synthesised {
  readonly app: App;
  readonly stack: Stack;
  /** Removes the output of the synthesis. */
  remove(): void;
}

/**
 * The app as `cdk synth` creates it, with the flags of cdk.json, but without bundling, which takes seconds.
 *
 * @param rules whether the synthesis applies the rules that CDK ships, whose engine takes twelve seconds of a processor
 *   to start
 */
export function synthesised(name = 'test', settings: object = {}, rules = true): Synthesised {
  const outdir = mkdtempSync(join(tmpdir(), 'flowserv-synth-'));
  const context = { ...readCdkJson().context, 'aws:cdk:bundling-stacks': [] };
  const app = new App({ outdir, context, builtinCloudFormationValidation: rules });
  const stack = createStack(app, stageOf(name, settings));
  return { app, stack, remove: () => rmSync(outdir, { recursive: true, force: true }) };
}

const resources = z.record(
  z.string(),
  z.object({
    Type: z.string(),
    Properties: z.record(z.string(), z.unknown()).default({}),
    DeletionPolicy: z.string().optional(),
  }),
);

/** A template's resources of one type, by logical id. */
export function resourcesOf(template: Template, type: string) {
  const all = resources.parse(template.toJSON().Resources);
  return Object.entries(all).flatMap(([id, resource]) =>
    resource.Type === type ? [{ id, ...resource }] : [],
  );
}

/** Templates as JSON texts: synthesis takes a second, and many tests use the same stages. */
const templates = new Map<string, string>();

/**
 * Returns the template of a stage with the given settings; each call returns a new copy, which a test may change.
 * `rules.test.ts` applies CDK's rules to all stages.
 */
export function templateOf(name = 'test', settings: object = {}): Template {
  const key = JSON.stringify([name, settings]);
  const text = templates.get(key) ?? templateText(name, settings);
  templates.set(key, text);
  return Template.fromString(text);
}

function templateText(name: string, settings: object): string {
  const { stack, remove } = synthesised(name, settings, false);
  try {
    return JSON.stringify(Template.fromStack(stack).toJSON());
  } finally {
    remove();
  }
}
