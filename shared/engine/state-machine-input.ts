export interface StateMachineInput {
  /** Stage of the installation, `[a-z0-9]{1,16}`. */
  readonly stage: string;
  readonly steps: readonly { readonly name: string }[];
  /** Whether steps may run at the same time. */
  readonly parallel?: boolean;
  /** ARNs of the functions. */
  readonly functions: {
    readonly next: string;
    readonly settle: string;
    /** Only for a workflow that uses storage volumes. */
    readonly transfer?: string;
  };
  readonly roleArn: string;
  readonly cluster: string;
  readonly logging?: StateMachineLogging;
  /** Maximum duration of a whole run. */
  readonly timeoutSeconds: number;
}

interface StateMachineLogging {
  readonly level: 'ALL' | 'ERROR' | 'FATAL' | 'OFF';
  readonly includeExecutionData: boolean;
  readonly logGroupArn: string;
}
