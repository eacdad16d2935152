"""
Compares requests with AWS's own description of its APIs: the service models of botocore.

Reads lines of JSON with `service` (IAM's prefix), `operation`, `input` and whether a state machine made the request,
in which case names begin with capitals. Writes a JSON object with the number of requests of each operation, and all
faults: missing or unknown members, and values with a wrong type, length, size, pattern or enumeration.
"""

import collections
import json
import re
import sys

import botocore.session

SERVICES = {"ses": "sesv2", "states": "stepfunctions"}
OPERATIONS = {("lambda", "InvokeFunction"): "Invoke"}
TYPES = {
    "structure": dict,
    "map": dict,
    "list": list,
    "string": str,
    "blob": str,
    "boolean": bool,
    "integer": int,
    "long": int,
    "float": (int, float),
    "double": (int, float),
    "timestamp": (int, float, str),
}


def measure(shape, value):
    """Returns the quantity that `min` and `max` of a shape limit."""
    return value if shape.type_name in ("integer", "long", "float", "double") else len(value)


def faults(shape, value, path, by_machine):
    kind = TYPES[shape.type_name]
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        yield f"{path}: {shape.type_name} expected, and not {json.dumps(value)[:60]}"
        return
    if shape.type_name == "structure":
        yield from faults_of_members(shape, value, path, by_machine)
    elif shape.type_name == "list":
        for index, entry in enumerate(value):
            yield from faults(shape.member, entry, f"{path}[{index}]", by_machine)
    elif shape.type_name == "map":
        for key, entry in value.items():
            yield from faults(shape.key, key, f"{path} key", by_machine)
            yield from faults(shape.value, entry, f"{path}.{key}", by_machine)
    known = shape.metadata
    if "min" in known and measure(shape, value) < known["min"]:
        yield f"{path}: {measure(shape, value)} is below {known['min']}"
    if "max" in known and measure(shape, value) > known["max"]:
        yield f"{path}: {measure(shape, value)} is above {known['max']}"
    if "enum" in known and value not in known["enum"]:
        yield f"{path}: {value} is none of {known['enum']}"
    if "pattern" in known and not re.fullmatch(known["pattern"], value, re.DOTALL):
        yield f"{path}: {value[:60]} does not match {known['pattern']}"


def faults_of_members(shape, value, path, by_machine):
    members = {**shape.members}
    if by_machine:
        members = {name[0].upper() + name[1:]: member for name, member in members.items()}
    required = [name[0].upper() + name[1:] if by_machine else name for name in shape.required_members]
    for name in required:
        if name not in value:
            yield f"{path}.{name} is missing"
    for name, entry in value.items():
        if name in members:
            yield from faults(members[name], entry, f"{path}.{name}", by_machine)
        else:
            yield f"{path}.{name} is unknown"


session = botocore.session.get_session()
models = {}
counts = collections.Counter()
found = set()
for line in sys.stdin:
    request = json.loads(line)
    service, operation = request["service"], request["operation"]
    name = SERVICES.get(service, service)
    models.setdefault(name, session.get_service_model(name))
    counts[f"{service}:{operation}"] += 1
    model = models[name].operation_model(OPERATIONS.get((service, operation), operation))
    found.update(faults(model.input_shape, request["input"], f"{service}:{operation}", request["byStateMachine"]))
json.dump({"counts": counts, "faults": sorted(found)}, sys.stdout)
