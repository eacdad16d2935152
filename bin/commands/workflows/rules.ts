import { workflowId } from '../../session/identifiers.ts';
import { shortTime } from '../../terminal/text.ts';
import {
  type AddCommand,
  type JsonChoice,
  jsonOption,
  type WorkflowChoice,
  workflowOption,
} from '../options.ts';

interface Options extends WorkflowChoice, JsonChoice {
  readonly accept?: true;
}

export const addWorkflowRules: AddCommand = (parent, cli) => {
  parent
    .command('rules')
    .description('show the rules of a benchmark, or accept them')
    .addOption(workflowOption())
    .option('--accept', 'accept the rules, which is needed before the first run')
    .addOption(jsonOption())
    .action(async ({ workflow, accept, json }: Options) => {
      const id = workflowId(workflow, cli.env);
      const { workflows } = await cli.client();
      const rules = await workflows.rules(id);
      if (json && !accept) return cli.json(rules);
      if (!json) cli.print(rules.text);
      if (accept) {
        const accepted = await workflows.acceptRules(id, rules.version);
        if (json) return cli.json(accepted);
        return cli.note(`accepted version ${rules.version} at ${shortTime(accepted.acceptedAt)}`);
      }
      const { acceptedAt } = rules;
      cli.note(
        acceptedAt === undefined
          ? 'not accepted yet; accept the rules with --accept'
          : `accepted at ${shortTime(acceptedAt)}`,
      );
    });
};
