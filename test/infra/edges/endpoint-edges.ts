import * as z from 'zod';
import { brokerRoutes } from '../../../shared/api/routes/broker.ts';
import type { Deployed } from '../deployed.ts';
import { ANYONE, does, type Edge, executionRoleOf, instead } from './edge.ts';
import type { Permission } from './policies.ts';

/** The endpoints with a policy, by service; others allow everything. */
function endpointsOf({ ofType, region }: Deployed): ReadonlyMap<string, string> {
  const closed = ofType('AWS::EC2::VPCEndpoint').filter(({ properties }) => 'PolicyDocument' in properties);
  return new Map(
    closed.map(({ arn = '', properties }) => [
      z.string().parse(properties.ServiceName).replace(`com.amazonaws.${region}.`, ''),
      arn,
    ]),
  );
}

/**
 * Requests that leave an isolated network. A request needs a permission of its caller and one of the endpoint. The
 * callers of these requests have it, so the endpoint decides.
 *
 * @param edges those of the roles and of links, some of which use the endpoints
 */
export function endpointEdges(
  deployed: Deployed,
  permissions: readonly Permission[],
  edges: readonly Edge[],
): Edge[] {
  const endpoints = endpointsOf(deployed);
  if (endpoints.size === 0) return [];
  const through = (edge: Edge, service: string): Edge => ({
    ...edge,
    name: `${edge.name}, through ${service}`,
    through: endpoints.get(service) ?? '',
    // Part of the context of every signed request (IAM, "AWS global condition context keys").
    context:
      edge.principal === ANYONE ? edge.context : { ...edge.context, 'aws:PrincipalArn': [edge.principal] },
  });
  const broker = brokerRoleOf(deployed);
  const allowed = edges.filter(({ decision }) => decision === 'allowed');
  const tasks = allowed.filter(({ principal }) => principal === executionRoleOf(deployed));
  const links = allowed.filter(
    ({ principal, context }) => principal === broker && context['s3:authType']?.[0] === 'REST-QUERY-STRING',
  );
  const logsOfOthers = allowed.filter(
    ({ principal, action }) => action.startsWith('logs:') && principal !== executionRoleOf(deployed),
  );
  return [
    ...tasks.flatMap((edge) => servicesOf(edge.action).map((service) => through(edge, service))),
    ...links.map((edge) => through(edge, 's3')),
    ...removals(permissions).map((edge) => instead(through(edge, 's3'), 'which no step needs', {})),
    ...logsOfOthers.map((edge) => instead(through(edge, 'logs'), 'of no task', {})),
    ...brokerEdges(deployed).flatMap((edge) => [
      through(edge, 'execute-api'),
      instead(edge, 'from another network', { context: { 'aws:SourceVpc': ['vpc-other'] } }),
      instead(edge, 'from the web', { context: {} }),
    ]),
    ...foreignRequests(deployed).flatMap(({ passes, ...request }) => {
      const edge = does('a stranger', request.principal, request.action, request.resource);
      const passed = servicesOf(edge.action).map((service) => through(edge, service));
      return [
        edge,
        ...(passes ? passed : passed.map((each) => instead(each, 'which no step of the stage needs', {}))),
      ];
    }),
  ];
}

/** The role that signs the links of steps. */
const brokerRoleOf = ({ ofType }: Deployed) =>
  ofType('AWS::Lambda::Function').find(({ properties }) => /-broker$/.test(`${properties.FunctionName}`))
    ?.properties.Role;

/**
 * ECR is called at two endpoints, which have the same policy (Amazon ECR, "Create the VPC endpoints for Amazon ECR").
 */
function servicesOf(action: string): string[] {
  const [service = ''] = action.split(':');
  return service === 'ecr' ? ['ecr.api', 'ecr.dkr'] : [service];
}

/** Objects that functions delete, by roles that may do it. */
const removals = (permissions: readonly Permission[]): Edge[] =>
  permissions
    .filter(({ kind, statement }) => kind === 'role' && statement.actions.includes('s3:DeleteObject'))
    .flatMap(({ holder, statement }) =>
      statement.resources.map((pattern) =>
        does(holder, holder, 's3:DeleteObject', pattern.replaceAll('*', '0a1b')),
      ),
    );

/**
 * Calls to the broker are not signed, and come from the network of the stage (API Gateway, "Authorization flow for
 * private APIs").
 */
function brokerEdges({ ofType, region, account }: Deployed): Edge[] {
  const vpc = ofType('AWS::EC2::VPC').map(({ id }) => id);
  return ofType('AWS::ApiGateway::RestApi').flatMap(({ id }) =>
    brokerRoutes.flatMap(({ methods, pattern }) =>
      methods.map((method) => {
        const path = `steps/${method}/${pattern.slice(pattern.lastIndexOf('/') + 1)}`;
        const resource = `arn:aws:execute-api:${region}:${account}:${id}/${path}`;
        return does(`a step calls ${path}`, ANYONE, 'execute-api:Invoke', resource, {
          'aws:SourceVpc': vpc,
        });
      }),
    ),
  );
}

interface ForeignRequest {
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  /** Whether the endpoints allow it. */
  readonly passes: boolean;
}

/**
 * Requests of others to their own resources: of a stranger, whose credentials a step may use to carry data out,
 * and of ECR, which signs the links to layers (Amazon ECR, "Minimum Amazon S3 bucket permissions for Amazon ECR").
 */
function foreignRequests(deployed: Deployed): ForeignRequest[] {
  if (endpointsOf(deployed).size === 0) return [];
  const { region } = deployed;
  const location = `${region}:999999999999`;
  const by = (principal: string, passes: boolean) => (action: string, resource: string) => ({
    principal,
    action,
    resource,
    passes,
  });
  const stranger = by('arn:aws:iam::999999999999:role/stranger', false);
  const ecr = 'arn:aws:iam::888888888888:role/ecr';
  const layer = `arn:aws:s3:::prod-${region}-starport-layer-bucket/0a1b`;
  return [
    stranger('s3:GetObject', 'arn:aws:s3:::elsewhere/0a1b'),
    stranger('s3:PutObject', 'arn:aws:s3:::elsewhere/0a1b'),
    stranger('ecr:GetAuthorizationToken', '*'),
    stranger('ecr:BatchGetImage', `arn:aws:ecr:${location}:repository/any`),
    stranger('ecr:PutImage', `arn:aws:ecr:${location}:repository/any`),
    stranger('logs:PutLogEvents', `arn:aws:logs:${location}:log-group:any:log-stream:any`),
    stranger('execute-api:Invoke', `arn:aws:execute-api:${location}:a1b2c3/x/POST/y`),
    by(ecr, true)('s3:GetObject', layer),
    by(ecr, false)('s3:PutObject', layer),
  ];
}

/** Everything that others may do in their own accounts, so that only an endpoint can deny it. */
export const foreignPermissions = (deployed: Deployed): Permission[] =>
  foreignRequests(deployed).map(({ principal, action, resource }, index) => ({
    sid: `F${index}`,
    kind: 'role',
    holder: principal,
    principals: '*',
    statement: { effect: 'Allow', actions: [action], resources: [resource], conditions: [] },
  }));
