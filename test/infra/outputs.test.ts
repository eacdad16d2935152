import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { OPERATOR_VARIABLES, outputName, settingsOf } from '../../infra/output-names.ts';
import { version } from '../../shared/api/version.ts';
import { readConfig } from '../../shared/config.ts';
import { stepEnvironment } from '../../shared/step-settings.ts';
import { resourcesOf, templateOf } from './synthesised.ts';

const template = templateOf('test', { capacity: 3, apiName: 'Spring benchmark' });
const outputs = Object.keys(z.record(z.string(), z.unknown()).parse(template.toJSON().Outputs));

/** Outputs with the values of a deployment. */
const deployed = Object.fromEntries([
  ...outputs.map((name) => [name, `value-of-${name}`]),
  ['FlowservStage', 'test'],
  ['AwsRegion', 'eu-central-1'],
  ['FlowservApiProtocol', 'https'],
  ['FlowservApiHost', 'd111111abcdef8.cloudfront.net'],
  ['FlowservApiPort', '80'],
  ['FlowservApiPath', '/flowserv/api/v1'],
  ['FlowservReadAccess', 'members'],
  ['FlowservUserList', 'members'],
  ['FlowservKeepDeletedDays', '7'],
  ['FlowservMaxWaiting', '0'],
  ['FlowservPasswordReset', 'operator'],
  ['FlowservSignup', 'approval'],
  ['FlowservNotificationMail', 'off'],
  ['FlowservCapacity', '3'],
  ['FlowservArchitecture', 'X86_64'],
  ['FlowservNetwork', 'public'],
  ['FlowservUploadLimit', '5368709120'],
  ['FlowservAllowedOrigins', '*'],
  ...['ActiveRuns', 'RunsPerDay', 'VcpuSecondsPerDay', 'Groups', 'Bytes', 'StoredBytesPerDay'].map((name) => [
    `FlowservQuota${name}`,
    '10',
  ]),
  ...Object.entries(stepEnvironment(readConfig({}).steps)).map(([name, value]) => [outputName(name), value]),
  ['RobWebapiContentlength', '4194304'],
  ['FlowservSubnets', 'subnet-1,subnet-2'],
]);

describe('outputs of the stack', () => {
  it('contain everything that the operator needs to install workflows', () => {
    const config = readConfig({ ...settingsOf(deployed), FLOWSERV_STAGING_PROGRAM: 'program.txt' });
    expect(config).toMatchObject({
      region: 'eu-central-1',
      stage: 'test',
      table: 'value-of-FlowservTable',
      dataBucket: 'value-of-FlowservDataBucket',
      workBucket: 'value-of-FlowservWorkBucket',
      brokerUrl: 'value-of-FlowservBrokerUrl',
      leaderboardQueueUrl: 'value-of-FlowservBoardQueueUrl',
      dispatchQueueUrl: 'value-of-FlowservDispatchQueueUrl',
    });
    const { subnets, securityGroups, registries, ...compute } = config.compute;
    expect(registries).toEqual({ sources: [], logins: [] });
    expect(subnets).toEqual(['subnet-1', 'subnet-2']);
    expect(securityGroups).toHaveLength(1);
    for (const value of Object.values(compute)) expect(value).toBeTypeOf('string');
  });

  it('contain, without optional settings, everything that the command line expects of every stack', () => {
    const least = Object.keys(z.record(z.string(), z.unknown()).parse(templateOf('least').toJSON().Outputs));
    const variables = Object.keys(settingsOf(Object.fromEntries(least.map((name) => [name, '']))));
    expect(variables).toEqual(expect.arrayContaining([...OPERATOR_VARIABLES]));
    expect(templateOf('least', { cloudFront: false }).findOutputs('Release').Release?.Value).toBe(version);
  });

  it("contain the API's address without a port", () => {
    const { api } = readConfig(settingsOf(deployed));
    expect(api.url).toBe('https://d111111abcdef8.cloudfront.net/flowserv/api/v1');
  });

  it('omit values that are not settings', () => {
    expect(outputs).toContain('DistributionName');
    expect(outputs).not.toContain('FlowservEdgeKey');
    for (const name of Object.keys(settingsOf(deployed))) {
      expect(name).toMatch(/^(FLOWSERV|ROB_WEBAPI|AWS_REGION)/);
    }
  });

  it('give the operator the same task definitions as the function that registers them', () => {
    const next = resourcesOf(template, 'AWS::Lambda::Function').find(
      ({ Properties }) => Properties.FunctionName === 'flowserv-test-next-step',
    );
    const variables = z
      .object({ Variables: z.record(z.string(), z.unknown()) })
      .parse(next?.Properties.Environment).Variables;
    const values = template.findOutputs('*');
    for (const variable of ['FLOWSERV_BROKER_URL', 'FLOWSERV_STAGING_IMAGE', 'FLOWSERV_STAGING_LOG_GROUP']) {
      const [output] = outputs.filter((name) => Object.keys(settingsOf({ [name]: '' })).includes(variable));
      expect(values[output ?? '']?.Value).toEqual(variables[variable]);
    }
  });
});
