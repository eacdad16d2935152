import { Command } from 'commander';
import { version } from '../../shared/api/version.ts';
import { type Cli, createCli, type Terminal } from '../session/cli.ts';
import { variables } from '../session/identifiers.ts';
import type { GlobalOptions } from '../session/location.ts';
import { addCheckAws } from './aws/check.ts';
import { addDeleteAws } from './aws/delete.ts';
import { addDeleteObsoleteRuns } from './cleanup/delete.ts';
import { addListObsoleteRuns } from './cleanup/list.ts';
import { addConfig } from './config.ts';
import { addDeleteFile } from './files/delete.ts';
import { addDownloadFile } from './files/download.ts';
import { addListFiles } from './files/list.ts';
import { addUploadFile } from './files/upload.ts';
import { groupCommands } from './groups/commands.ts';
import { addLocal } from './local.ts';
import { addLogin } from './login.ts';
import { addLogout } from './logout.ts';
import { addNew } from './new.ts';
import type { AddCommand } from './options.ts';
import { addReindex } from './reindex.ts';
import { addRepo } from './repo.ts';
import { addBaseline } from './runs/baseline.ts';
import { addCancelRun } from './runs/cancel.ts';
import { addRunCrate } from './runs/crate.ts';
import { addDeleteRun } from './runs/delete.ts';
import { addDiffRuns } from './runs/diff.ts';
import { addDisqualifyRun } from './runs/disqualify.ts';
import { addDownloadRunArchive } from './runs/download-archive.ts';
import { addDownloadRunFile } from './runs/download-file.ts';
import { addListRuns } from './runs/list.ts';
import { addRunLogs } from './runs/logs.ts';
import { addRunOutput } from './runs/output.ts';
import { addReadmitRun } from './runs/readmit.ts';
import { addRescoreRuns } from './runs/rescore.ts';
import { addRestoreRun } from './runs/restore.ts';
import { addShowRun } from './runs/show.ts';
import { addStartRun } from './runs/start.ts';
import { addWithdrawRun } from './runs/withdraw.ts';
import { addPauseStage } from './stage/pause.ts';
import { addResumeStage } from './stage/resume.ts';
import { addShowStage } from './stage/show.ts';
import { addCreateToken } from './tokens/create.ts';
import { addListTokens } from './tokens/list.ts';
import { addRevokeToken } from './tokens/revoke.ts';
import { addActivateUser, addApproveUser, addDisableUser, addEnableUser } from './users/change.ts';
import { addConfirmUser } from './users/confirm.ts';
import { addDeleteAccount } from './users/delete.ts';
import { addExportAccount } from './users/export.ts';
import { addListUsers } from './users/list.ts';
import { addUserQuotas } from './users/quotas.ts';
import { addRecountQuotas } from './users/recount-quotas.ts';
import { addRegisterUser } from './users/register.ts';
import { addResetPassword } from './users/reset-password.ts';
import { addCopyVolume } from './volumes/copy.ts';
import { addListVolume } from './volumes/list.ts';
import { addWhoami } from './whoami.ts';
import { addAnnounce, addAnnouncements } from './workflows/announcements.ts';
import { addArchive } from './workflows/archive.ts';
import { addWorkflowAudit } from './workflows/audit.ts';
import { addWorkflowCrate } from './workflows/crate.ts';
import { addCreateWorkflow } from './workflows/create.ts';
import { addDeleteWorkflow } from './workflows/delete.ts';
import { addDownloadWorkflowArchive } from './workflows/download-archive.ts';
import { addDownloadWorkflowFile } from './workflows/download-file.ts';
import { addWorkflowFiles } from './workflows/files.ts';
import { addListWorkflowGroups } from './workflows/groups.ts';
import { addInstallWorkflow } from './workflows/install.ts';
import { addJoinWorkflow } from './workflows/join.ts';
import { addListWorkflows } from './workflows/list.ts';
import { addAddMember } from './workflows/members/add.ts';
import { addLeaveWorkflow } from './workflows/members/leave.ts';
import { addListMembers } from './workflows/members/list.ts';
import { addRemoveMember } from './workflows/members/remove.ts';
import { addModeration } from './workflows/moderation.ts';
import { addNotify } from './workflows/notify.ts';
import { addApproveParticipant, addDeclineParticipant } from './workflows/participants/decide.ts';
import { addListParticipants } from './workflows/participants/list.ts';
import { addPauseWorkflow } from './workflows/pause.ts';
import { addPostproc } from './workflows/postproc.ts';
import { addPurgeWorkflow } from './workflows/purge.ts';
import { addRanking } from './workflows/ranking.ts';
import { addRecompileWorkflow } from './workflows/recompile.ts';
import { addRegistrations } from './workflows/registrations.ts';
import { addRescores } from './workflows/rescores.ts';
import { addRestoreWorkflow } from './workflows/restore.ts';
import { addResumeWorkflow } from './workflows/resume.ts';
import { addWorkflowRules } from './workflows/rules.ts';
import { addListWorkflowRuns } from './workflows/runs.ts';
import { addWorkflowSchema } from './workflows/schema.ts';
import { addShowWorkflow } from './workflows/show.ts';
import { addStarterKit } from './workflows/starter-kit.ts';
import { addTryWorkflow } from './workflows/try.ts';
import { addUpdateWorkflow } from './workflows/update.ts';
import { addWorkflowUsage } from './workflows/usage.ts';
import { addValidateWorkflow } from './workflows/validate.ts';
import { addWorkflowVersions } from './workflows/versions.ts';
import { addAddWebhook } from './workflows/webhooks/add.ts';
import { addChangeWebhook } from './workflows/webhooks/change.ts';
import { addListDeliveries } from './workflows/webhooks/deliveries.ts';
import { addListWebhooks } from './workflows/webhooks/list.ts';
import { addRemoveWebhook } from './workflows/webhooks/remove.ts';
import { addTestWebhook } from './workflows/webhooks/test.ts';

