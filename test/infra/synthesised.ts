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
  /** Removes what synthesis writes. */
  remove(): void;
}

/** The app as `cdk synth` makes it, with the flags of cdk.json, but without bundling: that takes seconds. */
export function synthesised(name = 'test', settings: object = {}): Synthesised {
  const outdir = mkdtempSync(join(tmpdir(), 'flowserv-synth-'));
  const app = new App({ outdir, context: { ...readCdkJson().context, 'aws:cdk:bundling-stacks': [] } });
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

/** The template of a stage with the given settings. */
export function templateOf(name?: string, settings?: object): Template {
  const { stack, remove } = synthesised(name, settings);
  try {
    return Template.fromStack(stack);
  } finally {
    remove();
  }
}
