/** What the product makes while it runs is named by the stage and a digest, in hexadecimal digits. */
const DIGEST = '[0-9a-f]{32,64}';

/** How to tell what belongs to a stage. */
export interface StageNames {
  readonly stack: string;
  readonly cluster: string;
  /** What names of ECR repositories with copies of public images begin with. */
  readonly copies: string;
  /** Whether a state machine, or the family of a task definition, was made by the product for this stage. */
  isMade(name: string): boolean;
}

/** Names of stages have no hyphen, so that none is the beginning of another one's. */
export function namesOfStage(stage: string): StageNames {
  const made = new RegExp(`^flowserv-${stage}-${DIGEST}$`);
  return {
    stack: `flowserv-${stage}`,
    cluster: `flowserv-${stage}`,
    copies: `flowserv-${stage}/`,
    isMade: (name) => made.test(name),
  };
}
