/**
 * All errors of the API, by code. Programs rely on the code, which never changes its meaning. The status, the OpenAPI
 * document, the table in docs/errors.md and the client's type come from here.
 */

/** Who can fix it: the sender of the request, the author of the workflow, or the operator of the server. */
export type Fault = 'caller' | 'organiser' | 'platform';

interface CatalogueEntry {
  readonly status: number;
  readonly fault: Fault;
  /** When the error occurs, as a sentence without its period. */
  readonly when: string;
}

const caller = (status: number, when: string): CatalogueEntry => ({ status, fault: 'caller', when });
const organiser = (status: number, when: string): CatalogueEntry => ({ status, fault: 'organiser', when });
const platform = (status: number, when: string): CatalogueEntry => ({ status, fault: 'platform', when });

const catalogue = {
  'archive.too-large': caller(400, 'The files are too large for an archive or a crate'),
  'argument.duplicate': caller(400, 'An argument is given twice'),
  'argument.files': caller(400, 'A run has too many uploaded files'),
  'argument.invalid': caller(400, 'A value does not fit its parameter'),
  'argument.missing': caller(400, 'A required parameter has no argument'),
  'argument.nul': caller(400, 'A value contains a NUL character'),
  'argument.target': caller(400, 'An uploaded file would replace a file of the workflow'),
  'argument.too-long': caller(400, 'A value, or a command with it, is too long'),
  'argument.unknown': caller(400, 'An argument is for an unknown parameter'),
  'auth.busy': caller(429, 'The server is checking too many passwords'),
  'auth.not-authorized': caller(403, 'The user may not do this'),
  'auth.not-logged-in': caller(403, 'The request has no valid session'),
  'auth.password': caller(403, 'The password that confirms a request is wrong'),
  'auth.sign-up-closed': caller(403, 'Registration of new accounts is closed'),
  'auth.too-many': caller(
    429,
    'Too many failed logins, password requests, new API tokens or changes by a role',
  ),
  'command.placeholder': organiser(400, 'A command has a placeholder that cannot be read'),
  'command.unsafe': organiser(400, 'A command would run an argument as code'),
  'contest.choices': caller(
    429,
    'The group changed its chosen or withdrawn runs as often today as a group may',
  ),
  'contest.chosen': caller(
    400,
    'The runs cannot be chosen: too many, not ranked, or the benchmark has no choice',
  ),
  'contest.groups': caller(403, 'A user is in as many groups as the benchmark permits'),
  'contest.phase': caller(403, 'No phase of the benchmark is open; the message says when the next one opens'),
  'contest.phase-required': caller(
    403,
    'The phase needs a successful run of the group in an earlier phase, which it does not have',
  ),
  'contest.runs': caller(403, 'The group started as many runs as the benchmark permits in all'),
  'contest.runs-at-once': caller(429, 'The group has as many active runs as the benchmark permits'),
  'contest.runs-per-day': caller(429, 'The group started as many runs today as the benchmark permits'),
  'contest.upload-bytes': caller(
    413,
    'The file does not fit into what the benchmark permits a group to upload',
  ),
  'engine-config.env': organiser(400, 'An engine configuration sets a variable with an invalid name'),
  'engine-config.invalid': organiser(400, 'An engine configuration does not have the expected structure'),
  'engine-config.size': organiser(400, 'A worker requests more than the steps of the deployment may use'),
  'engine-config.worker-type': organiser(400, 'An engine configuration names an unknown type of worker'),
  'file.unknown': caller(404, 'The file does not exist'),
  'group.config': caller(400, 'An engine configuration is invalid or too long'),
  'group.disqualified': caller(403, 'The organisers disqualified the group, so it cannot start runs'),
  'group.duplicate': caller(400, 'The workflow has a group of this name'),
  'group.id': caller(400, 'A group id is malformed, or in use'),
  'group.invitations': caller(400, 'A group has too many open invitations'),
  'group.last-member': caller(400, 'The last member of a group cannot leave it'),
  'group.member': caller(400, 'A member to add is not a user, or a user to invite is a member'),
  'group.members': caller(400, 'A group has too many members'),
  'group.name': caller(400, 'A group name is missing, too long, or has invisible characters'),
  'group.parameters': caller(
    400,
    'A parameter of the group has a name that the commands of the workflow use',
  ),
  'group.unknown': caller(404, 'The group does not exist'),
  'identifier.invalid': caller(400, 'An identifier is malformed'),
  'image.invalid': caller(400, 'An image name is malformed'),
  'image.unreachable': caller(
    400,
    'The registry of an image is unreachable from the network of the deployment',
  ),
  internal: platform(500, 'An unexpected fault of the server'),
  'invitation.unknown': caller(404, 'The user is not invited to the group'),
  'leaderboard.order': caller(
    400,
    'The order of a leaderboard is malformed, or names a column that the leaderboard does not have',
  ),
  'member.busy': caller(429, 'Other requests are changing the members of the workflow'),
  'member.last-owner': caller(400, 'The change would leave the workflow without an owner'),
  'member.limit': caller(400, 'The workflow has as many members as it may have'),
  'member.unknown': caller(404, 'The user has no role in the workflow'),
  'moderation.baselines': caller(400, 'The workflow has as many baselines as it may have'),
  'moderation.postproc': caller(400, 'A post-processing run cannot be disqualified or be a baseline'),
  'moderation.text': caller(400, 'A reason or a label is missing, too long, or has invisible characters'),
  'name.invalid': caller(400, 'A name is empty, too long, or has a forbidden character'),
  'name.missing': caller(400, 'A name is missing'),
  'object.unknown': caller(404, 'An engine configuration names a worker that it does not declare'),
  'origin.foreign': caller(403, 'The request comes from a web page whose origin is not allowed'),
  'parameter.unknown': organiser(404, 'A template refers to a parameter that it does not declare'),
  'participant.declined': caller(403, 'An organiser declined that the user takes part in the benchmark'),
  'participant.member': caller(403, 'A member of a group is not approved by an organiser of the benchmark'),
  'participant.requested': caller(
    403,
    'The user takes part in the benchmark only after an organiser approves it',
  ),
  'path.conflict': organiser(400, 'The same path is used for a file and for a folder'),
  'path.unsafe': organiser(400, 'A path is malformed or leaves the folder of the run'),
  'phase.unknown': caller(404, 'The contest of the workflow has no such phase'),
  'postproc.absent': caller(400, 'The workflow has no post-processing'),
  'quota.active-runs': caller(429, 'The user has as many active runs as the quota allows'),
  'quota.bytes': caller(413, 'The file does not fit the storage quota of the user'),
  'quota.groups': caller(429, 'The user has as many groups as the quota allows'),
  'quota.runs-per-day': caller(429, 'The user started as many runs today as the quota allows'),
  'quota.stored-bytes-per-day': caller(429, 'The user stored as much today as the quota allows'),
  'quota.vcpu-seconds-per-day': caller(429, 'The runs of the user used all computing time of the day'),
  'repository.invalid': platform(400, 'The index of workflow templates is invalid'),
  'repository.unreadable': platform(400, 'The index of workflow templates cannot be read'),
  'request.body': caller(
    400,
    'The body is not valid JSON, not Unicode, or does not have the expected structure',
  ),
  'request.cursor': caller(400, 'The cursor of a page is malformed'),
  'request.idempotency': caller(400, 'An Idempotency-Key is malformed'),
  'request.idempotency-reused': caller(422, 'An Idempotency-Key was used for a different request before'),
  'request.media-type': caller(415, 'A web page sent JSON without the type application/json'),
  'request.query': caller(400, 'A query parameter is malformed'),
  'request.too-large': caller(413, 'The body is larger than the server accepts'),
  'request.unknown': caller(404, 'A password reset request does not exist or is expired'),
  'result.unreadable': organiser(
    400,
    'A result file cannot be read as JSON or YAML, or is too long for YAML',
  ),
  'route.method': caller(405, 'The route does not have this method'),
  'route.unknown': caller(404, 'The route does not exist'),
  'rescore.finished': caller(400, 'The request to score runs again is finished'),
  'rescore.open': caller(400, 'The workflow has as many open requests to score runs again as permitted'),
  'rescore.run': caller(400, 'The run cannot be scored again: it is active, or another one replaced it'),
  'rescore.unknown': caller(404, 'The workflow has no such request to score runs again'),
  'rules.not-accepted': caller(
    403,
    'The user has not accepted the rules of the benchmark in their current version',
  ),
  'rules.unknown': caller(404, 'The benchmark has no rules to accept'),
  'rules.version': caller(400, 'The rules that a user accepts are not the current ones'),
  'run.active': caller(400, 'The run is still active'),
  'run.disqualified': caller(
    400,
    'A run that is disqualified, or whose group is, cannot be withdrawn from the ranking or returned to it',
  ),
  'run.no-step': caller(400, 'The run would have no steps'),
  'run.not-active': caller(400, 'The run already ended'),
  'run.size': caller(400, 'The configuration of a run requests more for a step than a step may use'),
  'run.transition': platform(400, 'A run cannot change from its state to the requested one'),
  'run.unknown': caller(404, 'The run does not exist'),
  'server.busy': platform(503, 'The server has no capacity for the request; try again after Retry-After'),
  'server.full': platform(507, 'The disk of the server has no space left (local stack)'),
  'source.clone': caller(400, 'A git repository cannot be cloned'),
  'source.unknown': caller(
    404,
    'The source of a workflow is not a folder, a git address or an entry of the index',
  ),
  'state-machine.stage': platform(400, 'The name of the deployment stage is malformed'),
  'step.image': caller(400, 'An argument contains an invalid image name'),
  'step.page': caller(400, 'A page of inputs does not exist'),
  'step.result': organiser(400, 'The result of a code step cannot be used by the step that needs it'),
  'step.upload': caller(400, 'A file of a step is too large'),
  'step.variable': organiser(400, 'A variable of a step has an invalid name or value'),
  'task.unknown': caller(404, 'The run has no such task'),
  'template.invalid': organiser(
    400,
    'A template, its manifest or one of their files is invalid; the message names the location',
  ),
  'ticket.refused': caller(403, 'The ticket of a step is not valid'),
  'token.expiry': caller(400, 'The expiry of an API token is malformed, past, or too far in the future'),
  'token.limit': caller(400, 'The user has as many API tokens as allowed'),
  'token.name': caller(400, 'The name of an API token is missing, too long, or has invisible characters'),
  'token.unknown': caller(404, 'The API token does not exist'),
  'upload.digest': caller(400, 'An upload above 256 MiB is started without its SHA-256 digest'),
  'upload.form': caller(400, 'The body is not a form, or lacks a part that the route needs'),
  'upload.mismatch': caller(400, 'The stored file differs from the declared size or digest'),
  'upload.name': caller(400, 'A file name is missing or invalid'),
  'upload.part': caller(400, 'A part of a multipart upload is missing, or does not belong to the file'),
  'upload.too-large': caller(413, 'The file is larger than the deployment accepts'),
  'user.duplicate': caller(400, 'The user name is taken'),
  'user.name': caller(400, 'A user name is missing, too long, or has invisible characters'),
  'user.password': caller(400, 'A password is empty or too long'),
  'user.state': caller(
    400,
    'The account is in a state that does not allow this, such as inactive or disabled',
  ),
  'user.unknown': caller(404, 'The user does not exist, or the password is wrong'),
  'value.invalid': caller(400, 'A value has a type that JSON does not have'),
  'value.too-deep': caller(400, 'A value is nested too deeply'),
  'wes.request': caller(400, 'A run request over GA4GH WES names something that the service does not have'),
  'volume.config': platform(400, 'The configuration of a storage volume is invalid'),
  'version.unknown': caller(404, 'The workflow has no such version'),
  'workflow.deleted': caller(400, 'The id belongs to a workflow that is deleted but not purged yet'),
  'workflow.duplicate': caller(400, 'The id of a workflow is taken'),
  'workflow.engine': organiser(400, 'A remote engine is not configured or cannot execute the workflow'),
  'workflow.name': caller(400, 'The name of a workflow is taken'),
  'workflow.not-deleted': caller(400, 'Only a deleted workflow can be purged'),
  'workflow.gpu': organiser(400, 'A step with a GPU could run code of a participant'),
  'workflow.step-type': organiser(400, 'A step has a type that cannot be run'),
  'workflow.text': caller(400, 'The description or instructions of a workflow are too long'),
  'workflow.version': caller(400, 'Another update installed a version of the workflow meanwhile'),
  'workflow.unknown': caller(404, 'The workflow does not exist'),
  'workflow.volume': organiser(400, 'A step must not use a storage volume in this way'),
} as const satisfies Record<string, CatalogueEntry>;

