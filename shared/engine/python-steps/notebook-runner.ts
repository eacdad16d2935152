import { CALL_READER } from './call-reader.ts';

/**
 * The Python program that runs the notebook of a notebook step with papermill: `ctl/step.py`, started in isolated mode
 * in the run directory. Values are arguments of papermill's process and never text of a command. Papermill reads the
 * type of each from its text, as in the command of the original (`-p a "1"` is the number 1), and writes it into the
 * notebook as a literal of its language. In Julia and PowerShell, `$` in a text literal runs code, and papermill does not
 * escape it (papermill 2.7, translators), so texts with it are refused.
 *
 * The requirements are installed in an environment of their own, which also has the packages of the image.
 */
export const NOTEBOOK_RUNNER = `${CALL_READER}${String.raw`
import subprocess

INSTALL = "install {} in the image of this step ('environment'), such as by 'pip install papermill ipykernel'"


def parameters_of(call):
    """Pairs of a parameter and its value, for the parameters with a value."""
    mapping = {entry['arg']: entry['var'] for entry in call['variables']}
    pairs = [(name, mapping.get(name, name)) for name in call['params']]
    return [(name, call['context'][var]) for name, var in pairs if var in call['context']]


def shown_command(call, parameters):
    options = ['-p {} {}'.format(name, quoted(value)) for name, value in parameters]
    return ' '.join(['papermill', call['notebook'], call['output']] + options)


def quoted(value):
    return '"{}"'.format(value) if isinstance(value, str) else str(value)


# Kernels and languages for which papermill writes texts as literals that run no code.
PLAIN = ('python', 'R', 'scala', 'matlab', 'bash', '.net-csharp', '.net-fsharp')


def is_plain(notebook):
    """Whether texts are data in a notebook's language, which papermill takes from the kernel's name first."""
    try:
        with open(notebook, encoding='utf-8') as file:
            metadata = json.load(file)['metadata']
        kernel = metadata.get('kernelspec', {})
        language = metadata.get('language_info', {}).get('name') or kernel.get('language')
        return kernel.get('name') not in ('julia', '.net-powershell') and language in PLAIN
    except (OSError, ValueError, LookupError, AttributeError, TypeError):
        return False


def check_texts(notebook, parameters):
    for name, value in parameters:
        if any(mark in str(value) for mark in ('$', '\x60')) and not is_plain(notebook):
            fail("the value of '{}' has a '$' or '\x60', which the kernel of this notebook may run as code; "
                 'let the notebook read the value from a file'.format(name))


def run(command, problem, **options):
    """Runs a program that prepares the environment."""
    code = subprocess.call(command, stdin=subprocess.DEVNULL, **options)
    if code != 0:
        fail(problem)


def environment_with(requirements):
    """Python of a new environment with the packages of the image and these; it is not part of the run."""
    folder = os.path.join(os.environ['FS_LOG'], 'environment')
    python = os.path.join(folder, 'bin', 'python')
    isolated = [sys.executable, '-I', '-m', 'venv', folder]
    run(isolated, "the image cannot make a virtual environment for the requirements; install Python's venv in it")
    site = subprocess.check_output(
        [python, '-I', '-c', "import sysconfig; print(sysconfig.get_path('purelib'))"], universal_newlines=True
    ).strip()
    folders = [one for one in sys.path if os.path.basename(one) in ('site-packages', 'dist-packages')]
    with open(os.path.join(site, 'image.pth'), 'w', encoding='utf-8') as file:
        file.writelines('import site; site.addsitedir({!r})\n'.format(one) for one in folders)
    # In another folder, where no file of the run can be taken for a package.
    install = [python, '-I', '-m', 'pip', 'install', '--disable-pip-version-check', '--quiet', '--']
    run(install + requirements, 'the requirements of the notebook cannot be installed', cwd=folder)
    return python


def main(call):
    parameters = parameters_of(call)
    print('run: ' + shown_command(call, parameters), flush=True)
    notebook = os.path.join(ROOT, call['notebook'])
    check_texts(notebook, parameters)
    python = environment_with(call['requirements']) if call['requirements'] else sys.executable
    look = "import importlib.util as u, sys; sys.exit(u.find_spec('papermill') is None)"
    if subprocess.call([python, '-I', '-c', look]) != 0:
        fail('papermill, which runs notebooks, is missing: ' + INSTALL.format('papermill'))
    output = os.path.join(ROOT, call['output'])
    os.makedirs(os.path.dirname(output), exist_ok=True)
    command = [python, '-I', '-m', 'papermill', '--no-progress-bar', notebook, output]
    for name, value in parameters:
        command += ['-p', name, str(value)]
    try:
        return subprocess.call(command, stdin=subprocess.DEVNULL)
    except OSError as error:
        fail('papermill cannot be started: {}'.format(error))


if __name__ == '__main__':
    sys.exit(main(read_call()))
`}`;
