import type { Config } from '../config.ts';
import { createTable, type Table } from '../store/table.ts';
import { createObjectStore, type ObjectStore } from '../volumes/object-store.ts';
import { createExecutions, type Executions } from './executions.ts';
import { createMailer, type Mailer } from './mailer.ts';
import { createMessages, type Messages } from './messages.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { createTaskRegistry, type TaskRegistry } from './task-registry.ts';

/** Everything outside the process that the product uses. Created once per function instance. */
export interface Services {
  readonly config: Config;
  readonly table: Table;
  readonly objects: ObjectStore;
  readonly messages: Messages;
  readonly executions: Executions;
  readonly taskRegistry: TaskRegistry;
  readonly mailer: Mailer;
  readonly metrics: Metrics;
  readonly now: () => Date;
}

export function createServices(config: Config, now: () => Date = () => new Date()): Services {
  return {
    config,
    table: createTable(config),
    objects: createObjectStore(config),
    messages: createMessages(config),
    executions: createExecutions(config),
    taskRegistry: createTaskRegistry(config),
    mailer: createMailer(config),
    metrics: createMetrics(config, now),
    now,
  };
}