/** Stable name of an error. */
export type ErrorCode = keyof typeof catalogue;

/** The whole catalogue, sorted by code. */
export const errorCatalogue: Readonly<Record<ErrorCode, CatalogueEntry>> = catalogue;

/**
 * Messages that clients of flowServ show or compare, byte for byte as flowServ sends them. `{}` stands for a text of
 * the request: a name, an identifier or a value.
 */
export const wireMessages = {
  'argument.duplicate': ["non-unique run argument '{}'"],
  'argument.invalid': [
    "invalid argument for '{}': missing field '{}'",
    "invalid argument for '{}': no float '{}'",
    "invalid argument for '{}': no int '{}'",
    "invalid argument for '{}': not a Boolean '{}'",
    "invalid argument for '{}': unknown value '{}'",
    "invalid argument for '{}': {} not in {}",
  ],
  'argument.missing': ["missing argument for '{}'"],
  'argument.unknown': ["unknown parameter '{}'"],
  'auth.not-authorized': ['not authorized'],
  'auth.not-logged-in': ['not logged in'],
  'file.unknown': ["unknown file '{}'"],
  'group.duplicate': ["group '{}' exists"],
  'group.member': ["unknown user '{}'"],
  'group.name': ['invalid name'],
  'group.unknown': ["unknown group '{}'"],
  'request.body': ['members not a list', 'missing user name'],
  'request.unknown': ["unknown request '{}'"],
  'run.active': ['invalid operation for run in state {}'],
  'run.not-active': ['invalid operation for run in state {}'],
  'run.unknown': ["unknown run '{}'"],
  'upload.form': ['no file request'],
  'upload.name': ['empty file name', 'invalid name'],
  'user.duplicate': ["duplicate user '{}'"],
  'user.name': ['missing user name', 'username too long'],
  'user.password': ['empty password'],
  'user.unknown': ["unknown user '{}'"],
  'workflow.duplicate': ["workflow '{}' exists"],
  'workflow.name': ["workflow '{}' exists"],
  'workflow.unknown': ["unknown workflow '{}'"],
} as const satisfies Partial<Record<ErrorCode, readonly string[]>>;
