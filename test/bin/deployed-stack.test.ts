import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { checkRelease } from '../../bin/session/deployed-stack.ts';
import { RELEASE_OUTPUT } from '../../infra/output-names.ts';
import { version } from '../../shared/api/version.ts';
import { example } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';
import {
  type FakeRefusal,
  type FakeStack,
  outputsOf,
  servicesOf,
  startCloudFormation,
} from './cloudformation.ts';
import { type CliOptions, cliWith } from './run-cli.ts';

describe('an operator of a stack on AWS', () => {
  const stack = useStack({ env: { FLOWSERV_SIGNUP: 'approval' } });
  let cloudFormation: Awaited<ReturnType<typeof startCloudFormation>>;
  let folder: string;
  let flowserv: ReturnType<typeof cliWith>;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'flowserv-deployed-'));
    cloudFormation = await startCloudFormation({
      'flowserv-prod': { outputs: outputsOf(stack.operator, stack.url) },
    });
    flowserv = cliWith({
      ...servicesOf(stack.operator),
      AWS_ENDPOINT_URL_CLOUDFORMATION: cloudFormation.endpoint,
      AWS_REGION: 'eu-central-1',
      FLOWSERV_API_DIR: folder,
    });
  });
  afterAll(async () => {
    await cloudFormation.close();
    rmSync(folder, { recursive: true });
  });

  it('installs and deletes workflows there with only the name of the stack', async () => {
    const created = await flowserv(
      `--stack flowserv-prod workflows create ${example('hello-world')} -k DEPLOYED`,
    );
    expect(created).toEqual({ code: 0, stdout: 'export FLOWSERV_APP=DEPLOYED\n', stderr: '' });

    const env = { FLOWSERV_STACK: 'flowserv-prod', FLOWSERV_APP: 'DEPLOYED' };
    expect((await flowserv('workflows show', { env })).stdout).toContain('Name        : Hello World\n');
    expect((await flowserv('workflows delete --force', { env })).stdout).toBe('workflow DEPLOYED deleted.\n');
    expect((await stack.request('GET', '/workflows/DEPLOYED')).status).toBe(404);
  });

  it('finds the API, and approves waiting accounts', async () => {
    const env = { FLOWSERV_STACK: 'flowserv-prod', FLOWSERV_API_HOST: 'nowhere.example' };
    const registered = await flowserv('users register -u alice -p secret-of-alice', { env });
    expect(registered.stdout).toMatch(/^Registered alice with ID /);
    expect((await flowserv('users approve -u alice', { env })).stdout).toMatch(/^Approved alice with ID /);
    expect((await flowserv('login -u alice -p secret-of-alice', { env })).code).toBe(0);
    expect((await flowserv('config', { env })).stdout).toContain('export FLOWSERV_API_HOST=localhost\n');
  });

  it('asks CloudFormation in the region of the option, else of the environment', async () => {
    cloudFormation.requests.length = 0;
    await flowserv('--stack flowserv-prod --region eu-west-1 stage show');
    await flowserv('--stack flowserv-prod stage show', {
      env: { AWS_REGION: '', AWS_DEFAULT_REGION: 'us-west-2' },
    });
    expect(cloudFormation.requests.map(({ region }) => region)).toEqual(['eu-west-1', 'us-west-2']);
  });

  it('uses the keys of a profile, and no others', async () => {
    const shared = join(folder, 'credentials');
    const { AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '' } = stack.operator;
    const keys = `aws_access_key_id = ${AWS_ACCESS_KEY_ID}\naws_secret_access_key = ${AWS_SECRET_ACCESS_KEY}\n`;
    writeFileSync(shared, `[organiser]\n${keys}`);
    const env = {
      AWS_SHARED_CREDENTIALS_FILE: shared,
      AWS_ACCESS_KEY_ID: 'OTHER',
      AWS_SECRET_ACCESS_KEY: 'of another user',
    };
    cloudFormation.requests.length = 0;

    const shown = await flowserv('--stack flowserv-prod --profile organiser stage show', { env });

    expect(shown.stdout).toMatch(/^Admission : open\n/);
    expect(cloudFormation.requests.map(({ accessKeyId }) => accessKeyId)).toEqual([AWS_ACCESS_KEY_ID]);
  });

  it('cannot act on another server', async () => {
    const { code, stderr } = await flowserv('--stack flowserv-prod --url http://rob.example/api stage pause');
    expect(stderr).toContain('only the operator of http://rob.example/api can do this');
    expect(code).toBe(1);
  });
});

