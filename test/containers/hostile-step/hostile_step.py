"""A step that attacks the host on which it runs, for every runner. Needs Python 3.8 and nothing else.

    python3 hostile_step.py [options] [HOST:PORT ...]

Prints a JSON list with one entry for each attack: {"name", "succeeded", "detail"}. `succeeded` is true, false, or null
if only an outside observer can know. The options limit what it does. Without --destroy, an attack that succeeds damages
nothing: signals have the number 0, and files that it creates outside are removed.
"""

import argparse
import ctypes
import glob
import json
import os
import signal
import socket
import subprocess
import sys
import time

LIBC = ctypes.CDLL(None, use_errno=True)
MS_REMOUNT, MS_BIND = 32, 4096
CLONE_NEWNS, CLONE_NEWUSER = 0x00020000, 0x10000000
PTRACE_SEIZE = 0x4206
MIB = 1024 * 1024
SECRETS = ('AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'FS_TICKET', 'FS_BROKER')


def main():
    options = parse_options()
    results = []
    for name, attack in attacks(options):
        try:
            succeeded, detail = attack()
        except Exception as error:  # The detail is what stopped the attack.
            succeeded, detail = False, f'{type(error).__name__}: {error}'
        results.append({'name': name, 'succeeded': succeeded, 'detail': str(detail)[:200]})
    json.dump(results, sys.stdout, indent=1)
    print()


def parse_options():
    parser = argparse.ArgumentParser()
    parser.add_argument('--data', help="the server's data folder")
    parser.add_argument('--product', help='the folder of the program that the server runs')
    parser.add_argument('--secret', action='append', default=[], help='a file of the machine to read')
    parser.add_argument('--server-pid', type=int, help='number of the server process, outside')
    parser.add_argument('--read-only', action='append', default=[], help='a folder that is mounted read-only')
    parser.add_argument('--volume', action='append', default=[], help='a volume in which traps are laid')
    parser.add_argument('--disk-mib', type=int, default=0, help='how much is written to the first volume')
    parser.add_argument('--memory-mib', type=int, default=0, help='how much memory one process takes')
    parser.add_argument('--processes', type=int, default=0, help='how many processes are started')
    parser.add_argument('--daemon', help='leaves a process with this text in its command line')
    parser.add_argument('--destroy', action='store_true', help='really kills and really stops')
    parser.add_argument('addresses', nargs='*', help='HOST:PORT to connect to')
    return parser.parse_args()


def attacks(options):
    if options.data:
        yield from data_attacks(options.data)
    if options.product:
        yield 'read-product', lambda: read_first(os.path.join(options.product, 'package.json'))
        yield 'write-product', lambda: write_into(options.product)
    yield from machine_attacks(options)
    if options.server_pid:
        yield from process_attacks(options)
    yield from kernel_attacks()
    for folder in options.read_only:
        yield f'write {folder}', lambda folder=folder: write_into(folder)
        yield f'remount {folder}', lambda folder=folder: remount(folder)
    for address in options.addresses:
        yield f'connect {address}', lambda address=address: connect(address)
    if options.memory_mib:
        yield 'take-memory', lambda: take_memory(options.memory_mib)
    if options.processes:
        yield 'fork-without-end', lambda: fork(options.processes)
    if options.disk_mib and options.volume:
        yield 'fill-disk', lambda: fill_disk(options.volume[0], options.disk_mib)
    if options.volume:
        yield 'lay-traps', lambda: lay_traps(options.volume, options.data or '/root')
    if options.daemon:
        yield 'leave-daemon', lambda: leave_daemon(options.daemon)


# Files of the server and of the host


def data_attacks(data):
    below = lambda folder: os.path.join(data, folder, '**', '*')
    yield 'read-keys', lambda: read_first(os.path.join(data, 'keys.json'))
    yield 'read-table', lambda: read_first(below('dynamodb'))
    yield 'read-objects', lambda: read_first(below('s3'))
    yield 'read-tasks', lambda: (bool(os.listdir(os.path.join(data, 'tasks'))), 'listed')
    yield 'write-data', lambda: write_into(data)


def machine_attacks(options):
    for path in options.secret:
        yield f'read {path}', lambda path=path: read_first(glob.escape(path))
    yield 'engine-socket', lambda: first_success(
        connect_unix,
        ['/var/run/docker.sock', '/run/podman/podman.sock', '/run/containerd/containerd.sock',
         '/run/dbus/system_bus_socket', '/run/systemd/private'],
    )
    yield 'own-secrets', own_secrets


def read_first(pattern):
    for path in glob.iglob(pattern, recursive=True):
        if os.path.isfile(path):
            with open(path, 'rb') as file:
                return True, f'{path}: {len(file.read(4096))} bytes'
    return False, f'nothing at {pattern}'


def write_into(folder):
    path = os.path.join(folder, f'hostile-{os.getpid()}')
    with open(path, 'x') as file:
        file.write('here I was')
    os.unlink(path)
    return True, path


def own_secrets():
    found = [name for name in os.environ if name.startswith(SECRETS)]
    return bool(found), found


def first_success(attack, candidates):
    reasons = []
    for candidate in candidates:
        try:
            succeeded, detail = attack(candidate)
            if succeeded:
                return True, detail
            reasons.append(detail)
        except OSError as error:
            reasons.append(f'{candidate}: {error.strerror}')
    return False, '; '.join(map(str, reasons))


# Processes


def process_attacks(options):
    pid = options.server_pid
    yield 'see-server', lambda: (os.path.isdir(f'/proc/{pid}') and pid not in family(), f'/proc/{pid}')
    yield 'read-environments', read_environments
    if options.data:
        yield 'reach-root', lambda: first_success(lambda process: reach_root(process, options.data), [1, pid])
    yield 'trace-server', lambda: in_child(lambda: libc('ptrace', PTRACE_SEIZE, pid, 0, 0))
    yield 'signal-server', lambda: send(pid, signal.SIGKILL if options.destroy else 0)
    if options.destroy:
        yield 'signal-all', signal_all
        yield 'stop-init', stop_init


def family():
    """Returns this process and all its descendants."""
    parents = {}
    for path in glob.glob('/proc/[0-9]*/stat'):
        try:
            with open(path) as file:
                fields = file.read().rsplit(')', 1)[1].split()
            parents[int(path.split('/')[2])] = int(fields[1])
        except OSError:
            pass
    members = {os.getpid()}
    while True:
        more = {child for child, parent in parents.items() if parent in members} - members
        if not more:
            return members
        members |= more


def read_environments():
    for path in glob.glob('/proc/[0-9]*/environ'):
        try:
            with open(path, 'rb') as file:
                text = file.read().decode('utf8', 'replace')
        except OSError:
            continue
        for entry in text.split('\0'):
            if entry.startswith(SECRETS):
                return True, f'{path}: {entry.split("=")[0]}'
        # An environment other than that of this step.
        if int(path.split('/')[2]) not in family() and text and 'FS_WORK=' not in text and 'PATH=' in text:
            return True, path
    return False, 'none but those of this step'


def reach_root(process, data):
    found = os.listdir(f'/proc/{process}/root{data}')
    return bool(found), f'/proc/{process}/root{data}: {found[:5]}'


def send(pid, number):
    if pid in family():
        return False, 'the number is a process of this step'
    os.kill(pid, number)
    return True, f'signal {number} to {pid}'


def signal_all():
    """Signals every process that it may, except itself. The runner continues if only the step's own are reached."""
    previous = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        os.kill(-1, signal.SIGCONT)
    finally:
        signal.signal(signal.SIGTERM, previous)
    return None, 'an observer sees whether others were reached'


def stop_init():
    os.kill(1, signal.SIGSTOP)
    time.sleep(0.2)
    with open('/proc/1/stat') as file:
        state = file.read().rsplit(')', 1)[1].split()[0]
    return state == 'T', f'state {state}'


# The kernel


def kernel_attacks():
    yield 'mount', lambda: in_child(mount_tmpfs)
    yield 'own-namespace', lambda: in_child(own_namespace)
    yield 'make-device', make_device
    yield 'kernel-settings', lambda: first_success(
        opens_for_writing, ['/proc/sys/kernel/core_pattern', '/proc/sys/vm/overcommit_memory', '/proc/sysrq-trigger']
    )
    yield 'kernel-log', lambda: (len(open('/dev/kmsg', 'rb', buffering=0).read(8192)) > 0, '/dev/kmsg')
    yield 'raw-network', lambda: (bool(socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)), 'a packet socket')


