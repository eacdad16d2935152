import * as z from 'zod';
import { architectures } from './architecture.ts';
import { enginesVariable } from './engine-setting.ts';
import { networks } from './networks.ts';
import { notificationsOf, notificationVariables } from './notification-settings.ts';
import { priceVariables, pricingOf } from './price-settings.ts';
import { queueUrlsOf, queueVariables } from './queue-settings.ts';
import { quotasOf, quotaVariables } from './quota-settings.ts';
import { checkSteps, stepSizesOf, stepVariables } from './step-settings.ts';
import { volumesVariable } from './volume-setting.ts';

/**
 * Settings of the product, read from environment variables in this file only.
 *
 * Names that begin with `FLOWSERV_` or `ROB_` are flowServ's own (flowServ configuration reference); the
 * `AWS_ENDPOINT_URL_*` names are the AWS SDKs' service-specific endpoints, set on the local stack only.
 */

/** 16 MiB, flowServ's default for `ROB_WEBAPI_CONTENTLENGTH`. The AWS deployment sets 4 MiB (Lambda's 6 MB event). */
const DEFAULT_BODY_LIMIT = 16 * 1024 * 1024;
/** 5 TB, the maximum size of an object that is uploaded in 10,000 parts of 500 MiB. */
const MAX_OBJECT_BYTES = 5 * 1000 ** 4;
const DEFAULT_API_NAME = 'Reproducible and Reusable Data Analysis Workflow Server (API)';

/** The benchmarks of flowServ's authors (flowServ template specification, template repository). */
const DEFAULT_REPOSITORY =
  'https://raw.githubusercontent.com/scailfin/flowserv-workflow-repository/master/templates.json';

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== ''),
);
const seconds = z.coerce.number().positive();

/** Pairs of an image prefix and its value: `docker.io=mirror.example.org/hub`. */
const byImagePrefix = list.default([]).pipe(
  z.array(
    z
      .string()
      .regex(/^[^=]+=./, 'must be a list of prefix=value')
      .transform((pair) => ({
        prefix: pair.slice(0, pair.indexOf('=')),
        value: pair.slice(pair.indexOf('=') + 1),
      })),
  ),
);

/** Base path of the routes of GA4GH WES: the standard's default. */
export const WES_BASE = '/ga4gh/wes/v1';

const HOST = String.raw`(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])`;
const ORIGIN = new RegExp(`^https?://${HOST}(?::\\d{1,5})?/?$`);
const origin = z
  .string()
  .refine((text) => ORIGIN.test(text) && URL.canParse(text), 'must be an origin, without a path')
  .transform((text) => new URL(text).origin);

/** `*` for all origins, `loopback` for those on this computer, or one origin. */
const allowedOrigin = z.union([z.literal(['*', 'loopback']), origin]);
/** A name or an address as in the header `Host`, without a port. */
/** Days for which deleted objects can be restored: the default, and the most. */
export const KEPT_DAYS = 7;
export const MAX_KEPT_DAYS = 90;

const hostName = z.string().regex(new RegExp(`^${HOST}$`), 'must be a host without a port');

