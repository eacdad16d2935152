import { readConfig } from '../../shared/config.ts';
import { type PlannedFolder, planFolder } from '../../shared/installations/plan-folder.ts';
import { findObsoleteRuns, removeObsoleteRuns } from '../../shared/maintenance/obsolete-runs.ts';
import { rebuildLeaderboards } from '../../shared/maintenance/rebuild-leaderboards.ts';
import { recountQuotas } from '../../shared/maintenance/recount-quotas.ts';
import { readUses } from '../../shared/quotas/usage.ts';
import { pauseAdmission, readCapacity } from '../../shared/runs/capacity.ts';
import { listAllRuns } from '../../shared/runs/list-earlier.ts';
import type { RunState } from '../../shared/runs/state.ts';
import { readReports } from '../../shared/runs/steps/reports.ts';
import { createServices } from '../../shared/services/services.ts';
import { readSource, type SourceOptions } from '../../shared/sources/folder.ts';
import { listAccounts } from '../../shared/users/account-list.ts';
import { changeAccount } from '../../shared/users/account-state.ts';
import { openRequest } from '../../shared/users/password-reset.ts';
import type { AccountEvent, AccountState } from '../../shared/users/states.ts';
import { findActiveUser, findUserByName, unknownUser } from '../../shared/users/user.ts';
import { createWorkflow, type InstallOptions } from '../../shared/workflows/create.ts';
import { dryRunWorkflow } from '../../shared/workflows/dry-run.ts';
import { installVersion } from '../../shared/workflows/install-version.ts';
import type { VersionOptions } from '../../shared/workflows/prepare.ts';
import { type RecompileOptions, recompileAll, recompileWorkflow } from '../../shared/workflows/recompile.ts';
import { updateWorkflow, type WorkflowChange } from '../../shared/workflows/update.ts';
import { deletionOperations } from './deletion-operations.ts';
import type { Environment } from './location.ts';
import { memberOperations } from './member-operations.ts';

export type Operator = ReturnType<typeof createOperator>;

/** The product's own functions, with the permissions of an operator, for operations without a route. */
export function createOperator(settings: Environment) {
  const services = createServices(readConfig(settings));
  const userNamed = async (username: string) => {
    const user = await findUserByName(services, username);
    if (!user) throw unknownUser(username);
    return user;
  };
  return {
    /** Installs the workflow of a folder; `owner` is the name of the user who becomes its owner. */
    installWorkflow: async (
      folder: string,
      {
        owner,
        ...options
      }: SourceOptions & Omit<InstallOptions, 'owner'> & { readonly owner?: string | undefined },
    ) => {
      const user = owner === undefined ? undefined : await findActiveUser(services, owner);
      return createWorkflow(services, await readSource(folder, options), { ...options, owner: user });
    },
    /** Returns what `installWorkflow` would create, and writes nothing. */
    dryRunWorkflow: async (folder: string, options: SourceOptions & InstallOptions) =>
      dryRunWorkflow(services, await readSource(folder, options), options),
    ...memberOperations(services),
    ...deletionOperations(services),
    /** Checks a folder and compares it with an installed workflow. */
    planVersion: (workflowId: string, folder: string, options: SourceOptions & VersionOptions) =>
      planFolder(services, workflowId, folder, options),
    /** Installs the folder as a new version, as the plan says. */
    installVersion: ({ plan, source }: PlannedFolder, onFile?: (path: string) => void) =>
      installVersion(services, plan, source, { actor: 'operator', onFile }),
    updateWorkflow: (workflowId: string, change: WorkflowChange) =>
      updateWorkflow(services, workflowId, change),
    /** The output of the steps of a run, private output included. */
    runOutput: (runId: string) => readReports(services, runId),
    /** Compiles a workflow again, or returns the reasons to do so. */
    recompileWorkflow: (workflowId: string, options: RecompileOptions) =>
      recompileWorkflow(services, workflowId, options),
    recompileAll: (options: RecompileOptions) => recompileAll(services, options),
    /** Changes the state of an account, and returns the account. */
    changeUser: async (username: string, event: Exclude<AccountEvent, 'confirm'>) => {
      const user = await changeAccount(services, (await userNamed(username)).id, event);
      if (!user) throw unknownUser(username);
      return user;
    },
    /** All accounts with their states, or those in one state. */
    listUsers: (state?: AccountState) => listAccounts(services, state),
    /** A user's use of the quotas. */
    userQuotas: async (username: string) => readUses(services, (await userNamed(username)).id),
    recountQuotas: () => recountQuotas(services),
    /** Puts runs that are not on the list of their workflow by time there. */
    listAllRuns: () => listAllRuns(services),
    /** Ranks all leaderboards again, and counts their results again. */
    rebuildLeaderboards: () => rebuildLeaderboards(services),
    /** Old runs that no user needs. */
    obsoleteRuns: (before: string, state?: RunState) =>
      Array.fromAsync(findObsoleteRuns(services, before, state)),
    removeObsoleteRuns: (before: string, state?: RunState) => removeObsoleteRuns(services, before, state),
    stage: () => readCapacity(services),
    pauseStage: (paused: boolean) => pauseAdmission(services, paused),
    /** Creates a password-reset request and returns its id, for the user. */
    openPasswordReset: async (username: string) => openRequest(services, await userNamed(username)),
  };
}
