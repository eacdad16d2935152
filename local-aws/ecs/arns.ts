/** Names and ARNs of one account and region (ECS developer guide, resource naming). */
export interface Arns {
  cluster(name: string): string;
  definition(family: string, revision: number): string;
  task(cluster: string, taskId: string): string;
  container(cluster: string, taskId: string, containerId: string): string;
  /** Returns the name from a short name or an ARN. */
  clusterName(reference: string): string;
  /** Returns the id from a task id or an ARN. */
  taskId(reference: string): string;
  /** Parses `family`, `family:revision` or an ARN; undefined for any other text. */
  definitionKey(reference: string): DefinitionKey | undefined;
}

interface DefinitionKey {
  readonly family: string;
  /** Undefined means the newest active revision. */
  readonly revision?: number;
}

/** Builds and parses ARNs. A reference to another account or region counts as an unknown name. */
export function arnsOf(region: string, accountId: string): Arns {
  const prefix = `arn:aws:ecs:${region}:${accountId}:`;
  const local = (reference: string, type: string) => {
    const start = `${prefix}${type}/`;
    return reference.startsWith(start) ? reference.slice(start.length) : reference;
  };
  return {
    cluster: (name) => `${prefix}cluster/${name}`,
    definition: (family, revision) => `${prefix}task-definition/${family}:${revision}`,
    task: (cluster, taskId) => `${prefix}task/${cluster}/${taskId}`,
    container: (cluster, taskId, containerId) => `${prefix}container/${cluster}/${taskId}/${containerId}`,
    clusterName: (reference) => local(reference, 'cluster'),
    taskId: (reference) => {
      const rest = local(reference, 'task');
      return rest === reference ? reference : (rest.split('/').at(-1) ?? reference);
    },
    definitionKey: (reference) => {
      const match = /^([A-Za-z0-9_-]{1,255})(?::(\d{1,9}))?$/.exec(local(reference, 'task-definition'));
      const family = match?.[1];
      if (family === undefined) return undefined;
      return match?.[2] === undefined ? { family } : { family, revision: Number(match[2]) };
    },
  };
}
