"""The built overlays: what `kubectl apply -k` would send, and how to look into it."""

import functools
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import yaml

K8S = Path(__file__).resolve().parent.parent
ROOT = K8S.parent
NAMESPACE = "streetwatch"
POD_KINDS = {"Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob"}
LONG_RUNNING = {"Deployment", "StatefulSet", "DaemonSet"}
CLUSTER_WIDE = {"Namespace", "ClusterRole", "ClusterRoleBinding", "RuntimeClass", "PriorityClass", "StorageClass"}
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def overlays():
    """Every overlay, and the one that has every component."""
    return sorted(p.parent for p in K8S.glob("overlays/*/kustomization.yaml")) + [K8S / "check" / "everything"]


def program(name):
    """A program of the virtual environment that scripts/setup.sh made."""
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name)
    if not found:
        raise RuntimeError(f"{name} is missing; run scripts/setup.sh k8s")
    return found


def parse(text):
    """The objects of a stream of YAML documents."""
    return [doc for doc in yaml.load_all(text, Loader=_LOADER) if doc]


def build(folder):
    """The objects of an overlay."""
    environment = {"PATH": os.environ.get("PATH", ""), "HOME": "/nonexistent"}
    done = subprocess.run(
        [program("kubectl"), "kustomize", str(folder)], capture_output=True, text=True, env=environment, timeout=120
    )
    if done.returncode != 0:
        raise RuntimeError(f"{folder.relative_to(ROOT)} does not build: {done.stderr.strip()}")
    return parse(done.stdout)


@functools.cache
def built():
    """Overlay's name to its objects, built once for all tests."""
    folders = overlays()
    with ThreadPoolExecutor(2) as pool:
        return {folder.name: objects for folder, objects in zip(folders, pool.map(build, folders), strict=True)}


def name_of(obj):
    """`StatefulSet streetwatch-worker`."""
    return f"{obj.get('kind')} {obj.get('metadata', {}).get('name')}"


def of_kind(objects, *kinds):
    """The objects of some kinds."""
    return [obj for obj in objects if obj["kind"] in kinds]


def pod_template(obj):
    """The pod's template (metadata and spec) of a workload."""
    if obj["kind"] == "CronJob":
        return obj["spec"]["jobTemplate"]["spec"]["template"]
    return obj["spec"]["template"]


def containers(obj):
    """All containers of a workload, those that initialise included."""
    spec = pod_template(obj)["spec"]
    return spec.get("initContainers", []) + spec["containers"]


def labels_match(selector, labels):
    """Whether a label selector picks these labels."""
    if any(labels.get(key) != value for key, value in (selector.get("matchLabels") or {}).items()):
        return False
    for term in selector.get("matchExpressions") or []:
        if term["operator"] != "In":
            raise ValueError(f"operator {term['operator']} is not understood here")
        if labels.get(term["key"]) not in term["values"]:
            return False
    return True
