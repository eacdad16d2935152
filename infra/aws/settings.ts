import { priceEnvironment } from '../../shared/price-settings.ts';
import { gpuProvider, stepEnvironment } from '../../shared/step-settings.ts';
import type { FunctionName } from '../functions.ts';
import { holdsStagingProgram, STAGING_PROGRAM_FILE } from './code.ts';
import type { Compute } from './compute.ts';
import type { Data } from './data.ts';
import type { Queues } from './queues.ts';
import { BASE_PATH, gpuOf, type Stage } from './stage.ts';

/** Values of the variables that `shared/config.ts` reads, by their names. */
export type Settings = Readonly<Record<string, string>>;

/** Inputs of the settings. */
export interface SettingsParts {
  readonly stage: Stage;
  readonly data: Data;
  readonly compute: Compute;
  readonly queues: Queues;
  /** Host name of the API for clients. */
  readonly host: string;
  /** Base URL at which tasks reach the ticket broker, without a trailing slash. */
  readonly brokerUrl: string;
  /** The secret that CloudFront sends with its requests; absent without CloudFront. */
  readonly edgeKey: string | undefined;
}

/** 4 MiB: a function's event holds 6 MB after base64, which makes 4/3 of the bytes (Lambda quotas). */
const BODY_LIMIT = 4 * 1024 * 1024;

/** Settings by purpose. */
export function settingsByPurpose({ stage, data, compute, queues, host, brokerUrl, edgeKey }: SettingsParts) {
  return {
    table: { FLOWSERV_STAGE: stage.name, FLOWSERV_TABLE: data.table.tableName },
    buckets: {
      FLOWSERV_DATA_BUCKET: data.dataBucket.bucketName,
      FLOWSERV_WORK_BUCKET: data.workBucket.bucketName,
    },
    ...queueSettings(queues),
    engines: enginesOf(stage),
    volumes: volumesOf(stage),
    address: {
      FLOWSERV_API_PROTOCOL: 'https',
      FLOWSERV_API_HOST: host,
      // The default port of the protocol, which URLs omit (flowServ HTTP API, conventions).
      FLOWSERV_API_PORT: '80',
      FLOWSERV_API_PATH: BASE_PATH,
    },
    api: {
      FLOWSERV_READ_ACCESS: stage.readAccess,
      ROB_WEBAPI_CONTENTLENGTH: String(BODY_LIMIT),
      FLOWSERV_MAX_WAITING: String(stage.maxWaiting),
      FLOWSERV_ALLOWED_ORIGINS: stage.allowedOrigins.join(','),
      ...(stage.apiName === undefined ? {} : { FLOWSERV_API_NAME: stage.apiName }),
    },
    users: { FLOWSERV_USER_LIST: stage.userList },
    deletions: { FLOWSERV_KEEP_DELETED_DAYS: String(stage.keptDays) },
    uploads: { FLOWSERV_UPLOAD_LIMIT: String(stage.uploadLimit) },
    quotas: {
      FLOWSERV_QUOTA_ACTIVE_RUNS: String(stage.quotas.activeRuns),
      FLOWSERV_QUOTA_RUNS_PER_DAY: String(stage.quotas.runsPerDay),
      FLOWSERV_QUOTA_VCPU_SECONDS_PER_DAY: String(stage.quotas.vcpuSecondsPerDay),
      FLOWSERV_QUOTA_GROUPS: String(stage.quotas.groups),
      FLOWSERV_QUOTA_BYTES: String(stage.quotas.bytes),
      FLOWSERV_QUOTA_STORED_BYTES_PER_DAY: String(stage.quotas.storedBytesPerDay),
    },
    edge: edgeKey === undefined ? {} : { FLOWSERV_EDGE_KEY: edgeKey },
    accounts: {
      FLOWSERV_SIGNUP: stage.signUp,
      FLOWSERV_PASSWORD_RESET: stage.mailFrom === undefined ? 'operator' : 'mail',
    },
    ...mailOf(stage),
    metrics: { FLOWSERV_METRICS: 'embedded' },
    capacity: { FLOWSERV_CAPACITY: String(stage.capacity) },
    gpu: gpuProvider(gpuOf(stage)),
    stepSizes: stepEnvironment({ ...stage.steps, gpu: gpuOf(stage) }),
    prices: {
      ...priceEnvironment({ prices: stage.prices, gpuInstance: stage.gpu?.instanceType }),
      FLOWSERV_ARCHITECTURE: stage.architecture,
    },
    network: {
      FLOWSERV_NETWORK: stage.network,
      FLOWSERV_SUBNETS: compute.subnets.map(({ subnetId }) => subnetId).join(','),
      FLOWSERV_SECURITY_GROUPS: compute.securityGroup.securityGroupId,
    },
    pythonSteps: { FLOWSERV_CODE_IMAGE: stage.codeImage, FLOWSERV_NETWORK: stage.network },
    taskDefinitions: {
      FLOWSERV_BROKER_URL: brokerUrl,
      FLOWSERV_EXECUTION_ROLE_ARN: compute.executionRole.roleArn,
      FLOWSERV_STAGING_IMAGE: stage.stagingImage,
      FLOWSERV_STAGING_LOG_GROUP: compute.stagingLog.logGroupName,
      FLOWSERV_ARCHITECTURE: stage.architecture,
      ...registriesOf(compute),
    },
  };
}

