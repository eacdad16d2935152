import { InvalidArgumentError, Option } from 'commander';

/** Selects the stage; `--profile` and `--region` of the program select account and region. */
export interface AwsChoice {
  readonly stage: string;
  readonly profile?: string;
  readonly region?: string;
}

export const stageOption = () => new Option('--stage <name>', 'name of the stage').argParser(stageName);

function stageName(text: string): string {
  if (/^[a-z0-9]{1,16}$/.test(text)) return text;
  throw new InvalidArgumentError('The name of a stage is 1 to 16 lower-case letters and digits.');
}

/** The end of the help of commands that act on an account. */
export const ACCOUNT_HELP =
  '\nThe account and region are those of your AWS credentials; --profile NAME and --region NAME choose others.';