const variables = z.object({
  AWS_REGION: z.string().default('us-east-1'),
  AWS_ACCESS_KEY_ID: z.string().optional(),
  AWS_SECRET_ACCESS_KEY: z.string().optional(),
  AWS_SESSION_TOKEN: z.string().optional(),
  AWS_PROFILE: z.string().optional(),
  AWS_ENDPOINT_URL_DYNAMODB: z.string().optional(),
  AWS_ENDPOINT_URL_S3: z.string().optional(),
  /** Origin of links to files on the local stack, if clients reach S3 at a different address than the functions. */
  FLOWSERV_FILES_URL: origin.optional(),
  AWS_ENDPOINT_URL_SFN: z.string().optional(),
  AWS_ENDPOINT_URL_ECS: z.string().optional(),
  AWS_ENDPOINT_URL_SQS: z.string().optional(),
  AWS_ENDPOINT_URL_SESV2: z.string().optional(),
  AWS_ENDPOINT_URL_SECRETS_MANAGER: z.string().optional(),
  FLOWSERV_STAGE: z
    .string()
    .regex(/^[a-z0-9]{1,16}$/)
    .default('local'),
  FLOWSERV_TABLE: z.string().default('flowserv-local'),
  FLOWSERV_DATA_BUCKET: z.string().default('flowserv-local-data'),
  FLOWSERV_WORK_BUCKET: z.string().default('flowserv-local-work'),
  FLOWSERV_API_NAME: z.string().default(DEFAULT_API_NAME),
  FLOWSERV_API_PROTOCOL: z.string().default('http'),
  FLOWSERV_API_HOST: z.string().default('localhost'),
  FLOWSERV_API_PORT: z.coerce.number().int().min(0).max(65_535).default(5000),
  FLOWSERV_API_PATH: z.string().default('/flowserv/api/v1'),
  /** Origins of the web pages that may act for their user, besides the API's own. */
  FLOWSERV_ALLOWED_ORIGINS: list.default(['loopback']).pipe(z.array(allowedOrigin)),
  /** Names under which clients reach the local stack, besides loopback names and `FLOWSERV_API_HOST`. */
  FLOWSERV_ALLOWED_HOSTS: list.default([]).pipe(z.array(hostName)),
  FLOWSERV_AUTH: z.enum(['default', 'open']).default('default'),
  FLOWSERV_AUTH_TTL: seconds.default(86_400),
  FLOWSERV_ATTEMPTS_BY_NAME: z.coerce.number().int().positive().default(10),
  FLOWSERV_ATTEMPTS_BY_ADDRESS: z.coerce.number().int().positive().default(100),
  FLOWSERV_READ_ACCESS: z.enum(['members', 'public']).default('members'),
  /** Whom `users:list` shows; by default `all` if everyone is the same user, else `members`. */
  FLOWSERV_USER_LIST: z.enum(['all', 'members']).optional(),
  /** Days for which deleted workflows, groups and runs can be restored. */
  FLOWSERV_KEEP_DELETED_DAYS: z.coerce.number().int().min(0).max(MAX_KEPT_DAYS).default(KEPT_DAYS),
  FLOWSERV_SIGNUP: z.enum(['open', 'approval', 'closed']).default('approval'),
  FLOWSERV_PASSWORD_RESET: z.enum(['mail', 'operator', 'direct']).default('operator'),
  ROB_WEBAPI_CONTENTLENGTH: z.coerce.number().int().positive().default(DEFAULT_BODY_LIMIT),
  FLOWSERV_EDGE_KEY: z.string().min(1).optional(),
  FLOWSERV_TRUSTED_PROXY: list.pipe(z.array(z.union([z.ipv4(), z.ipv6()]))).default([]),
  FLOWSERV_UPLOAD_LIMIT: z.coerce.number().int().positive().max(MAX_OBJECT_BYTES).default(MAX_OBJECT_BYTES),
  FLOWSERV_BROKER_URL: z.string().optional(),
  /** Base URL of the API at API Gateway itself; set only on an operator's computer. */
  FLOWSERV_GATEWAY_URL: z.string().optional(),
  /** Requests that are held at the same time in one process. */
  FLOWSERV_MAX_WAITING: z.coerce.number().int().min(0).max(1000).default(50),
  /** Where metrics of runs go: `embedded` writes them to the log, from which CloudWatch extracts them. */
  FLOWSERV_METRICS: z.enum(['none', 'embedded']).default('none'),
  /** vCPUs that all runs may hold at the same time. */
  FLOWSERV_CAPACITY: z.coerce.number().int().positive().default(100),
  ...stepVariables,
  ...priceVariables,
  ...quotaVariables,
  ...queueVariables,
  ...notificationVariables,
  /** Remote engines that workflows may run on. */
  FLOWSERV_ENGINES: enginesVariable,
  /** Storage volumes of workers. */
  FLOWSERV_VOLUMES: volumesVariable,
  FLOWSERV_NEXT_FUNCTION_ARN: z.string().optional(),
  FLOWSERV_SETTLE_FUNCTION_ARN: z.string().optional(),
  FLOWSERV_TRANSFER_FUNCTION_ARN: z.string().optional(),
  FLOWSERV_MACHINE_ROLE_ARN: z.string().optional(),
  FLOWSERV_EXECUTION_ROLE_ARN: z.string().optional(),
  FLOWSERV_CLUSTER_ARN: z.string().optional(),
  FLOWSERV_SUBNETS: list.default([]),
  FLOWSERV_SECURITY_GROUPS: list.default([]),
  FLOWSERV_ARCHITECTURE: z.enum(architectures).default('X86_64'),
  /** How tasks reach the internet, if they do. */
  FLOWSERV_NETWORK: z.enum(networks).default('public'),
  /** Alternative registries to pull images from, by a prefix of the images' full names. */
  FLOWSERV_IMAGE_SOURCES: byImagePrefix,
  /** ARNs of the secrets with the credentials of private registries, by a prefix of the images' full names. */
  FLOWSERV_REGISTRY_LOGINS: byImagePrefix,
  FLOWSERV_STAGING_IMAGE: z.string().default('public.ecr.aws/docker/library/node:24-alpine'),
  /** Image of code steps whose template and worker name none. */
  FLOWSERV_CODE_IMAGE: z.string().min(1).default('public.ecr.aws/docker/library/python:3.12-slim'),
  FLOWSERV_STAGING_PROGRAM: z.string().optional(),
  FLOWSERV_STAGING_LOG_GROUP: z.string().optional(),
  FLOWSERV_REPOSITORY: z.string().default(DEFAULT_REPOSITORY),
  FLOWSERV_CLONE_TIMEOUT: seconds.default(600),
});
const environment = variables.check(checkSteps);

