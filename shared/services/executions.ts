import { clientOptions, lazily } from '../clients.ts';
import type { Config } from '../config.ts';

export type Executions = ReturnType<typeof createExecutions>;

/** The Step Functions executions of runs. The name of an execution is the run's id. */
export function createExecutions(config: Config) {
  const load = lazily(async () => {
    const sdk = await import('@aws-sdk/client-sfn');
    return { sdk, client: new sdk.SFNClient(clientOptions(config, config.endpoints.sfn)) };
  });

  return {
    /**
     * Starts the run's execution. Repeatable, even after the execution closed.
     *
     * @returns false when the state machine does not exist; right after its creation this is temporary
     */
    async start(machineArn: string, runId: string): Promise<boolean> {
      const { sdk, client } = await load();
      try {
        await client.send(
          new sdk.StartExecutionCommand({
            stateMachineArn: machineArn,
            name: runId,
            input: JSON.stringify({ runId }),
          }),
        );
        return true;
      } catch (error) {
        if (error instanceof sdk.ExecutionAlreadyExists) return true;
        if (error instanceof sdk.StateMachineDoesNotExist || error instanceof sdk.StateMachineDeleting) {
          return false;
        }
        throw error;
      }
    },

    /** Asks the execution to stop; does nothing if it is unknown or closed. */
    async stop(machineArn: string, runId: string, cause: string): Promise<void> {
      const { sdk, client } = await load();
      try {
        await client.send(
          new sdk.StopExecutionCommand({
            executionArn: executionArn(machineArn, runId),
            cause: cause.slice(0, 1000),
          }),
        );
      } catch (error) {
        if (!(error instanceof sdk.ExecutionDoesNotExist)) throw error;
      }
    },

    /** Whether the execution is open; undefined when it does not exist. Eventually consistent on AWS. */
    async isOpen(machineArn: string, runId: string): Promise<boolean | undefined> {
      const { sdk, client } = await load();
      try {
        const command = new sdk.DescribeExecutionCommand({ executionArn: executionArn(machineArn, runId) });
        return (await client.send(command)).status === 'RUNNING';
      } catch (error) {
        if (error instanceof sdk.ExecutionDoesNotExist) return undefined;
        throw error;
      }
    },

    /** Creates the state machine of a workflow version, or finds the one with the same name and definition. */
    async createStateMachine(name: string, definition: string, roleArn: string): Promise<string> {
      const { sdk, client } = await load();
      const response = await client.send(
        new sdk.CreateStateMachineCommand({ name, definition, roleArn, type: 'STANDARD' }),
      );
      if (!response.stateMachineArn) throw new Error(`no ARN for state machine '${name}'`);
      return response.stateMachineArn;
    },

    /** The content of a state machine; undefined when it does not exist or is being deleted. */
    async findStateMachine(machineArn: string): Promise<StateMachineContent | undefined> {
      const { sdk, client } = await load();
      try {
        const command = new sdk.DescribeStateMachineCommand({ stateMachineArn: machineArn });
        const { status, definition = '', roleArn = '' } = await client.send(command);
        return status === 'DELETING' ? undefined : { definition, roleArn };
      } catch (error) {
        if (error instanceof sdk.StateMachineDoesNotExist) return undefined;
        throw error;
      }
    },
  };
}

/** The settings that determine what a state machine does. */
export interface StateMachineContent {
  readonly definition: string;
  readonly roleArn: string;
}

/** `…:stateMachine:<machine>` → `…:execution:<machine>:<run>` (Step Functions, ARN formats). */
export function executionArn(machineArn: string, runId: string): string {
  return `${machineArn.replace(':stateMachine:', ':execution:')}:${runId}`;
}

/** The run's id at the end of an execution's ARN. */
export const runOfExecution = (arn: string): string => arn.slice(arn.lastIndexOf(':') + 1);