const HELP = `
Server: --url; else the stack on AWS that --stack or ${variables.stack} names; else the address of
FLOWSERV_API_PROTOCOL, _HOST, _PORT and _PATH if any of them is set; else the one that \`flowserv local\` runs on
FLOWSERV_API_DIR (.flowserv in this folder). Commands of the operator, such as those that create, update and
delete workflows, need the stack on AWS, with credentials for it, or the local stack.

Variables: ${variables.token} (session), ${variables.workflow} (workflow), ${variables.group} (group),
${variables.stack} (stack on AWS).

First steps, while \`flowserv local\` runs in another terminal:
  $ eval $(flowserv workflows create examples/hello-world)
  $ flowserv users register -u alice
  $ eval $(flowserv login -u alice)
  $ eval $(flowserv groups create -n Team)
  $ flowserv runs start --wait
  $ flowserv workflows ranking`;

/** The command tree (flowServ command line, command tree). */
export function createProgram(terminal: Terminal): { readonly program: Command; readonly cli: Cli } {
  const { output, errors } = terminal;
  const program = new Command('flowserv')
    // Before the commands are added, which inherit it.
    .configureOutput({
      writeOut: (text) => output.write(text),
      writeErr: (text) => errors.write(text),
      getOutHelpWidth: () => (output.isTTY ? (output.columns ?? 80) : 80),
      getErrHelpWidth: () => (errors.isTTY ? (errors.columns ?? 80) : 80),
    })
    .description('Reproducible open benchmarks: install workflows, take part, see the leaderboard.')
    .version(version)
    .option('--url <url>', 'address of the API')
    .option('--stack <name>', 'stack on AWS, such as flowserv-prod')
    .option('--profile <name>', 'AWS profile whose credentials find the stack')
    .option('--region <name>', 'AWS region of the stack')
    .addHelpText('after', HELP)
    .exitOverride();
  const cli = createCli(terminal, () => program.opts<GlobalOptions>());

  for (const add of [addNew, addLocal, addLogin, addLogout, addWhoami, addConfig, addRepo, addReindex])
    add(program, cli);
  for (const section of commandTree) addSection(program, cli, section);
  return { program, cli };
}

/** Commands with a common first word. */
interface Section {
  readonly name: string;
  readonly description: string;
  readonly commands: readonly AddCommand[];
  readonly sections?: readonly Section[];
}

