"""Validates folders with roc-validator, without a network: `ro-crate.py FOLDER=PROFILE …`.

Prints one JSON object per folder: the number of executed checks, and the required ones that failed.
"""

import importlib.util
import json
import os
import sys

import rdflib.plugins.shared.jsonld.context as jsonld
import requests

RO_CRATE = 'https://w3id.org/ro/crate/1.1/context'
WORKFLOW_RUN = 'https://w3id.org/ro/terms/workflow-run/context'
NS = 'https://w3id.org/ro/terms/workflow-run#'
# The terms of the context that crates of flowServ use.
TERMS = ['ContainerImage', 'DockerImage', 'containerImage', 'registry', 'sha256', 'tag']

package = importlib.util.find_spec('rocrate').submodule_search_locations[0]
with open(os.path.join(package, 'data', 'ro-crate.jsonld'), encoding='utf-8') as f:
    contexts = {RO_CRATE: json.load(f)}
contexts[WORKFLOW_RUN] = {'@context': {term: NS + term for term in TERMS}}


def send(_session, request, **_options):
    url = request.url.split('#')[0]
    if url not in contexts:
        raise requests.exceptions.ConnectionError('no network: ' + url)
    response = requests.Response()
    response.status_code = 200
    response._content = json.dumps(contexts[url]).encode()
    response.headers['Content-Type'] = 'application/ld+json'
    response.request = request
    response.url = url
    return response


requests.Session.send = send
jsonld.source_to_json = lambda source, *_args, **_options: (contexts[str(source)], None)

from rocrate_validator import models, services  # noqa: E402  (after the network is replaced)

for argument in sys.argv[1:]:
    folder, profile = argument.rsplit('=', 1)
    result = services.validate(services.ValidationSettings(
        rocrate_uri=folder,
        profile_identifier=profile,
        requirement_severity=models.Severity.REQUIRED,
        no_cache=True,
    ))
    faults = sorted(f'{issue.check.identifier}: {issue.message}' for issue in result.get_issues())
    print(json.dumps({'checks': len(result.executed_checks), 'faults': faults}))