describe('a stack that cannot be used', () => {
  const folder = mkdtempSync(join(tmpdir(), 'flowserv-undeployed-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  let close = async () => {};
  afterEach(() => close());

  /** The command line before a CloudFormation with these stacks. */
  async function run(
    args: string,
    stacks: Readonly<Record<string, FakeStack>>,
    { env = {}, refusal }: CliOptions & { readonly refusal?: FakeRefusal } = {},
  ) {
    const cloudFormation = await startCloudFormation(stacks, () => refusal);
    close = cloudFormation.close;
    const { code, stdout, stderr } = await cliWith({
      AWS_ENDPOINT_URL_CLOUDFORMATION: cloudFormation.endpoint,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'KEY',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_SHARED_CREDENTIALS_FILE: join(folder, 'none'),
      AWS_CONFIG_FILE: join(folder, 'none'),
      FLOWSERV_API_DIR: folder,
    })(args, { env });
    expect([code, stdout]).toEqual([1, '']);
    return stderr;
  }
  const whole = { outputs: outputsOf({}) };

  it('is unknown: the error lists the existing stacks of this product', async () => {
    const stacks = { 'flowserv-dev': whole, CDKToolkit: {}, 'flowserv-prod': whole };
    expect(await run('--stack flowserv-prd stage show', stacks)).toBe(
      "error: stack 'flowserv-prd' does not exist in this region and account; there are flowserv-dev, flowserv-prod. Choose with --stack, --region and --profile\n",
    );
    expect(await run('--stack flowserv-x --region eu-west-1 workflows list', {})).toContain(
      'in region eu-west-1 of this account; there is no `flowserv-…`',
    );
  });

  it('cannot be found without credentials', async () => {
    const none = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' };
    expect(await run('--stack flowserv-prod stage show', {}, { env: none })).toMatch(
      /^error: no AWS credentials \(.+\): log in, such as by `aws sso login`; choose a profile with --profile\n$/,
    );
    expect(await run('--stack flowserv-prod --profile nobody stage show', {})).toMatch(
      /: log in, such as by `aws sso login --profile nobody`; does profile 'nobody' exist\?\n$/,
    );
  });

  it.each([
    ['ExpiredToken', 'The security token included in the request is expired', 'AWS rejects the credentials'],
    ['InvalidClientTokenId', 'The security token included in the request is invalid.', 'log in'],
    ['AccessDenied', 'User is not authorized', "attach the managed policy 'flowserv-prod-operator"],
    [
      'ValidationError',
      'Something else',
      "CloudFormation cannot describe stack 'flowserv-prod': Something else",
    ],
  ])('is not found with credentials that AWS responds with %s', async (code, message, expected) => {
    const refusal = { status: code === 'ValidationError' ? 400 : 403, code, message };
    const stderr = await run('--stack flowserv-prod stage show', { 'flowserv-prod': whole }, { refusal });
    expect(stderr).toContain(message);
    expect(stderr).toContain(expected);
  });

  it('needs a region', async () => {
    const stderr = await run('--stack flowserv-prod stage show', {}, { env: { AWS_REGION: undefined } });
    expect(stderr).toContain("error: no region: set the stack's with --region");
  });

  it.each([
    ['ROLLBACK_COMPLETE', 'its first deployment failed; delete it, and deploy it again'],
    ['CREATE_IN_PROGRESS', 'wait until it is deployed'],
    ['UPDATE_ROLLBACK_FAILED', 'aws cloudformation continue-update-rollback --stack-name flowserv-prod'],
    ['DELETE_IN_PROGRESS', 'choose another one'],
  ])('is rejected in the state %s', async (state, fix) => {
    const stacks = { 'flowserv-prod': { ...whole, state, reason: 'Resource creation cancelled' } };
    const stderr = await run('--stack flowserv-prod stage show', stacks);
    expect(stderr).toContain(`because it is ${state} (Resource creation cancelled)`);
    expect(stderr).toContain(fix);
  });

  it('is none of this product, or of another release', async () => {
    const named = '--stack flowserv-prod stage show';
    expect(await run(named, { 'flowserv-prod': { outputs: { Url: 'x' } } })).toContain(
      'does not belong to flowServ',
    );
    const old = { outputs: { ...whole.outputs, [RELEASE_OUTPUT]: '0.0.9' } };
    expect(await run(named, { 'flowserv-prod': old })).toBe(
      `error: stack 'flowserv-prod' was deployed from release 0.0.9 of flowServ, but this is ${version}: deploy this release, or use that one\n`,
    );
    const coloured = { ...whole.outputs, [RELEASE_OUTPUT]: '\u001b[31m0.0.9\u202e' };
    expect(() => checkRelease({ name: 'flowserv-prod', outputs: coloured, environment: {} })).toThrow(
      'from release \ufffd[31m0.0.9\ufffd of flowServ',
    );
    const { FlowservSubnets: _, ...less } = { FlowservSubnets: '', ...whole.outputs };
    expect(await run(named, { 'flowserv-prod': { outputs: less } })).toContain('without FlowservSubnets');
  });

  it('is needed by a command of the operator: a profile alone names none', async () => {
    expect(await run('--profile p stage show', {})).toContain('--profile and --region need --stack');
    expect(await run('stage show', {})).toContain('or name a stack on AWS with --stack');
  });
});
