import * as z from 'zod';
import type { Statement } from '../../permissions/policy.ts';
import type { Deployed, DeployedResource } from '../deployed.ts';

/** One action on one resource, as a statement of a deployed stack allows or denies it. */
export interface Permission {
  /** Unique in the stack; an evaluator reports used permissions by it. */
  readonly sid: string;
  /**
   * `role` for what a role may do, `resource` for who may access the holder, `trust` for who may assume a role,
   * `endpoint` for what the holder lets pass.
   */
  readonly kind: 'role' | 'resource' | 'trust' | 'endpoint';
  /** ARN of the role or the resource with the policy. */
  readonly holder: string;
  readonly statement: Statement;
  /** As in the policy of a resource; `*` is everyone. */
  readonly principals: '*' | Readonly<Record<string, readonly string[]>>;
}

const many = <T extends z.ZodType>(one: T) => z.union([z.array(one), one.transform((value) => [value])]);
const texts = many(z.coerce.string());
const statementSchema = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Action: many(z.string()),
  Principal: z.union([z.literal('*'), z.record(z.string(), texts)]).default('*'),
  Resource: many(z.union([z.literal('*'), z.string().startsWith('arn:')])).optional(),
  Condition: z.record(z.string(), z.record(z.string(), texts)).default({}),
});
const document = z.object({ Statement: z.array(statementSchema) });

type Unnumbered = Omit<Permission, 'sid'>;
interface Parts {
  readonly kind: Permission['kind'];
  readonly holder: string;
}

/** Permissions of a policy document; a trust policy has no resource, as it applies to its role. */
function permissionsOf(policy: unknown, { kind, holder }: Parts): Unnumbered[] {
  return document.parse(policy).Statement.flatMap(({ Effect, Action, Principal, Resource, Condition }) =>
    Action.flatMap((action) =>
      (Resource ?? [holder]).map((resource) => ({
        kind,
        holder,
        principals: Principal,
        statement: {
          effect: Effect,
          actions: [action],
          resources: [resource],
          conditions: Object.entries(Condition).flatMap(([operator, keys]) =>
            Object.entries(keys).map(([key, values]) => ({ operator, key, values })),
          ),
        },
      })),
    ),
  );
}

const names = z.array(z.string());
const rolePolicy = z.object({ PolicyDocument: z.unknown(), Roles: names });
const role = z.strictObject({
  AssumeRolePolicyDocument: z.unknown(),
  Description: z.string().optional(),
  Tags: z.unknown().optional(),
});
const functionPermission = z.strictObject({
  Action: z.string(),
  FunctionName: z.string(),
  Principal: z.string(),
  SourceArn: z.string(),
});

type Reader = (resource: DeployedResource, deployed: Deployed) => Unnumbered[];
const ofResources = (policy: unknown, holders: readonly string[]) =>
  holders.flatMap((holder) => permissionsOf(policy, { kind: 'resource', holder }));

/** Where policies are, by type of resource. */
const readers: Readonly<Record<string, Reader>> = {
  'AWS::IAM::Policy': ({ properties }, { ofType }) => {
    const { PolicyDocument, Roles } = rolePolicy.parse(properties);
    const roles = ofType('AWS::IAM::Role').filter(({ id }) => Roles.includes(id));
    return roles.flatMap(({ arn = '' }) => permissionsOf(PolicyDocument, { kind: 'role', holder: arn }));
  },
  // Policies inside a role, or AWS's own, would not be evaluated: the schema rejects them.
  'AWS::IAM::Role': ({ properties, arn = '' }) =>
    permissionsOf(role.parse(properties).AssumeRolePolicyDocument, { kind: 'trust', holder: arn }),
  'AWS::S3::BucketPolicy': ({ properties }) =>
    ofResources(properties.PolicyDocument, [`arn:aws:s3:::${properties.Bucket}`]),
  'AWS::SQS::QueuePolicy': ({ properties }, { ofType }) => {
    const urls = names.parse(properties.Queues);
    const queues = ofType('AWS::SQS::Queue').filter(({ properties: { QueueName } }) =>
      urls.some((url) => url.endsWith(`/${QueueName}`)),
    );
    return ofResources(
      properties.PolicyDocument,
      queues.flatMap(({ arn }) => arn ?? []),
    );
  },
  'AWS::SNS::TopicPolicy': ({ properties }) =>
    ofResources(properties.PolicyDocument, names.parse(properties.Topics)),
  // Without a policy an endpoint allows everything.
  'AWS::EC2::VPCEndpoint': ({ properties: { PolicyDocument }, arn = '' }) =>
    PolicyDocument === undefined ? [] : permissionsOf(PolicyDocument, { kind: 'endpoint', holder: arn }),
  // API Gateway completes the ARNs (API Gateway, "API Gateway resource policy examples").
  'AWS::ApiGateway::RestApi': ({ id, properties: { Policy } }, { region, account }) => {
    const arn = `arn:aws:execute-api:${region}:${account}:${id}`;
    return ofResources(JSON.parse(JSON.stringify(Policy).replaceAll('"execute-api:/', `"${arn}/`)), [arn]);
  },
  // Lambda makes a statement of each (Lambda, "Viewing resource-based IAM policies in Lambda").
  'AWS::Lambda::Permission': ({ properties }) => {
    const { Action, FunctionName, Principal, SourceArn } = functionPermission.parse(properties);
    const Condition = { ArnLike: { 'aws:SourceArn': SourceArn } };
    const made = {
      Effect: 'Allow',
      Action,
      Resource: FunctionName,
      Principal: { Service: Principal },
      Condition,
    };
    return ofResources({ Statement: [made] }, [FunctionName]);
  },
};

/** The stack does not attach this policy to operators, and the tests of their commands cover it. */
const NOT_OF_THE_STACK = ['AWS::IAM::ManagedPolicy'];
const POLICY = /"(Policy|PolicyDocument|ResourcePolicy|AssumeRolePolicyDocument)":/;

/**
 * Returns all permissions of a deployed stack.
 *
 * @throws Error for a policy of an unsupported type of resource, since nothing would check it
 */
export function policiesOf(deployed: Deployed): Permission[] {
  return deployed
    .all()
    .flatMap((resource) => {
      const read = readers[resource.type];
      if (read) return read(resource, deployed);
      const hasPolicy = POLICY.test(JSON.stringify(resource.properties));
      if (!hasPolicy || NOT_OF_THE_STACK.includes(resource.type)) return [];
      throw new Error(`nothing checks the policy of ${resource.id}, which is of type ${resource.type}`);
    })
    .map((permission, index) => ({ ...permission, sid: `P${index}` }));
}

/** A permission as one line of a report. */
export function permissionText({ kind, holder, statement, principals }: Permission): string {
  const { effect, actions, resources, conditions } = statement;
  const who = kind === 'role' ? '' : ` by ${JSON.stringify(principals)}`;
  const when = conditions.map(({ operator, key, values }) => ` if ${key} ${operator} ${values.join()}`);
  return `${holder}: ${effect} ${actions} ${resources}${who}${when.join('')}`;
}
