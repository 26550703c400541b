"""Every built object is one that a current Kubernetes takes, custom resources included."""

import copy
import unittest

import schemas
from cluster import built, name_of, of_kind

#: Ways of misspelling, by kind; each must be refused.
MISSPELT = {
    "StatefulSet": lambda o: o["spec"].update(replica=3),
    "Deployment": lambda o: o["spec"]["template"]["spec"]["containers"][0].update(readynessProbe={}),
    "Job": lambda o: o["spec"].update(backoffLimit="ten"),
    "NetworkPolicy": lambda o: o["spec"].update(egres=[]),
    "PodDisruptionBudget": lambda o: o["spec"].update(maxUnavailable=[1]),
    "Ingress": lambda o: o["spec"].update(className="public"),
    "ServiceMonitor": lambda o: o["spec"]["endpoints"][0].update(intervall="15s"),
    "PrometheusRule": lambda o: o["spec"]["groups"][0]["rules"][0].update(four="10m"),
    "ScaledObject": lambda o: o["spec"].update(maxReplicas=3),
    "TriggerAuthentication": lambda o: o["spec"]["secretTargetRef"][0].pop("key"),
    "Kafka": lambda o: o["spec"]["kafka"].update(listener=[]),
    "KafkaNodePool": lambda o: o["spec"].update(roles=["zookeeper"]),
    "KafkaTopic": lambda o: o["metadata"].pop("labels"),
    "KafkaUser": lambda o: o["spec"]["authorization"]["acls"][0].update(operations=["Reed"]),
}


class Schemas(unittest.TestCase):
    def test_every_object_of_every_overlay_is_valid(self):
        for version in schemas.VERSIONS:
            for name, objects in built().items():
                for obj in objects:
                    with self.subTest(kubernetes=version, overlay=name, object=name_of(obj)):
                        self.assertEqual(list(schemas.problems(obj, version)), [])

    def test_an_unknown_kind_is_not_passed_over(self):
        unknown = {"apiVersion": "example.org/v1", "kind": "Thing", "metadata": {"name": "x"}}
        self.assertTrue(list(schemas.problems(unknown, schemas.VERSIONS[-1])))

    def test_a_misspelt_field_is_refused_in_every_kind(self):
        objects = built()["everything"]
        for kind, misspell in MISSPELT.items():
            with self.subTest(kind=kind):
                obj = copy.deepcopy(of_kind(objects, kind)[0])
                misspell(obj)
                self.assertTrue(list(schemas.problems(obj, schemas.VERSIONS[-1])))


if __name__ == "__main__":
    unittest.main()