def libc(name, *arguments):
    ctypes.set_errno(0)
    if getattr(LIBC, name)(*arguments) == -1:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), name)
    return True, name


def mount_tmpfs():
    return libc('mount', b'none', b'/tmp', b'tmpfs', 0, None)


def own_namespace():
    libc('unshare', CLONE_NEWUSER | CLONE_NEWNS)
    return True, 'a user namespace of its own'


def remount(folder):
    return in_child(lambda: libc('mount', b'none', folder.encode(), None, MS_REMOUNT | MS_BIND, None))


def make_device():
    path = os.path.join(os.environ.get('TMPDIR', '/tmp'), f'device-{os.getpid()}')
    os.mknod(path, 0o600 | 0o060000, os.makedev(8, 0))
    os.unlink(path)
    return True, 'a block device'


def opens_for_writing(path):
    os.close(os.open(path, os.O_WRONLY))
    return True, path


def in_child(attack):
    """Runs an attack in a child process, whose end reverts changes; if permitted, in a new mount namespace."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            LIBC.unshare(CLONE_NEWNS)
            LIBC.mount(None, b'/', None, 0x44000, None)  # private and recursive, so that nothing outside changes
            outcome = attack()
        except Exception as error:
            outcome = (False, f'{type(error).__name__}: {error}')
        os.write(writer, json.dumps(outcome).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as output:
        text = output.read()
    os.waitpid(pid, 0)
    return tuple(json.loads(text)) if text else (False, 'the process was ended')


# The network


def connect(address):
    host, port = address.rsplit(':', 1)
    with socket.create_connection((host, int(port)), timeout=3):
        return True, 'connected'


def connect_unix(path):
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(path)
        return True, path


# Resources


def take_memory(mib):
    def attack():
        blocks = []
        for _ in range(mib // 16):
            blocks.append(bytearray(os.urandom(4096) * (16 * MIB // 4096)))
        return True, f'{mib} MiB'

    return in_child(attack)


def fork(count):
    children = []
    try:
        for _ in range(count):
            pid = os.fork()
            if pid == 0:
                time.sleep(600)
                os._exit(0)
            children.append(pid)
        return True, f'{count} processes'
    except OSError as error:
        return False, f'{error.strerror} after {len(children)} processes'
    finally:
        for pid in children:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def fill_disk(folder, mib):
    path = os.path.join(folder, 'filling')
    written = 0
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        with open(path, 'wb', buffering=0) as file:
            block = os.urandom(MIB)
            while written < mib:
                file.write(block)
                written += 1
        return True, f'{mib} MiB'
    except OSError as error:
        return False, f'{error.strerror} after {written} MiB'
    finally:
        if os.path.exists(path):
            os.unlink(path)


# What the step leaves behind


def lay_traps(volumes, secret):
    """Creates entries that a reader of the volumes must not follow, wait for, or fail to remove."""
    for volume in volumes:
        below = lambda name: os.path.join(volume, name)
        os.symlink(os.path.join(secret, 'keys.json'), below('trap-link'))
        os.symlink(secret, below('trap-folder-link'))
        os.symlink('trap-circle', below('trap-circle'))
        os.mkfifo(below('trap-fifo'))
        with socket.socket(socket.AF_UNIX) as server:
            os.chdir(volume)
            server.bind('trap-socket')
        os.makedirs(below('trap-closed/inner'))
        with open(below('trap-closed/inner/file'), 'w') as file:
            file.write('closed')
        os.chmod(below('trap-closed/inner'), 0)
        os.chmod(below('trap-closed'), 0)
        deep = below('trap-deep')
        os.mkdir(deep)
        os.chdir(deep)
        for _ in range(300):
            os.mkdir('deeper-and-deeper')
            os.chdir('deeper-and-deeper')
        os.chdir('/')
    return None, 'an observer sees what comes of them'


def leave_daemon(text):
    subprocess.Popen(
        [sys.executable, '-c', 'import time\ntime.sleep(600)', text],
        start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={},
    )
    return None, text


main()
