"""Kubernetes' own schemas (from the package kubernetes-validate) and those of the custom resources that we use."""

import functools
import json
import os
from pathlib import Path

import jsonschema
import kubernetes_validate
import yaml
from referencing import Registry, Resource

from cluster import K8S, ROOT

#: Kubernetes versions that every overlay is held against: the newest that the package knows, and the two before it.
VERSIONS = sorted(set(kubernetes_validate.utils.all_versions()), key=lambda v: [int(part) for part in v.split(".")])[-3:]
#: Where scripts/setup.sh put the schemas of crds.py.
CRDS = Path(os.environ.get("STREETWATCH_CRDS", ROOT / ".cache" / "k8s" / "crds"))


@functools.cache
def custom():
    """Kind to validator, for custom resources."""
    validators = {}
    for file in sorted(CRDS.glob("*.json")):
        validators[file.stem] = jsonschema.Draft202012Validator(json.loads(file.read_text()))
    strimzi = yaml.safe_load((K8S / "check" / "schemas" / "strimzi.yaml").read_text())
    for kind, schema in strimzi["kinds"].items():
        validators[kind] = jsonschema.Draft202012Validator({**schema, "definitions": strimzi["definitions"]})
    return validators


@functools.cache
def _native(version, group_version, kind):
    """A validator of Kubernetes' own kind, in the strict form: what is not known is refused."""
    folder = Path(kubernetes_validate.__file__).parent / "kubernetes-json-schema" / f"v{version}-local-strict"
    parts = group_version.split("/")
    # `apps/v1` is called apps-v1, `networking.k8s.io/v1` networking-v1, `v1` v1.
    name = f"{kind.lower()}-{'-'.join([parts[0].split('.')[0], *parts[1:]])}.json"
    file = folder / name
    if not file.exists():
        return None
    return jsonschema.Draft202012Validator(json.loads(file.read_text()), registry=_registry(version))


@functools.cache
def _registry(version):
    folder = Path(kubernetes_validate.__file__).parent / "kubernetes-json-schema" / f"v{version}-local-strict"
    definitions = Resource.from_contents(json.loads((folder / "_definitions.json").read_text()))
    return definitions @ Registry()


def problems(obj, version):
    """What a Kubernetes of this version would say to an object."""
    kind, group_version = obj.get("kind", ""), obj.get("apiVersion", "")
    validator = custom().get(kind) if "." in group_version and not group_version.split("/")[0].endswith(".k8s.io") else None
    validator = validator or _native(version, group_version, kind)
    if validator is None:
        yield f"no schema of {group_version} {kind} in Kubernetes {version}"
        return
    for error in validator.iter_errors(obj):
        yield f"{'.'.join(str(p) for p in error.absolute_path)}: {error.message[:300]}"
