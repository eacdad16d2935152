import { BROKER_PATH } from '../../shared/api/routes/broker.ts';
import { type Config, readConfig, required } from '../../shared/config.ts';
import type { Environment } from '../session/location.ts';
import { type Need, needs } from './needs.ts';

/** The stage that is verified. */
export interface Target {
  /** The operator's settings of it, from the stack's outputs. */
  readonly settings: Environment;
  readonly config: Config;
  /** Base URL for users: CloudFront's, if there is one. */
  readonly url: string;
  /** Base URL at the gateway itself. */
  readonly gateway: string;
  readonly brokerUrl: string;
  /** Whether the AWS services are those of a local stack. */
  readonly isLocal: boolean;
  /** Requirements that this stage cannot meet, with the reason. */
  readonly lacks: ReadonlyMap<Need, string>;
}

const LOCAL: readonly Need[] = ['cloudfront', 'gateway', 'fargate', 'alarms', 'logs', 'policies'];

/** @param settings the operator's, of a deployed stack or of the local one */
export function createTarget(settings: Environment): Target {
  const config = readConfig(settings);
  const { url } = config.api;
  const brokerUrl = required(config.brokerUrl, 'FLOWSERV_BROKER_URL');
  const isLocal = config.endpoints.s3 !== undefined;
  const gateway = isLocal
    ? brokerUrl.slice(0, -`/${BROKER_PATH}`.length)
    : required(config.gatewayUrl, 'FLOWSERV_GATEWAY_URL');
  return { settings, config, url, gateway, brokerUrl, isLocal, lacks: lacksOf(isLocal, url, gateway) };
}

function lacksOf(isLocal: boolean, url: string, gateway: string): Map<Need, string> {
  if (isLocal) return new Map(LOCAL.map((need) => [need, `a local stack has no ${needs[need]}`]));
  if (new URL(url).host !== new URL(gateway).host) return new Map();
  return new Map([['cloudfront', 'the stage is deployed with "cloudFront": false']]);
}

/** Returns the base URLs of the API: through CloudFront, if the stage has it, and at the gateway. */
export const waysTo = ({ url, gateway }: Target): readonly string[] =>
  url === gateway ? [url] : [url, gateway];
