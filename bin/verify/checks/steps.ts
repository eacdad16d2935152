import * as z from 'zod';
import { newSecret } from '../../../shared/ids.ts';
import { type Check, hold } from '../check.ts';
import { PYTHON_IMAGE } from '../probe-template.ts';
import { ended, python, ranked, runTrial } from '../trial.ts';
import type { World } from '../world.ts';

/** Runs a Python program as a step and returns the JSON that it prints. */
async function printed<T>(world: World, program: string, schema: z.ZodType<T>) {
  const trial = await runTrial(world, { image: PYTHON_IMAGE, commands: [python(program), ranked(1)] });
  ended(trial, 'SUCCESS');
  return schema.parse(JSON.parse(trial.evidence));
}

/** A function that returns the status and text of a response, or why there is none. */
const FETCH = `
import json, os, re, urllib.error, urllib.request
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
def fetch(url, data=None, headers={}):
    try:
        with opener.open(urllib.request.Request(url, data, headers), timeout=5) as answer:
            return answer.status, answer.read(4000).decode('utf-8', 'replace')
    except urllib.error.HTTPError as error:
        return error.code, error.read(4000).decode('utf-8', 'replace')
    except Exception as error:
        return 0, str(error)
`;

/** Names of variables with credentials of AWS, or a ticket of the broker. */
const SEARCH = `${FETCH}
SECRET = re.compile('AccessKeyId|SecretAccessKey|ASIA[A-Z0-9]{16}|AKIA[A-Z0-9]{16}')
NAME = re.compile('AWS_(ACCESS|SECRET|SESSION|CONTAINER_(CRED|AUTH)|WEB_IDENTITY|PROFILE)|FS_(TICKET|BROKER)')
metadata = os.environ.get('ECS_CONTAINER_METADATA_URI_V4', '')
places = {
    'credentials of the task': 'http://169.254.170.2/v2/credentials/',
    'credentials of the instance': 'http://169.254.169.254/latest/meta-data/iam/security-credentials/',
    'metadata of the instance': 'http://169.254.169.254/latest/meta-data/',
}
if metadata:
    places['metadata of the container'] = metadata
    places['metadata of the task'] = metadata + '/task'
answers = {name: fetch(url) for name, url in places.items()}
found = [name for name, (status, text) in answers.items() if SECRET.search(text)]
found += ['variable ' + name for name in os.environ if NAME.search(name)]
others = []
for process in os.listdir('/proc'):
    if not process.isdigit():
        continue
    try:
        with open('/proc/' + process + '/environ', 'rb') as file:
            names = [entry.split(b'=')[0].decode() for entry in file.read().split(b'\\0')]
        others += [name for name in names if NAME.search(name)]
    except OSError:
        pass
files = [path for path in ('/root/.aws', os.path.expanduser('~/.aws'), '/flowserv/ctl/ticket') if os.path.exists(path)]
print(json.dumps({'found': found, 'processes': sorted(set(others)), 'files': sorted(set(files)),
                  'statuses': {name: status for name, (status, text) in answers.items()}}))
`;

const searched = z.object({
  found: z.array(z.string()),
  processes: z.array(z.string()),
  files: z.array(z.string()),
  statuses: z.record(z.string(), z.number()),
});

const credentials: Check = {
  id: 'step-credentials',
  title: 'a step that looks for credentials finds none',
  proves:
    'a task has no role, its metadata contain no secret, no metadata service of a host is reachable, and a step sees neither the environment nor the ticket of the other containers',
  needs: [],
  minutes: 15,
  async run(world) {
    const seen = await printed(world, SEARCH, searched);
    hold(seen.found.length === 0, 'a step found a credential', seen);
    // On a local stack, a step is a process of the user who runs the stack, and sees everything that this user sees.
    if (world.target.isLocal)
      return { ...seen, left: 'processes and files of others: local steps are not isolated from them' };
    hold(
      seen.processes.length === 0 && seen.files.length === 0,
      'a step sees data of other containers',
      seen,
    );
    return seen;
  },
};

/** Requests that a step may try with the credentials it has. */
const knocking = ({ target }: World) => {
  const { region, endpoints, dataBucket, table } = target.config;
  const dynamodb = endpoints.dynamodb ?? `https://dynamodb.${region}.amazonaws.com`;
  const objects = endpoints.s3
    ? `${endpoints.s3}/${dataBucket}`
    : `https://${dataBucket}.s3.${region}.amazonaws.com`;
  return `${FETCH}
ticket = {'Authorization': 'Bearer ${newSecret()}', 'Content-Type': 'application/json'}
amz = {'X-Amz-Target': 'DynamoDB_20120810.Scan', 'Content-Type': 'application/x-amz-json-1.0'}
answers = {
    'broker with another ticket': fetch('${target.brokerUrl}/inputs', b'{"page": 0}', ticket),
    'broker without ticket': fetch('${target.brokerUrl}/inputs', b'{"page": 0}', {'Content-Type': 'application/json'}),
    'table without signature': fetch('${dynamodb}/', b'{"TableName": "${table}"}', amz),
    'bucket without signature': fetch('${objects}/?list-type=2'),
}
print(json.dumps({name: {'status': status, 'text': text[:300]} for name, (status, text) in answers.items()}))
`;
};

const knocked = z.record(z.string(), z.object({ status: z.number(), text: z.string() }));

const reach: Check = {
  id: 'step-reach',
  title: 'the broker, the table and a bucket reject unauthorized requests of a step',
  proves: 'a step has no more access to AWS than anyone on the internet',
  needs: [],
  minutes: 15,
  async run(world) {
    const seen = await printed(world, knocking(world), knocked);
    // 0 means no response, as in a stage without a route to the internet.
    const refused = Object.values(seen).every(
      ({ status }) => status === 0 || (status >= 400 && status < 500),
    );
    hold(refused, 'a step got access without a permission', seen);
    return seen;
  },
};

/** What a step, which may run untrusted code, can access. */
export const stepChecks: readonly Check[] = [credentials, reach];
