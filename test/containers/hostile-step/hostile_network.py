"""A step that attacks everything it can reach by its network. Needs Python 3.8 and nothing else.

    python3 hostile_network.py ATTACK [ATTACK ...]

Prints a JSON list with one entry for each attack: {"name", "succeeded", "detail"}. An attack that succeeds damages
nothing. The README lists the attacks.
"""

import json
import os
import socket
import stat
import sys
import threading
import time
import urllib.error
import urllib.request

SECONDS = 3
ETH_P_ALL = 3


def main():
    results = []
    for name in sys.argv[1:]:
        attack, _, target = name.partition('=')
        try:
            succeeded, detail = ATTACKS[attack](target)
        except Exception as error:  # The detail is what stopped the attack.
            succeeded, detail = False, f'{type(error).__name__}: {error}'
        results.append({'name': name, 'succeeded': succeeded, 'detail': str(detail)[:200]})
    json.dump(results, sys.stdout, indent=1)
    print()


def split(address):
    if address == 'metadata':
        address = os.environ['ECS_CONTAINER_METADATA_URI_V4'].split('/')[2]
    host, port = address.rsplit(':', 1)
    return host, int(port)


def connect(address):
    with socket.create_connection(split(address), timeout=SECONDS):
        return True, 'connected'


def connect_abstract(name):
    with socket.socket(socket.AF_UNIX) as client:
        client.connect('\0' + name)
        return True, 'connected'


def serve_request(url):
    """Succeeds if the request, with a forged ticket if it is a POST, gets an answer that is not an error."""
    method, _, address = url.partition(' ')
    request = urllib.request.Request(address, method=method)
    if method == 'POST':
        request.data = b'{"page":0}'
        request.add_header('authorization', 'Bearer forged')
        request.add_header('content-type', 'application/json')
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            return True, answer.status
    except urllib.error.HTTPError as error:
        return False, error.code


def own_metadata(_):
    with urllib.request.urlopen(os.environ['ECS_CONTAINER_METADATA_URI_V4'] + '/task', timeout=SECONDS) as answer:
        containers = json.load(answer)['Containers']
        return True, ' '.join(sorted(container['Name'] for container in containers))


def take(address):
    """Listens where a service listens, so that clients on the same network connect to this program."""
    host, port = split(address)
    errors = []
    for place in (host, '0.0.0.0'):
        for option in (None, socket.SO_REUSEADDR, socket.SO_REUSEPORT):
            with socket.socket() as server:
                if option is not None:
                    server.setsockopt(socket.SOL_SOCKET, option, 1)
                try:
                    server.bind((place, port))
                    server.listen()
                    return True, f'{place}:{port}'
                except OSError as error:
                    errors.append(error.strerror)
    with socket.socket(socket.AF_INET6) as server:
        server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        server.bind(('::', port))
        server.listen()
        return True, f'[::]:{port}'
    return False, ', '.join(sorted(set(errors)))


def sniff(address):
    """Reads the bytes of a connection to an address, which another socket of this program sends."""
    mark = os.urandom(8).hex().encode()
    errors = []
    for family, kind, protocol in (
        (socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL)),
        (socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL)),
        (socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP),
    ):
        try:
            with socket.socket(family, kind, protocol) as listener:
                listener.settimeout(0.2)
                if hears(listener, split(address), mark):
                    return True, f'{family.name} {kind.name}'
                errors.append('silence')
        except OSError as error:
            errors.append(error.strerror)
    return False, ', '.join(sorted(set(errors)))


def hears(listener, address, mark):
    def speak():
        with socket.create_connection(address, timeout=SECONDS) as speaker:
            speaker.sendall(b'GET /' + mark + b' HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n')
            speaker.recv(64)

    threading.Thread(target=speak, daemon=True).start()
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        try:
            if mark in listener.recv(65536):
                return True
        except socket.timeout:
            pass
    return False


def sockets(folder):
    """Connects to every socket below a folder, and below the roots of all visible processes."""
    roots = [folder] + [f'/proc/{pid}/root{folder}' for pid in os.listdir('/proc') if pid.isdigit()]
    found = []
    for root in roots:
        for path in socket_files(root):
            with socket.socket(socket.AF_UNIX) as client:
                os.chdir(os.path.dirname(path))
                try:
                    client.connect(os.path.basename(path))
                    found.append(path)
                except OSError:
                    pass
    return bool(found), found or 'none'


def socket_files(root):
    skipped = {os.path.join(root, name) for name in ('proc', 'sys', 'dev')} if root.endswith('/') else set()
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if os.path.join(folder, name) not in skipped]
        for name in files:
            path = os.path.join(folder, name)
            try:
                if stat.S_ISSOCK(os.lstat(path).st_mode):
                    yield path
            except OSError:
                pass


def interfaces(_):
    names = [name for _, name in socket.if_nameindex() if name != 'lo']
    return bool(names), names or 'loopback only'


ATTACKS = {
    'connect': connect,
    'connect-abstract': connect_abstract,
    'request': serve_request,
    'own-metadata': own_metadata,
    'take': take,
    'sniff': sniff,
    'sockets': sockets,
    'interfaces': interfaces,
}

main()
