import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { OPERATOR_VARIABLES, outputName, RELEASE_OUTPUT } from '../../infra/output-names.ts';
import { version } from '../../shared/api/version.ts';
import { readConfig } from '../../shared/config.ts';
import { stepEnvironment } from '../../shared/step-settings.ts';

/** A stack in the form of CloudFormation. */
export interface FakeStack {
  readonly state?: string;
  readonly reason?: string;
  readonly outputs?: Readonly<Record<string, string>>;
}

/** An error in the form of the Query API. */
export interface FakeRefusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** A received request: its parameters, and the access key and region of its signature. */
export interface FakeRequest {
  readonly parameters: Readonly<Record<string, string>>;
  readonly accessKeyId: string;
  readonly region: string;
}

const NAMESPACE = 'http://cloudformation.amazonaws.com/doc/2010-05-15/';

/**
 * Responds to `DescribeStacks` like CloudFormation, in the format of its API reference, and to nothing else. Each stack
 * is on a separate page if the request has no name.
 *
 * @param refuse returns an error for a request, which is sent instead of the response
 */
export async function startCloudFormation(
  stacks: Readonly<Record<string, FakeStack>>,
  refuse: (request: FakeRequest) => FakeRefusal | undefined = () => undefined,
) {
  const requests: FakeRequest[] = [];
  const server = createServer(async (incoming, answer) => {
    const request = await readRequest(incoming);
    requests.push(request);
    const { Action, StackName, NextToken = '0' } = request.parameters;
    const send = (status: number, xml: string) =>
      answer.writeHead(status, { 'content-type': 'text/xml' }).end(xml);
    const refusal = refuse(request);
    if (refusal) return send(refusal.status, errorXml(refusal));
    if (Action !== 'DescribeStacks')
      return send(400, errorXml({ status: 400, code: 'InvalidAction', message: `${Action}` }));
    const name = StackName ?? Object.keys(stacks)[Number(NextToken)];
    const stack = name === undefined ? undefined : stacks[name];
    if (StackName !== undefined && !stack) {
      const message = `Stack with id ${StackName} does not exist`;
      return send(400, errorXml({ status: 400, code: 'ValidationError', message }));
    }
    const next = Number(NextToken) + 1;
    const more = StackName === undefined && next < Object.keys(stacks).length ? String(next) : undefined;
    return send(200, stackXml(name, stack, more));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    requests,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function readRequest(incoming: IncomingMessage): Promise<FakeRequest> {
  const parameters = Object.fromEntries(new URLSearchParams(await text(incoming)));
  const [, accessKeyId = '', region = ''] =
    /Credential=([^/]+)\/\d+\/([^/]+)\/cloudformation\//.exec(incoming.headers.authorization ?? '') ?? [];
  return { parameters, accessKeyId, region };
}

function stackXml(name: string | undefined, stack: FakeStack | undefined, next: string | undefined): string {
  const { state = 'CREATE_COMPLETE', reason, outputs = {} } = stack ?? {};
  const members = Object.entries(outputs).map(
    ([key, value]) => `<member>${element('OutputKey', key)}${element('OutputValue', value)}</member>`,
  );
  const member = `<member>
        ${element('StackName', name ?? '')}
        <StackId>arn:aws:cloudformation:eu-central-1:123456789012:stack/${name}/aaf549a0-a413-11df-adb3-5081b3858e83</StackId>
        <CreationTime>2026-07-27T22:28:28.123Z</CreationTime>
        ${element('StackStatus', state)}
        ${reason === undefined ? '' : element('StackStatusReason', reason)}
        <DisableRollback>false</DisableRollback>
        <Outputs>${members.join('')}</Outputs>
      </member>`;
  return `<DescribeStacksResponse xmlns="${NAMESPACE}">
  <DescribeStacksResult>
    <Stacks>${stack ? member : ''}</Stacks>
    ${next === undefined ? '' : element('NextToken', next)}
  </DescribeStacksResult>
  <ResponseMetadata><RequestId>b9b4b068-3a41-11e5-94eb-example</RequestId></ResponseMetadata>
</DescribeStacksResponse>`;
}

const errorXml = ({ code, message }: FakeRefusal) => `<ErrorResponse xmlns="${NAMESPACE}">
  <Error><Type>Sender</Type>${element('Code', code)}${element('Message', message)}</Error>
  <RequestId>b9b4b068-3a41-11e5-94eb-example</RequestId>
</ErrorResponse>`;

const element = (name: string, value: string) =>
  `<${name}>${value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')}</${name}>`;

/** Values of settings that accept certain words only. */
const CHOICES: Readonly<Record<string, string>> = {
  FLOWSERV_ARCHITECTURE: 'X86_64',
  FLOWSERV_NETWORK: 'public',
  ...stepEnvironment(readConfig({}).steps),
};

/** The outputs that a deployment of the local stack would have, with the address of its API. */
export const outputsOf = (operator: Readonly<Record<string, string>>, url = 'https://api.example/x') => {
  const { protocol, hostname, port, pathname } = new URL(url);
  const given = Object.entries(operator).filter(
    ([name]) => /^(FLOWSERV|ROB|AWS_REGION)/.test(name) && name !== 'FLOWSERV_STAGING_PROGRAM',
  );
  const all = Object.fromEntries(OPERATOR_VARIABLES.map((variable) => [variable, CHOICES[variable] ?? '1']));
  const address = {
    FLOWSERV_API_PROTOCOL: protocol.slice(0, -1),
    FLOWSERV_API_HOST: hostname,
    FLOWSERV_API_PORT: port || '80',
    FLOWSERV_API_PATH: pathname,
  };
  const outputs = Object.entries({ ...all, ...Object.fromEntries(given), ...address });
  return {
    ...Object.fromEntries(outputs.map(([variable, value]) => [outputName(variable), value])),
    [RELEASE_OUTPUT]: version,
    DistributionName: 'd111111abcdef8.cloudfront.net',
  };
};

/** Addresses and keys of the local services. */
export const servicesOf = (operator: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(operator).filter(([name]) =>
      /^AWS_(ENDPOINT_URL_|ACCESS_KEY_ID|SECRET_ACCESS_KEY)/.test(name),
    ),
  );
