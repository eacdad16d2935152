import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { REPLACED_BY } from '../infra/replaced.ts';
import { stageNames, stages } from '../infra/stages.ts';
import { resourcesOf, templateOf } from '../infra/synthesised.ts';
import { pythonTool } from './python-tool.ts';

/** The oldest region, a European one, and an opt-in region. */
const REGIONS = ['us-east-1', 'eu-central-1', 'ap-southeast-3'];
/** CDK adds dependencies of functions on their roles, although they already refer to them. */
const IGNORED = ['W3005'];

/** Prints the properties of types whose change replaces a resource, as CloudFormation's registry has them. */
const REPLACING = `
import json, sys
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER as schemas
print(json.dumps({
  name: [path.split('/')[2] for path in schemas.get_resource_schema('us-east-1', name).schema.get('createOnlyProperties', [])]
  for name in json.loads(sys.argv[1])
}))`;

const findings = z.array(
  z.object({ Rule: z.object({ Id: z.string() }), Message: z.string(), Location: z.unknown() }),
);

/** AWS's own linter, with the schemas and rules that CloudFormation publishes. */
describe('cfn-lint', () => {
  const folder = mkdtempSync(join(tmpdir(), 'flowserv-cfn-lint-'));
  let lint: (path: string) => Promise<z.output<typeof findings>>;

  beforeAll(async () => {
    const program = await pythonTool('cfn-lint');
    lint = async (path) => {
      const options = ['--format', 'json', '--ignore-checks', ...IGNORED, '--regions', ...REGIONS];
      // Its exit code depends on the kind of finding, so the test reads its output.
      const { stdout } = await promisify(execFile)(program, [...options, '--template', path], {
        maxBuffer: 64 * 1024 * 1024,
      }).catch((error: { stdout?: string }) => ({ stdout: error.stdout ?? '' }));
      return findings.parse(JSON.parse(stdout));
    };
  }, 300_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  const written = (name: string, template: object) => {
    const path = join(folder, `${name}.json`);
    writeFileSync(path, JSON.stringify(template));
    return path;
  };

  it.each(stageNames)('finds no problem in stage %s in three regions', async (name) => {
    const settings = { ...stages[name], monthlyBudget: undefined };
    expect(await lint(written(name, templateOf(name, settings).toJSON()))).toEqual([]);
  });

  it('accepts budgets in all regions except opt-in regions, as documented for the setting', async () => {
    const found = await lint(written('budget', templateOf('all', stages.all).toJSON()));
    expect(found.map(({ Message }) => Message)).toEqual([
      "Resource type 'AWS::Budgets::Budget' does not exist in 'ap-southeast-3'",
    ]);
  });

  it('knows the replacing properties that the tests of upgrades name', async () => {
    const python = await pythonTool('python');
    const given = { types: Object.keys(REPLACED_BY), settings: [stages.all, stages.isolated] };
    const { stdout } = await promisify(execFile)(python, ['-c', REPLACING, JSON.stringify(given.types)]);
    const schemas = z.record(z.string(), z.array(z.string())).parse(JSON.parse(stdout));
    for (const type of given.types) {
      const used = given.settings.flatMap((settings) =>
        resourcesOf(templateOf('all', settings), type).flatMap(({ Properties }) => Object.keys(Properties)),
      );
      const missing = schemas[type]?.filter(
        (name) => used.includes(name) && !REPLACED_BY[type]?.includes(name),
      );
      expect(missing, type).toEqual([]);
      const unknown = REPLACED_BY[type]?.filter((name) => !schemas[type]?.includes(name));
      expect(unknown, type).toEqual([]);
    }
  });

  it('finds errors that CloudFormation would reject', async () => {
    const Queue = { Type: 'AWS::SQS::Queue', Properties: { DelaySeconds: 901, Colour: 'red' } };
    const rules = (await lint(written('wrong', { Resources: { Queue } }))).map(({ Rule }) => Rule.Id);
    expect(rules.sort()).toEqual(['E3002', 'E3034']);
  });
});
