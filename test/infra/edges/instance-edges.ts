import type { Deployed } from '../deployed.ts';
import { does, type Edge, instead, roleLike } from './edge.ts';

/**
 * Calls of the agent on instances with a GPU (Amazon ECS, "Amazon ECS container instance IAM role"), and what its role
 * must not do.
 */
export function instanceEdges(deployed: Deployed): Edge[] {
  const { ofType, region, account } = deployed;
  if (ofType('AWS::AutoScaling::AutoScalingGroup').length === 0) return [];
  const role = roleLike(deployed, /^ComputeGpuInstanceRole/);
  const [cluster] = ofType('AWS::ECS::Cluster');
  const arn = cluster?.arn ?? '';
  const instance = `arn:aws:ecs:${region}:${account}:container-instance/${cluster?.properties.ClusterName}/0a1b`;
  const inCluster = { 'ecs:cluster': [arn] };
  const act = (action: string, resource: string, context?: Edge['context']) =>
    does('an instance', role, `ecs:${action}`, resource, context);
  const join = act('RegisterContainerInstance', arn);
  const poll = act('Poll', instance, inCluster);
  const [bucket] = ofType('AWS::S3::Bucket');
  return [
    {
      ...does('EC2', 'ec2.amazonaws.com', 'sts:AssumeRole', role),
      name: 'an instance assumes its role',
    },
    join,
    act('DeregisterContainerInstance', arn),
    act('SubmitContainerStateChange', arn),
    act('SubmitTaskStateChange', arn),
    act('SubmitAttachmentStateChanges', arn),
    poll,
    act('StartTelemetrySession', instance, inCluster),
    act('UpdateContainerInstancesState', instance, inCluster),
    act('DiscoverPollEndpoint', '*'),
    instead(join, 'another cluster', { resource: arn.replace(/[^/]*$/, 'default') }),
    instead(poll, 'for another cluster', { context: { 'ecs:cluster': [`${arn}-other`] } }),
    instead(join, 'reads a file', { action: 's3:GetObject', resource: `${bucket?.arn}/a` }),
  ];
}