export type Config = ReturnType<typeof readConfig>;

/**
 * Reads and validates the settings.
 *
 * @throws Error that names each unusable variable. It occurs only at startup, not during requests.
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>) {
  const parsed = environment.safeParse(env);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new Error(`unusable settings: ${problems.join('; ')}`);
  }
  const values = parsed.data;
  return {
    region: values.AWS_REGION,
    credentials: credentialsOf(values),
    /** Profile in AWS's shared config and credentials files; set only on an operator's computer. */
    profile: values.AWS_PROFILE,
    stage: values.FLOWSERV_STAGE,
    table: values.FLOWSERV_TABLE,
    dataBucket: values.FLOWSERV_DATA_BUCKET,
    workBucket: values.FLOWSERV_WORK_BUCKET,
    endpoints: {
      dynamodb: values.AWS_ENDPOINT_URL_DYNAMODB,
      s3: values.AWS_ENDPOINT_URL_S3,
      links: values.FLOWSERV_FILES_URL ?? values.AWS_ENDPOINT_URL_S3,
      sfn: values.AWS_ENDPOINT_URL_SFN,
      ecs: values.AWS_ENDPOINT_URL_ECS,
      sqs: values.AWS_ENDPOINT_URL_SQS,
      ses: values.AWS_ENDPOINT_URL_SESV2,
      secrets: values.AWS_ENDPOINT_URL_SECRETS_MANAGER,
    },
    api: apiOf(values),
    allowedHosts: values.FLOWSERV_ALLOWED_HOSTS,
    /** Maximum size in bytes of a multipart upload. */
    uploadLimit: values.FLOWSERV_UPLOAD_LIMIT,
    auth: values.FLOWSERV_AUTH,
    tokenTtlSeconds: values.FLOWSERV_AUTH_TTL,
    /** Who can register: everyone, users whom the operator approves, or no new users. */
    signUp: values.FLOWSERV_SIGNUP,
    /** Maximum number of failed logins and password requests within 15 minutes, per user name and per address. */
    attempts: { name: values.FLOWSERV_ATTEMPTS_BY_NAME, address: values.FLOWSERV_ATTEMPTS_BY_ADDRESS },
    readAccess: values.FLOWSERV_READ_ACCESS,
    userList: userListOf(values),
    /** Days for which deleted workflows, groups and runs can be restored. */
    keptDays: values.FLOWSERV_KEEP_DELETED_DAYS,
    passwordReset: values.FLOWSERV_PASSWORD_RESET,
    /** Index of a template repository, and the maximum time for a clone; used when a workflow is installed. */
    repository: values.FLOWSERV_REPOSITORY,
    cloneSeconds: values.FLOWSERV_CLONE_TIMEOUT,
    brokerUrl: values.FLOWSERV_BROKER_URL,
    gatewayUrl: values.FLOWSERV_GATEWAY_URL,
    metrics: values.FLOWSERV_METRICS,
    maxWaiting: values.FLOWSERV_MAX_WAITING,
    /** vCPUs that all runs may hold at the same time. */
    capacity: values.FLOWSERV_CAPACITY,
    /** Sizes of steps. */
    steps: stepSizesOf(values, values.FLOWSERV_CAPACITY),
    /** Prices of steps. */
    pricing: pricingOf(values),
    quotas: quotasOf(values),
    ...queueUrlsOf(values),
    ...notificationsOf(values),
    /** Remote engines that workflows may run on. */
    engines: values.FLOWSERV_ENGINES,
    /** Storage volumes of workers. */
    volumes: values.FLOWSERV_VOLUMES,
    compute: computeOf(values),
  };
}

