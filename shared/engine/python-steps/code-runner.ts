import { MAX_VALUE_BYTES } from '../value-limit.ts';
import { CALL_READER } from './call-reader.ts';

/**
 * The Python program that runs the function of a code step: `ctl/step.py`, started in isolated mode in the run
 * directory, for Python 3.8 and later without packages. It is text of a module, since the broker has no files of its
 * own and the staging program, which every task definition holds twice, has no room for it.
 *
 * The run directory is never on `sys.path`. Only the names in `modules` lead to files of the run (`RunModules`), by a
 * finder of its own, and compiled code beside a source file is ignored. A folder with the name of a standard module,
 * such as `code`, extends that module: both are found.
 */
export const CODE_RUNNER = `${CALL_READER}
import importlib.machinery
import importlib.util
import inspect
import sysconfig
import traceback

MAX_DEPTH = 100
MAX_BYTES = ${MAX_VALUE_BYTES}


class Source(importlib.machinery.SourceFileLoader):
    """Compiles a file of the run each time, since compiled code may come from elsewhere."""

    def get_code(self, fullname):
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)


def run_folder(path):
    """Path hook for folders of the run: a source file counts before an extension of the same name."""
    if not is_inside(path, ROOT):
        raise ImportError(path)
    suffixes = importlib.machinery.EXTENSION_SUFFIXES
    extensions = (importlib.machinery.ExtensionFileLoader, suffixes)
    return importlib.machinery.FileFinder(path, (Source, ['.py']), extensions)


class RunFinder:
    """Finds top-level modules of the run by the names and kinds that the template gives them."""

    def __init__(self, kinds):
        self.kinds = kinds

    def find_spec(self, fullname, path=None, target=None):
        kind = self.kinds.get(fullname)
        if kind is None or path is not None:
            return None
        folder = os.path.join(ROOT, fullname)
        if kind == 'file':
            return self.file_spec(fullname, folder + '.py', None)
        init = os.path.join(folder, '__init__.py')
        if os.path.isfile(init):
            return self.file_spec(fullname, init, [folder])
        spec = importlib.machinery.ModuleSpec(fullname, None, is_package=True)
        spec.submodule_search_locations = [folder]
        return spec

    @staticmethod
    def file_spec(name, file, folders):
        return importlib.util.spec_from_file_location(
            name, file, loader=Source(name, file), submodule_search_locations=folders
        )


def is_standard(name):
    names = getattr(sys, 'stdlib_module_names', None)
    if names is not None or name in sys.builtin_module_names:
        return names is None or name in names
    stdlib = sysconfig.get_path('stdlib')
    folders = [stdlib, os.path.join(stdlib, 'lib-dynload')]
    return importlib.machinery.PathFinder.find_spec(name, folders) is not None


def extend(name):
    """Adds the modules of a folder of the run to the standard module of the same name, unless the image lacks it."""
    try:
        module = importlib.import_module(name)
    except ImportError:
        return False
    module.__path__ = list(getattr(module, '__path__', [])) + [os.path.join(ROOT, name)]
    return True


def make_importable(func, modules):
    top = func.split('.')[0]
    kind = modules['function']
    sys.path_hooks.insert(0, run_folder)
    sys.path[:0] = import_folders()
    if kind == 'any':
        sys.path.append(ROOT)
        if os.path.isdir(os.path.join(ROOT, top)) and is_standard(top):
            extend(top)
    elif kind == 'file' and is_standard(top):
        fail("'{}.py' has the name of a module of Python's standard library; rename it".format(top))
    elif kind != 'image' and not (is_standard(top) and extend(top)):
        sys.meta_path.insert(0, RunFinder({top: kind}))
    others = modules['others']
    for name in [one for one in others if others[one] == 'folder' and is_standard(one)]:
        extend(name)
    sys.meta_path.append(RunFinder(others))


def arguments_of(func, mapping, context):
    """The arguments of the call: by name, as far as the context has them."""
    try:
        parameters = inspect.signature(func).parameters.values()
    except (TypeError, ValueError):
        # A function of C without a signature takes the mapped values in their order.
        return [context[var] for var in mapping.values() if var in context], {}
    positional, named = [], {}
    for parameter in parameters:
        var = mapping.get(parameter.name, parameter.name)
        if parameter.kind == parameter.VAR_KEYWORD:
            more = [arg for arg in mapping if arg not in named and mapping[arg] in context]
            known = {one.name for one in parameters}
            named.update({arg: context[mapping[arg]] for arg in more if arg not in known})
        elif parameter.kind == parameter.VAR_POSITIONAL or var not in context:
            continue
        elif parameter.kind == parameter.POSITIONAL_ONLY:
            positional.append(context[var])
        else:
            named[parameter.name] = context[var]
    return positional, named


def check_depth(value, depth=0):
    if depth > MAX_DEPTH:
        raise ValueError('it nests lists and mappings more than {} deep'.format(MAX_DEPTH))
    items = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ()
    for item in items:
        check_depth(item, depth + 1)


def encoded(value, func, name):
    """The result as JSON, or the end of the step."""
    try:
        check_depth(value)
        data = json.dumps(value, ensure_ascii=False).encode('utf-8')
    except (TypeError, ValueError, RecursionError) as error:
        kind = type(value).__module__ + '.' + type(value).__qualname__
        hint = 'return numbers, texts, lists and mappings, or write a file'
        fail("the result of '{}' (of type {}) cannot become the variable '{}': {}; {}".format(
            func, kind.replace('builtins.', ''), name, error, hint))
    if len(data) > MAX_BYTES:
        fail("the result of '{}' has {} bytes as JSON; a variable has at most {}, so write a file".format(
            func, len(data), MAX_BYTES))
    return data


def store(data, file):
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, 'O_NOFOLLOW', 0)
    with os.fdopen(os.open(file, flags, 0o644), 'wb') as out:
        out.write(data)


def is_hidden(frame):
    return frame.filename in (__file__, importlib.__file__) or frame.filename.startswith('<frozen importlib')


def shown(error):
    """The traceback without the lines of this program and of Python's import system, with paths as in the template."""
    def path_of(file):
        return os.path.relpath(os.path.realpath(file), ROOT) if file and is_inside(file, ROOT) else file

    def hide(part):
        part.stack[:] = [frame for frame in part.stack if not is_hidden(frame)]
        for place in part.stack + ([part] if hasattr(part, 'filename') else []):
            place.filename = path_of(place.filename)
        for other in (part.__cause__, part.__context__):
            if other is not None:
                hide(other)

    whole = traceback.TracebackException.from_exception(error)
    hide(whole)
    return ''.join(whole.format())


def main(call):
    func, name = call['func'], call['arg']
    result_file = os.path.join(os.environ['FS_LOG'], 'variable.json')
    mapping = {entry['arg']: entry['var'] for entry in call['variables']}
    sys.argv = [func]
    try:
        module, attribute = func.rsplit('.', 1)
        function = getattr(importlib.import_module(module), attribute)
        positional, named = arguments_of(function, mapping, call['context'])
        result = function(*positional, **named)
    except Exception as error:
        sys.stdout.flush()
        sys.stderr.write(shown(error))
        return 1
    if name is not None:
        store(encoded(result, func, name), result_file)
    return 0


# Outside of main, because processes that multiprocessing starts import this file to find the modules too.
CALL = read_call()
make_importable(CALL['func'], CALL['modules'])
if __name__ == '__main__':
    sys.exit(main(CALL))
`;
