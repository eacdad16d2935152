import type { Credentials } from '@flowserv/local-aws';
import type { Architecture } from '../../shared/architecture.ts';
import type { QueueName } from '../queues.ts';
import { isExposed } from './exposure.ts';
import {
  CLUSTER,
  DATA_BUCKET,
  EXECUTION_ROLE,
  functionArn,
  MACHINE_ROLE,
  REGION,
  STAGE,
  TABLE,
  WORK_BUCKET,
} from './names.ts';

export type Environment = Readonly<Record<string, string>>;

/** Variables of the user that become settings of the product; all others are ignored. */
const USER_VARIABLES =
  /^(FLOWSERV_(API_(NAME|HOST|PORT|PROTOCOL|PATH)|ALLOWED_(ORIGINS|HOSTS)|AUTH|AUTH_TTL|READ_ACCESS|USER_LIST|KEEP_DELETED_DAYS|PASSWORD_RESET|SIGNUP|TRUSTED_PROXY|MAIL_FROM|CAPACITY|MAX_WAITING|STEP_(MAX_)?(CPU|MEMORY|DISK|TIMEOUT)|UPLOAD_LIMIT|ENGINES|VOLUMES|WEBHOOKS|ATTEMPTS_BY_(NAME|ADDRESS)|QUOTA_[A-Z_]+)|ROB_WEBAPI_CONTENTLENGTH)$/;

/** Endpoints of the local services, and the address of the gateway on this host. */
export interface Endpoints {
  readonly dynamodb: string;
  readonly s3: string;
  readonly control: string;
  readonly ses: string;
  /** Base URL of the ticket broker's routes. */
  readonly broker: string;
}

/**
 * Returns the environment of a function, or of the operator's command line: what the CDK app would set on AWS,
 * with the endpoints of the local services.
 */
export function functionEnvironment(
  user: Readonly<Record<string, string | undefined>>,
  endpoints: Endpoints,
  queueUrls: Readonly<Record<Exclude<QueueName, 'settle'>, string>>,
  keys: Credentials,
  stagingProgram: string,
): Environment {
  return {
    FLOWSERV_PASSWORD_RESET: isExposed(user) ? 'operator' : 'direct',
    FLOWSERV_SIGNUP: isExposed(user) ? 'approval' : 'open',
    FLOWSERV_NOTIFICATION_MAIL: 'on',
    ...userSettings(user),
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
    AWS_ENDPOINT_URL_S3: endpoints.s3,
    AWS_ENDPOINT_URL_SFN: endpoints.control,
    AWS_ENDPOINT_URL_ECS: endpoints.control,
    AWS_ENDPOINT_URL_SQS: endpoints.control,
    AWS_ENDPOINT_URL_SESV2: endpoints.ses,
    FLOWSERV_ARCHITECTURE: localArchitecture(),
    FLOWSERV_STAGE: STAGE,
    FLOWSERV_TABLE: TABLE,
    FLOWSERV_DATA_BUCKET: DATA_BUCKET,
    FLOWSERV_WORK_BUCKET: WORK_BUCKET,
    FLOWSERV_BROKER_URL: endpoints.broker,
    FLOWSERV_ARCHIVE_QUEUE_URL: queueUrls.archive,
    FLOWSERV_BOARD_QUEUE_URL: queueUrls.leaderboard,
    FLOWSERV_INSTALL_QUEUE_URL: queueUrls.install,
    FLOWSERV_MAIL_QUEUE_URL: queueUrls.mail,
    FLOWSERV_NOTIFY_QUEUE_URL: queueUrls.notify,
    FLOWSERV_PURGE_QUEUE_URL: queueUrls.purge,
    FLOWSERV_DISPATCH_QUEUE_URL: queueUrls.dispatch,
    FLOWSERV_REMOTE_QUEUE_URL: queueUrls.remote,
    FLOWSERV_NEXT_FUNCTION_ARN: functionArn('next-step'),
    FLOWSERV_SETTLE_FUNCTION_ARN: functionArn('settle-run'),
    FLOWSERV_TRANSFER_FUNCTION_ARN: functionArn('transfer'),
    FLOWSERV_MACHINE_ROLE_ARN: MACHINE_ROLE,
    FLOWSERV_EXECUTION_ROLE_ARN: EXECUTION_ROLE,
    FLOWSERV_CLUSTER_ARN: CLUSTER,
    FLOWSERV_SUBNETS: 'subnet-00000000000000001,subnet-00000000000000002',
    FLOWSERV_SECURITY_GROUPS: 'sg-00000000000000001',
    FLOWSERV_STAGING_PROGRAM: stagingProgram,
  };
}

/** Processor of the images that an engine of this host runs. */
export const localArchitecture = (): Architecture => (process.arch === 'arm64' ? 'ARM64' : 'X86_64');

/** The user's own settings. Empty variables count as not set. */
export function userSettings(user: Readonly<Record<string, string | undefined>>): Environment {
  return Object.fromEntries(
    Object.entries(user).flatMap(([name, value]) =>
      USER_VARIABLES.test(name) && value !== undefined && value !== '' ? [[name, value]] : [],
    ),
  );
}
