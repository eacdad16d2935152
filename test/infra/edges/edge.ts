import type { Demand } from '../../permissions/need.ts';
import type { Deployed } from '../deployed.ts';

/** `denied` by a statement, or only `not allowed` by any. */
export type Decision = 'allowed' | 'denied' | 'not allowed';

/** A request of one part of the architecture to another, and what the policies have to say to it. */
export interface Edge extends Demand {
  readonly name: string;
  /** A service of AWS, such as `events.amazonaws.com`, or the ARN of a role. */
  readonly principal: string;
  readonly decision: Decision;
}

/** The other account of every test. */
const STRANGER = '999999999999';

/** What comes with a request of a service (IAM, "The confused deputy problem"), which uses TLS. */
export const from = ({ account }: Deployed, sourceArn: string): Demand['context'] => ({
  'aws:SourceArn': [sourceArn],
  'aws:SourceAccount': [account],
  'aws:SecureTransport': ['true'],
});

/** An edge, and the same request on behalf of another account, which nothing may allow. */
export function ofThisAccountOnly(edge: Edge): Edge[] {
  const [source = ''] = edge.context['aws:SourceArn'] ?? [];
  const foreign = source.startsWith('arn:aws:s3:')
    ? `${source}-of-others`
    : source.replace(/:\d{12}:/, `:${STRANGER}:`);
  const context = { ...edge.context, 'aws:SourceArn': [foreign], 'aws:SourceAccount': [STRANGER] };
  return [edge, { ...edge, name: `${edge.name}, of another account`, context, decision: 'not allowed' }];
}

/** The same request without TLS, which what it is sent to has to refuse. */
export const withoutTls = (edge: Edge): Edge => ({
  ...edge,
  name: `${edge.name}, without TLS`,
  context: { ...edge.context, 'aws:SecureTransport': ['false'] },
  decision: 'denied',
});

/** What the names of everything begin with that the product makes while it runs. */
export const prefixOf = ({ ofType }: Deployed): string =>
  `${ofType('AWS::ECS::Cluster')[0]?.properties.ClusterName}-`;