/**
 * Returns the value of a setting that a function cannot work without.
 *
 * @throws Error that names the variable. The deployment causes it, never a request.
 */
export function required(value: string | undefined, variable: string): string {
  if (value === undefined || value === '') throw new Error(`missing configuration for ${variable}`);
  return value;
}

type Environment = z.infer<typeof environment>;

/** Whom a list of users shows: everyone, or members of the caller's groups and their organisers. */
const userListOf = ({ FLOWSERV_USER_LIST: chosen, FLOWSERV_AUTH: auth }: Environment) =>
  chosen ?? (auth === 'open' ? 'all' : 'members');

/** Settings of state machines and tasks. */
const computeOf = (values: Environment) => ({
  nextFunctionArn: values.FLOWSERV_NEXT_FUNCTION_ARN,
  settleFunctionArn: values.FLOWSERV_SETTLE_FUNCTION_ARN,
  transferFunctionArn: values.FLOWSERV_TRANSFER_FUNCTION_ARN,
  stateMachineRoleArn: values.FLOWSERV_MACHINE_ROLE_ARN,
  executionRoleArn: values.FLOWSERV_EXECUTION_ROLE_ARN,
  clusterArn: values.FLOWSERV_CLUSTER_ARN,
  subnets: values.FLOWSERV_SUBNETS,
  securityGroups: values.FLOWSERV_SECURITY_GROUPS,
  network: values.FLOWSERV_NETWORK,
  architecture: values.FLOWSERV_ARCHITECTURE,
  registries: registriesOf(values),
  stagingImage: values.FLOWSERV_STAGING_IMAGE,
  codeImage: values.FLOWSERV_CODE_IMAGE,
  stagingProgramFile: values.FLOWSERV_STAGING_PROGRAM,
  stagingLogGroup: values.FLOWSERV_STAGING_LOG_GROUP,
});

const registriesOf = (values: Environment) => ({
  sources: values.FLOWSERV_IMAGE_SOURCES.map(({ prefix, value }) => ({ prefix, target: value })),
  logins: values.FLOWSERV_REGISTRY_LOGINS.map(({ prefix, value }) => ({ prefix, secretArn: value })),
});

/** How clients reach the API, and what it accepts. */
function apiOf(values: Environment) {
  const basePath = normalisePath(values.FLOWSERV_API_PATH);
  const url = publicUrl(values, basePath);
  return {
    name: values.FLOWSERV_API_NAME,
    basePath,
    url,
    /** Base URL of the routes of GA4GH WES. */
    wesUrl: publicUrl(values, WES_BASE),
    /** Origin of `url`; null if `url` is not a valid URL. */
    origin: URL.canParse(url) ? new URL(url).origin : null,
    origins: values.FLOWSERV_ALLOWED_ORIGINS,
    bodyLimit: values.ROB_WEBAPI_CONTENTLENGTH,
    /** Secret that CloudFront adds to the requests it forwards. */
    edgeKey: values.FLOWSERV_EDGE_KEY,
    /** Addresses of proxies whose `X-Forwarded-For` is trusted. */
    trustedProxies: values.FLOWSERV_TRUSTED_PROXY,
  };
}

/**
 * Returns the keys in the environment. Without them, the SDK finds credentials itself, such as those of Lambda's role.
 */
function credentialsOf(values: Environment) {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = values;
  if (!accessKeyId || !secretAccessKey) return undefined;
  const sessionToken = values.AWS_SESSION_TOKEN;
  return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
}

/** Returns a path with a leading slash and without trailing ones; `/` becomes the empty path. */
function normalisePath(path: string): string {
  const trimmed = path.replace(/^\/+|(?<!\/)\/+$/g, '');
  return trimmed === '' ? '' : `/${trimmed}`;
}

/** Returns the public base URL without a trailing slash, and without port 80 (flowServ HTTP API, conventions). */
function publicUrl(values: Environment, basePath: string): string {
  const port = values.FLOWSERV_API_PORT === 80 ? '' : `:${values.FLOWSERV_API_PORT}`;
  const host = values.FLOWSERV_API_HOST.replace(/(?<!\/)\/+$/, '');
  return `${values.FLOWSERV_API_PROTOCOL}://${host}${port}${basePath}`;
}