const queueSettings = (queues: Queues) => ({
  archiveQueue: { FLOWSERV_ARCHIVE_QUEUE_URL: queues.archive.queue.queueUrl },
  installQueue: { FLOWSERV_INSTALL_QUEUE_URL: queues.install.queue.queueUrl },
  leaderboardQueue: { FLOWSERV_BOARD_QUEUE_URL: queues.leaderboard.queue.queueUrl },
  notifyQueue: { FLOWSERV_NOTIFY_QUEUE_URL: queues.notify.queue.queueUrl },
  purgeQueue: { FLOWSERV_PURGE_QUEUE_URL: queues.purge.queue.queueUrl },
  mailQueue: { FLOWSERV_MAIL_QUEUE_URL: queues.mail.queue.queueUrl },
  remoteQueue: { FLOWSERV_REMOTE_QUEUE_URL: queues.remote.queue.queueUrl },
  dispatchQueue: { FLOWSERV_DISPATCH_QUEUE_URL: queues.dispatch.queue.queueUrl },
});

/** Lists of `prefix=value`; empty lists are omitted, because an output of a stack must have a value. */
function registriesOf({ registries: { sources, logins } }: Compute): Settings {
  const listed = (entries: readonly (readonly [string, string])[]) =>
    entries.map(([prefix, value]) => `${prefix}=${value}`).join(',');
  const targets = sources.map(({ prefix, target }) => [prefix, target] as const);
  const secrets = logins.map(({ prefix, secretArn }) => [prefix, secretArn] as const);
  return {
    ...(targets.length > 0 && { FLOWSERV_IMAGE_SOURCES: listed(targets) }),
    ...(secrets.length > 0 && { FLOWSERV_REGISTRY_LOGINS: listed(secrets) }),
  };
}

/** Only functions that send mails get the sender. */
const mailOf = ({ mailFrom }: Stage) => ({
  notificationMail: { FLOWSERV_NOTIFICATION_MAIL: mailFrom === undefined ? 'off' : 'on' },
  mail: mailFrom === undefined ? {} : { FLOWSERV_MAIL_FROM: mailFrom },
});

/** Nothing without engines, because an output of a stack must have a value. Tokens are in secrets. */
const enginesOf = ({ engines }: Stage): Settings =>
  engines.length === 0 ? {} : { FLOWSERV_ENGINES: JSON.stringify(engines) };

/** Nothing without volumes, as for engines. Credentials are in secrets. */
const volumesOf = ({ volumes }: Stage): Settings =>
  volumes.length === 0 ? {} : { FLOWSERV_VOLUMES: JSON.stringify(volumes) };

type Purpose = keyof ReturnType<typeof settingsByPurpose>;

const needs: Record<FunctionName, readonly Purpose[]> = {
  api: [
    'table',
    'buckets',
    'archiveQueue',
    'installQueue',
    'leaderboardQueue',
    'notifyQueue',
    'purgeQueue',
    'address',
    'api',
    'notificationMail',
    'users',
    'deletions',
    'uploads',
    'quotas',
  ],
  auth: ['table', 'address', 'api', 'accounts', 'mail', 'mailQueue', 'purgeQueue', 'edge'],
  runs: [
    'table',
    'buckets',
    'leaderboardQueue',
    'dispatchQueue',
    'notifyQueue',
    'purgeQueue',
    'remoteQueue',
    'address',
    'api',
    'deletions',
    'quotas',
    'capacity',
    'stepSizes',
    'prices',
    'metrics',
    'pythonSteps',
  ],
  broker: ['table', 'buckets'],
  'next-step': ['table', 'buckets', 'taskDefinitions', 'network', 'gpu', 'metrics'],
  'settle-run': ['table', 'buckets', 'leaderboardQueue', 'dispatchQueue', 'notifyQueue', 'metrics'],
  dispatch: ['table', 'capacity', 'dispatchQueue', 'remoteQueue', 'metrics'],
  sweep: [
    'table',
    'buckets',
    'installQueue',
    'leaderboardQueue',
    'dispatchQueue',
    'notifyQueue',
    'purgeQueue',
    'remoteQueue',
    'metrics',
  ],
  archive: ['table', 'buckets'],
  'remote-runs': [
    'table',
    'buckets',
    'leaderboardQueue',
    'dispatchQueue',
    'notifyQueue',
    'engines',
    'metrics',
  ],
  transfer: ['table', 'buckets', 'volumes'],
  notify: ['table', 'address', 'mail', 'notifyQueue'],
  // `installer.ts` adds what state machines are made of.
  install: [
    'table',
    'buckets',
    'leaderboardQueue',
    'capacity',
    'stepSizes',
    'pythonSteps',
    'taskDefinitions',
  ],
  leaderboard: [
    'table',
    'buckets',
    'leaderboardQueue',
    'dispatchQueue',
    'notifyQueue',
    'capacity',
    'stepSizes',
    'prices',
    'pythonSteps',
  ],
};

/** The environment of a function: what it needs, and nothing else. */
export function environmentOf(name: FunctionName, parts: SettingsParts): Settings {
  const settings = settingsByPurpose(parts);
  return {
    ...Object.fromEntries(needs[name].flatMap((purpose) => Object.entries<string>(settings[purpose]))),
    // Lambda unpacks a function's code there (Lambda, "Defined runtime environment variables").
    ...(holdsStagingProgram(name) ? { FLOWSERV_STAGING_PROGRAM: `/var/task/${STAGING_PROGRAM_FILE}` } : {}),
  };
}
