"""Runs a workflow with REANA's own client, which checks each request and response against its copy of the API.

Usage: reana.py SPECIFICATION FILES; both are JSON files, FILES maps paths to texts. The address is in REANA_SERVER_URL and
the token in REANA_ACCESS_TOKEN. Prints what the client saw as JSON.
"""

import io
import json
import os
import sys
import time
import warnings

warnings.simplefilter("ignore")

from reana_client.api import client  # noqa: E402
from reana_commons.serial import serial_load  # noqa: E402
from reana_commons.validation.utils import validate_reana_yaml  # noqa: E402

ENDED = ("finished", "failed", "stopped", "deleted")


def main(specification_file, files_file):
    token = os.environ["REANA_ACCESS_TOKEN"]
    with open(specification_file) as file:
        specification = json.load(file)
    with open(files_file) as file:
        files = json.load(file)
    validate_reana_yaml(specification)
    steps = serial_load(None, specification["workflow"]["specification"], {})["steps"]
    workflow = client.create_workflow(specification, "by-reana-client", token)["workflow_id"]
    created = client.get_workflow_status(workflow, token)["status"]
    for path, text in files.items():
        client.upload_file(workflow, io.BytesIO(text.encode()), path, token)
    client.start_workflow(workflow, token, {"operational_options": {"CACHE": "off"}})
    while client.get_workflow_status(workflow, token)["status"] not in ENDED:
        time.sleep(0.1)
    logs = json.loads(client.get_workflow_logs(workflow, token)["logs"])["job_logs"]
    names = sorted(file["name"] for file in client.list_files(workflow, token, file_name="results"))
    contents = {name: client.download_file(workflow, name, token)[0].decode() for name in names}
    specification["workflow"]["specification"]["steps"][0]["commands"] = ["exec sleep 60"]
    stopped = client.create_workflow(specification, "stopped", token)["workflow_id"]
    client.start_workflow(stopped, token, {})
    client.stop_workflow(stopped, True, token)
    listed = client.get_workflows(token, "batch", workflow=workflow)
    print(
        json.dumps(
            {
                "commands": [step["commands"] for step in steps],
                "created": created,
                "ended": client.get_workflow_status(workflow, token)["status"],
                "jobs": [[job["job_name"], job["status"]] for job in logs.values()],
                "files": contents,
                "listed": [item["name"] for item in listed],
                "stopped": client.get_workflow_status(stopped, token)["status"],
            }
        )
    )


main(*sys.argv[1:])
