/**
 * The outputs of the stack that are settings: the variables that `shared/config.ts` reads, each under a name of letters
 * and digits only, as CloudFormation requires: `FLOWSERV_DATA_BUCKET` is `FlowservDataBucket`.
 */
export const outputName = (variable: string): string =>
  variable.toLowerCase().replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** Description of the stack of a stage, which identifies it as this product's from the beginning of its creation. */
export const stackDescription = (stage: string): string =>
  `flowServ, reproducible open benchmarks: stage ${stage}`;

/** The output with the release that is deployed. */
export const RELEASE_OUTPUT = 'Release';

/** Outputs that are settings. Of AWS's own variables only the region: no output may redirect the operator's calls. */
const SETTING = /^(?:(?:Flowserv|Rob)[A-Z]|AwsRegion$)/;

/** Returns the settings in a stack's outputs, by the names of their variables. */
export const settingsOf = (outputs: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(outputs).flatMap(([name, value]) =>
      SETTING.test(name) ? [[variableName(name), value]] : [],
    ),
  );

const variableName = (output: string): string => output.replace(/(?<!^)([A-Z])/g, '_$1').toUpperCase();

/** The outputs of every stack of this release, whatever its settings. */
export const OPERATOR_VARIABLES = [
  'AWS_REGION',
  'FLOWSERV_STAGE',
  'FLOWSERV_TABLE',
  'FLOWSERV_DATA_BUCKET',
  'FLOWSERV_WORK_BUCKET',
  'FLOWSERV_API_PROTOCOL',
  'FLOWSERV_API_HOST',
  'FLOWSERV_API_PORT',
  'FLOWSERV_API_PATH',
  'FLOWSERV_ARCHIVE_QUEUE_URL',
  'FLOWSERV_BOARD_QUEUE_URL',
  'FLOWSERV_DISPATCH_QUEUE_URL',
  'FLOWSERV_MAIL_QUEUE_URL',
  'FLOWSERV_PURGE_QUEUE_URL',
  'FLOWSERV_KEEP_DELETED_DAYS',
  'FLOWSERV_BROKER_URL',
  'FLOWSERV_GATEWAY_URL',
  'FLOWSERV_CAPACITY',
  'FLOWSERV_STEP_CPU',
  'FLOWSERV_STEP_MEMORY',
  'FLOWSERV_STEP_DISK',
  'FLOWSERV_STEP_TIMEOUT',
  'FLOWSERV_STEP_MAX_CPU',
  'FLOWSERV_STEP_MAX_MEMORY',
  'FLOWSERV_STEP_MAX_DISK',
  'FLOWSERV_STEP_MAX_TIMEOUT',
  'FLOWSERV_NEXT_FUNCTION_ARN',
  'FLOWSERV_SETTLE_FUNCTION_ARN',
  'FLOWSERV_TRANSFER_FUNCTION_ARN',
  'FLOWSERV_MACHINE_ROLE_ARN',
  'FLOWSERV_EXECUTION_ROLE_ARN',
  'FLOWSERV_CLUSTER_ARN',
  'FLOWSERV_SUBNETS',
  'FLOWSERV_SECURITY_GROUPS',
  'FLOWSERV_ARCHITECTURE',
  'FLOWSERV_NETWORK',
  'FLOWSERV_CODE_IMAGE',
  'FLOWSERV_STAGING_IMAGE',
  'FLOWSERV_STAGING_LOG_GROUP',
] as const;
