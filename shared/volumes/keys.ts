/** Names of the two buckets by what they hold. */
export type Bucket = 'data' | 'work';

/**
 * Keys of the objects in the two buckets. They consist only of our own ids and digests; a name that a user chose is
 * never part of a key.
 */
export const objectKeys = {
  // Bucket `data`
  workflow: (workflowId: string) => `w/${workflowId}/`,
  /** Prefix of all objects of one version, and of nothing else. */
  version: (workflowId: string, version: string) => `w/${workflowId}/static/${version}/`,
  staticFile: (workflowId: string, version: string, sha256: string) =>
    `w/${workflowId}/static/${version}/${sha256}`,
  /** The zip of a source that an organiser uploads. */
  source: (workflowId: string, sourceId: string) => `w/${workflowId}/sources/${sourceId}`,
  leaderboards: (workflowId: string) => `w/${workflowId}/boards/`,
  /**
   * A snapshot. Snapshots by the rules of different versions of the workflow are different objects, so that none
   * replaces another.
   */
  leaderboard: (workflowId: string, snapshot: number, version = 1) =>
    `w/${workflowId}/boards/${ofVersion(version)}${snapshot}.json`,
  /** All results of the leaderboard; `leaderboard` contains only the best of each group. */
  leaderboardResults: (workflowId: string, snapshot: number, version = 1) =>
    `w/${workflowId}/boards/all/${ofVersion(version)}${snapshot}.json`,
  group: (workflowId: string, groupId: string) => `w/${workflowId}/groups/${groupId}/`,
  upload: (workflowId: string, groupId: string, fileId: string) =>
    `w/${workflowId}/groups/${groupId}/files/${fileId}`,
  run: (workflowId: string, runId: string) => `w/${workflowId}/runs/${runId}/`,
  runFile: (workflowId: string, runId: string, fileId: string) => `w/${workflowId}/runs/${runId}/${fileId}`,
  /** Prefix of the crates of a run; there is at most one, except while another replaces it. */
  runCrates: (workflowId: string, runId: string) => `w/${workflowId}/runs/${runId}/crates/`,
  workflowCrates: (workflowId: string) => `w/${workflowId}/crates/`,
  /** Prefix of the starter kits of a workflow; there is at most one, except while another replaces it. */
  starterKits: (workflowId: string) => `w/${workflowId}/kits/`,

  // Bucket `work`
  /** Prefix of the archives of submissions of a workflow. */
  submissionArchives: (workflowId: string) => `a/${workflowId}/`,
  submissionArchive: (workflowId: string, id: string, fileId: string) =>
    `a/${workflowId}/${id}/${fileId}.zip`,
  runWork: (runId: string) => `r/${runId}/`,
  treeFile: (runId: string, sha256: string) => `r/${runId}/tree/${sha256}`,
  /** A file that the run got from a storage volume: only steps that get it reach it. */
  fetchedFile: (runId: string, sha256: string) => `r/${runId}/volumes/${sha256}`,
  stepFile: (runId: string, step: number, attempt: number, name: string) =>
    `r/${runId}/steps/${step}-${attempt}/${name}`,
} as const;

/** The first version has the keys of releases that had only one. */
const ofVersion = (version: number): string => (version === 1 ? '' : `v${version}/`);

/** Returns the version of a leaderboard snapshot from its key. */
export const leaderboardVersion = (key: string): number => Number(/(?<!\d)(\d+)\.json$/.exec(key)?.[1]);
