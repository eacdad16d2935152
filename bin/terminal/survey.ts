/** The shown parts of a survey of a stage. */
interface Survey {
  readonly stack: { readonly id: string; readonly status: string; readonly keepsTable: boolean } | undefined;
  readonly stateMachines: readonly string[];
  readonly executions: readonly string[];
  readonly tasks: readonly string[];
  readonly foreignTasks: readonly string[];
  readonly definitions: { readonly active: readonly string[]; readonly inactive: readonly string[] };
  readonly buckets: readonly string[];
  readonly tables: readonly string[];
  readonly repositories: readonly string[];
  readonly unknown: readonly string[];
}

/** Returns lines that describe what the deletion of a stage would delete. */
export function surveyLines(stage: string, survey: Survey): string[] {
  const { stack, stateMachines, executions, tasks, foreignTasks, definitions, buckets, tables } = survey;
  // The ARN contains the account and the region.
  const [, , , region, account] = stack?.id.split(':') ?? [];
  const where = stack ? ` in account ${account}, region ${region}` : '';
  const withStack = (table: string) => stack !== undefined && !stack.keepsTable && tables.includes(table);
  const data = [
    ...buckets.map((name) => `bucket ${name}`),
    ...tables.filter((name) => !withStack(name)).map((name) => `table ${name}`),
  ];
  return [
    `Stage ${stage}${where}`,
    `  Executions       : ${executions.length} running`,
    `  Tasks            : ${tasks.length} running${foreignTasks.length > 0 ? `, and ${foreignTasks.length} of others` : ''}`,
    `  State machines   : ${stateMachines.length}`,
    `  Task definitions : ${definitions.active.length + definitions.inactive.length}`,
    `  Stack            : ${stack ? stack.status : 'none'}`,
    ...tables.filter(withStack).map((name) => `  With the stack   : table ${name}`),
    `  Kept unless asked: ${data.length === 0 ? 'nothing' : data.join(', ')}`,
    ...survey.repositories.map((name) => `  Not deleted      : repository ${name}, copies of an image`),
    ...survey.unknown.map((what) => `  Not looked up    : ${what}`),
  ];
}
