import type { Demand } from '../../permissions/need.ts';
import type { Deployed } from '../deployed.ts';

/** `denied` by a statement, or only `not allowed` by any. */
export type Decision = 'allowed' | 'denied' | 'not allowed';

/** A request of one part of the architecture to another, and the expected decision of the policies. */
export interface Edge extends Demand {
  readonly name: string;
  /** A service of AWS, such as `events.amazonaws.com`, the ARN of a role, or `ANYONE`. */
  readonly principal: string;
  /** ARN of the VPC endpoint on the path, whose policy also decides. */
  readonly through?: string;
  readonly decision: Decision;
}

/** A caller without a signature. */
export const ANYONE = 'anyone';

/** The other account of every test. */
const STRANGER = '999999999999';

/** Context of a service's request (IAM, "The confused deputy problem"), which uses TLS. */
export const from = ({ account }: Deployed, sourceArn: string): Demand['context'] => ({
  'aws:SourceArn': [sourceArn],
  'aws:SourceAccount': [account],
  'aws:SecureTransport': ['true'],
});

/** An edge, and the same request on behalf of another account, which no policy may allow. */
export function ofThisAccountOnly(edge: Edge): Edge[] {
  const [source = ''] = edge.context['aws:SourceArn'] ?? [];
  const foreign = source.startsWith('arn:aws:s3:')
    ? `${source}-of-others`
    : source.replace(/:\d{12}:/, `:${STRANGER}:`);
  const context = { ...edge.context, 'aws:SourceArn': [foreign], 'aws:SourceAccount': [STRANGER] };
  return [edge, { ...edge, name: `${edge.name}, of another account`, context, decision: 'not allowed' }];
}

/** The same request without TLS, which the resource has to deny. */
export const withoutTls = (edge: Edge): Edge => ({
  ...edge,
  name: `${edge.name}, without TLS`,
  context: { ...edge.context, 'aws:SecureTransport': ['false'] },
  decision: 'denied',
});

/** Prefix of the names of everything that the product creates at run time. */
export const prefixOf = ({ ofType }: Deployed): string =>
  `${ofType('AWS::ECS::Cluster')[0]?.properties.ClusterName}-`;

/** A request of a role. It uses TLS, as queues and buckets require. */
export const does = (
  name: string,
  principal: string,
  action: string,
  resource: string,
  context: Demand['context'] = {},
): Edge => ({
  name: `${name}: ${action}`,
  principal,
  action,
  resource,
  context: { 'aws:SecureTransport': ['true'], ...context },
  decision: 'allowed',
});

/** The same request with a difference for which no policy may allow it. */
export const instead = (edge: Edge, what: string, other: Partial<Edge>): Edge => ({
  ...edge,
  ...other,
  name: `${edge.name}, ${what}`,
  decision: 'not allowed',
});

/** @throws Error if no role has that name */
export function roleLike({ ofType }: Deployed, pattern: RegExp): string {
  const arn = ofType('AWS::IAM::Role').find(({ id }) => pattern.test(id))?.arn;
  if (arn === undefined) throw new Error(`no role matches ${pattern}`);
  return arn;
}

/** The role with which ECS pulls images and writes logs. */
export const executionRoleOf = (deployed: Deployed): string => roleLike(deployed, /^ComputeExecutionRole/);
