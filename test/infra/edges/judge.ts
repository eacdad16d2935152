import { deployed } from '../deployed.ts';
import { templateOf } from '../synthesised.ts';
import type { Decision, Edge } from './edge.ts';
import { endpointEdges, foreignPermissions } from './endpoint-edges.ts';
import { type ImageSettings, imageEdges } from './image-edges.ts';
import { instanceEdges } from './instance-edges.ts';
import { linkEdges } from './link-edges.ts';
import { type Permission, permissionText, policiesOf } from './policies.ts';
import { roleEdges } from './role-edges.ts';
import { serviceEdges } from './service-edges.ts';
import { teardownEdges } from './teardown-edges.ts';
import { volumeEdges } from './volume-edges.ts';

/** An evaluator's decision about a request, and the permissions that cause it. */
export interface Verdict {
  readonly decision: Decision;
  /** Their `sid`s. */
  readonly by: readonly string[];
}

/** Permissions that no edge uses. */
interface Exception {
  readonly holder: RegExp;
  readonly action: RegExp;
  readonly reason: string;
}

/** All exceptions; one that covers nothing is reported. */
const exceptions: readonly Exception[] = [
  {
    holder: /:role\/(Functions|MachineRole)/,
    action: /^(dynamodb|s3|sqs|states|ecs|iam):/,
    reason: 'calls of the product itself, tested by test/permissions/recorded.test.ts',
  },
  {
    holder: /:sqs:.*-settle$/,
    action: /^sqs:(GetQueueAttributes|GetQueueUrl)$/,
    reason: "CDK's target of EventBridge adds them; they reveal only the queue's address and length",
  },
];

/** A stage as it would be deployed, with all requests between its parts. */
export function architecture(name: string, settings: object & ImageSettings) {
  const stack = deployed(templateOf(name, settings), { region: 'eu-central-1', account: '123456789012' });
  const permissions = [...policiesOf(stack), ...foreignPermissions(stack)];
  const edges = [
    ...serviceEdges(stack),
    ...roleEdges(stack),
    ...volumeEdges(stack),
    ...teardownEdges(stack),
    ...instanceEdges(stack),
    ...imageEdges(stack, settings),
    ...linkEdges(stack, permissions),
  ];
  return { stack, permissions, edges: [...edges, ...endpointEdges(stack, permissions, edges)] };
}

/**
 * Compares an evaluator's decisions with the edges.
 *
 * @returns one line for each edge with another decision, for each unused permission, and for each exception
 *   that covers nothing
 */
export function compareEdges(
  permissions: readonly Permission[],
  edges: readonly Edge[],
  verdicts: readonly Verdict[],
): string[] {
  const wrong = edges.flatMap((edge, index) => {
    const decision = verdicts[index]?.decision;
    return decision === edge.decision ? [] : [`${decision} instead of ${edge.decision}: ${edgeText(edge)}`];
  });
  const used = new Set(verdicts.flatMap(({ by }) => by));
  const unused = permissions.filter(({ sid }) => !used.has(sid));
  const covers = ({ holder, action }: Exception, each: Permission) =>
    holder.test(each.holder) && action.test(each.statement.actions.join());
  const left = unused
    .filter((each) => !exceptions.some((exception) => covers(exception, each)))
    .map((each) => `unused: ${permissionText(each)}`);
  const idle = exceptions
    .filter((exception) => !unused.some((each) => covers(exception, each)))
    .map(({ reason }) => `needless exception: ${reason}`);
  return [...wrong, ...left, ...idle];
}

/** An edge as one line of a report. */
export const edgeText = ({ name, principal, action, resource, context }: Omit<Edge, 'decision'>): string =>
  `${name} (${principal} ${action} ${resource} ${JSON.stringify(context)})`;
