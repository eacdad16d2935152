"""Reading of JSON and YAML documents."""

import json


def read_object(filename):
    """Return the content of a document: JSON if its name ends in .json, else YAML.

    YAML needs the package PyYAML in the step's image; without it the call
    raises an ImportError.
    """
    if str(filename).lower().endswith('.json'):
        with open(filename, encoding='utf-8') as f:
            return json.load(f)
    try:
        import yaml
    except ImportError as error:
        raise ImportError(
            "reading '{}' needs the package PyYAML; add it to the image of "
            "this step or use a .json file".format(filename)
        ) from error
    with open(filename, encoding='utf-8') as f:
        return yaml.safe_load(f)
