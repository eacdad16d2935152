/** Lines of `rolePermissions` and `managedPermissions` that several lists have. */

export const logs = (group: string) => [`logs:CreateLogStream ${group}`, `logs:PutLogEvents ${group}`];
export const onTable = (...actions: string[]) => actions.map((action) => `dynamodb:${action} DataTable`);
export const table = onTable(
  'BatchGetItem',
  'ConditionCheckItem',
  'DeleteItem',
  'GetItem',
  'PutItem',
  'Query',
  'UpdateItem',
);
export const partitions = (...leading: string[]) =>
  ` if ${JSON.stringify({ 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': leading } })}`;
/** The actions are denied in these partitions, whatever allows them. */
export const deny = (lines: readonly string[], ...leading: string[]) =>
  lines.map(
    (line) =>
      `Deny ${line} if ${JSON.stringify({ 'ForAnyValue:StringLike': { 'dynamodb:LeadingKeys': leading } })}`,
  );
export const without = (...kept: string[]) => table.filter((line) => !onTable(...kept).includes(line));
export const passExecutionRole =
  'iam:PassRole ComputeExecutionRole if {"StringEquals":{"iam:PassedToService":"ecs-tasks.amazonaws.com"}}';
export const stateMachines = 'states:stateMachine:flowserv-test-*';
export const executions = 'states:execution:flowserv-test-*:*';
