/** Names of resources that are created at run time contain the stage and a digest, in hexadecimal digits. */
const DIGEST = '[0-9a-f]{32,64}';

/** The names by which resources of a stage are recognised. */
export interface StageNames {
  readonly stack: string;
  readonly cluster: string;
  /** Prefix of the ECR repositories with copies of public images. */
  readonly copies: string;
  /** Whether a state machine, or the family of a task definition, was created by the product for this stage. */
  isMade(name: string): boolean;
}

/** Names of stages have no hyphen, so none is a prefix of another. */
export function namesOfStage(stage: string): StageNames {
  const made = new RegExp(`^flowserv-${stage}-${DIGEST}$`);
  return {
    stack: `flowserv-${stage}`,
    cluster: `flowserv-${stage}`,
    copies: `flowserv-${stage}/`,
    isMade: (name) => made.test(name),
  };
}
