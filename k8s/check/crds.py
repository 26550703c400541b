"""Writes JSON Schemas of custom resources into a folder: run once by scripts/setup.sh.

KEDA's and the Prometheus operator's come from the packages cloudcoil-models-…, whose models are made from the operators'
own definitions. Strimzi publishes none in a package registry: schemas/strimzi.yaml is ours, for the fields that we use.
"""

import json
import sys
from pathlib import Path


def strict(node):
    """No property that the definition does not know."""
    if isinstance(node, dict):
        if "properties" in node and "additionalProperties" not in node:
            node["additionalProperties"] = False
        for value in node.values():
            strict(value)
    elif isinstance(node, list):
        for value in node:
            strict(value)
    return node


def main(folder):
    from cloudcoil.models.keda import v1alpha1 as keda
    from cloudcoil.models.prometheus_operator import v1 as prometheus

    folder.mkdir(parents=True, exist_ok=True)
    for model in (keda.ScaledObject, keda.TriggerAuthentication, prometheus.PrometheusRule, prometheus.ServiceMonitor):
        schema = strict(model.model_json_schema(by_alias=True))
        (folder / f"{model.__name__}.json").write_text(json.dumps(schema))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