function addSection(
  parent: Command,
  cli: Cli,
  { name, description, commands, sections = [] }: Section,
): void {
  const command = parent.command(name).description(description);
  for (const add of commands) add(command, cli);
  for (const section of sections) addSection(command, cli, section);
}

const commandTree: readonly Section[] = [
  {
    name: 'aws',
    description: 'the AWS account of a stage: check it, delete the stage',
    commands: [addCheckAws, addDeleteAws],
  },
  {
    name: 'stage',
    description: 'admission of runs, and deleted objects that are not yet purged',
    commands: [addShowStage, addPauseStage, addResumeStage],
  },
  {
    name: 'cleanup',
    description: 'old runs that no leaderboard needs',
    commands: [addListObsoleteRuns, addDeleteObsoleteRuns],
  },
  {
    name: 'users',
    description: 'accounts, their states and their quotas',
    commands: [
      addListUsers,
      addRegisterUser,
      addConfirmUser,
      addExportAccount,
      addDeleteAccount,
      addActivateUser,
      addApproveUser,
      addDisableUser,
      addEnableUser,
      addResetPassword,
      addUserQuotas,
      addRecountQuotas,
    ],
  },
  {
    name: 'tokens',
    description: 'API tokens for programs that act for you',
    commands: [addCreateToken, addListTokens, addRevokeToken],
  },
  {
    name: 'workflows',
    description: 'install workflows, show them and their leaderboards',
    commands: [
      addCreateWorkflow,
      addValidateWorkflow,
      addTryWorkflow,
      addDeleteWorkflow,
      addRestoreWorkflow,
      addPurgeWorkflow,
      addUpdateWorkflow,
      addInstallWorkflow,
      addWorkflowVersions,
      addRecompileWorkflow,
      addListWorkflows,
      addShowWorkflow,
      addWorkflowSchema,
      addRanking,
      addWorkflowRules,
      addJoinWorkflow,
      addWorkflowFiles,
      addStarterKit,
      addWorkflowCrate,
      addListWorkflowGroups,
      addListWorkflowRuns,
      addArchive,
      addPostproc,
      addRegistrations,
      addRescores,
      addWorkflowUsage,
      addWorkflowAudit,
      addModeration,
      addPauseWorkflow,
      addResumeWorkflow,
      addAnnounce,
      addAnnouncements,
      addNotify,
    ],
    sections: [
      {
        name: 'members',
        description: 'owners, organisers and viewers of a workflow',
        commands: [addListMembers, addAddMember, addRemoveMember, addLeaveWorkflow],
      },
      {
        name: 'webhooks',
        description:
          'messages to other programs about the ends of runs and failed post-processing (organisers)',
        commands: [
          addListWebhooks,
          addAddWebhook,
          addChangeWebhook,
          addRemoveWebhook,
          addTestWebhook,
          addListDeliveries,
        ],
      },
      {
        name: 'participants',
        description: 'the users who ask to take part in a benchmark: list, approve and decline them',
        commands: [addListParticipants, addApproveParticipant, addDeclineParticipant],
      },
      {
        name: 'download',
        description: 'download post-processing results',
        commands: [addDownloadWorkflowArchive, addDownloadWorkflowFile],
      },
    ],
  },
  { name: 'groups', description: 'groups of participants', commands: groupCommands },
  {
    name: 'files',
    description: 'uploaded files of a group',
    commands: [addDeleteFile, addDownloadFile, addListFiles, addUploadFile],
  },
  {
    name: 'runs',
    description: 'start runs and follow them',
    commands: [
      addStartRun,
      addListRuns,
      addShowRun,
      addRunLogs,
      addDiffRuns,
      addRescoreRuns,
      addRunCrate,
      addRunOutput,
      addCancelRun,
      addDeleteRun,
      addWithdrawRun,
      addDisqualifyRun,
      addReadmitRun,
      addBaseline,
      addRestoreRun,
    ],
    sections: [
      {
        name: 'download',
        description: 'download result files of a run',
        commands: [addDownloadRunArchive, addDownloadRunFile],
      },
    ],
  },
  {
    name: 'volumes',
    description: 'files of folders, buckets and SFTP servers',
    commands: [addListVolume, addCopyVolume],
  },
];
