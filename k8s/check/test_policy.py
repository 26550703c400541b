"""The built overlays keep to the policy; and each rule refuses an example that breaks it, so that no rule sleeps."""

import copy
import unittest

import policy
from cluster import built, of_kind, pod_template

RUN_POD = ("StatefulSet", "streetwatch-worker")


def overlay():
    """A copy of a built overlay, to be spoilt."""
    return copy.deepcopy(built()["ha"])


def find(objects, kind, name):
    return next(obj for obj in of_kind(objects, kind) if obj["metadata"]["name"] == name)


def worker(objects):
    return find(objects, *RUN_POD)


def container(objects):
    return pod_template(worker(objects))["spec"]["containers"][0]


def pod(objects):
    return pod_template(worker(objects))["spec"]


def security(objects):
    return container(objects)["securityContext"]


def variable(objects, name, value):
    container(objects)["env"].append({"name": name, "value": value})


#: Rule to the ways of breaking it; each is applied to a good overlay by itself.
BAD = {
    "image": [lambda o, tag=tag: container(o).update(image=tag) for tag in (
        "streetwatch", "r.example.org/streetwatch:latest", "r.example.org/streetwatch:main", "r.example.org/streetwatch:1.2",
        "r.example.org:5000/streetwatch", "r.example.org/streetwatch:v1.2.3", "r.example.org/streetwatch@sha256:12ab",
        "r.example.org/streetwatch:stable-2026")],
    "non-root": [
        lambda o: pod(o)["securityContext"].pop("runAsNonRoot"),
        lambda o: pod(o)["securityContext"].update(runAsUser=0),
        lambda o: pod(o)["securityContext"].pop("runAsUser"),
        lambda o: security(o).update(runAsUser=0),
        lambda o: security(o).update(runAsNonRoot=False)],
    "privileges": [
        lambda o: security(o).update(privileged=True),
        lambda o: security(o).pop("allowPrivilegeEscalation"),
        lambda o: security(o)["capabilities"].update(add=["NET_ADMIN"]),
        lambda o: security(o).pop("capabilities")],
    "seccomp": [
        lambda o: pod(o)["securityContext"].pop("seccompProfile"),
        lambda o: security(o).update(seccompProfile={"type": "Unconfined"})],
    "read-only-root": [lambda o: security(o).update(readOnlyRootFilesystem=False), lambda o: o and container(o).pop("securityContext")],
    "resources": [
        lambda o: container(o)["resources"]["limits"].pop("memory"),
        lambda o: container(o)["resources"]["requests"].pop("cpu"),
        lambda o: container(o).pop("resources")],
    "probes": [
        lambda o: container(o).pop("startupProbe"),
        lambda o: container(o).pop("livenessProbe"),
        lambda o: container(o).pop("readinessProbe"),
        lambda o: container(o).update(readinessProbe=copy.deepcopy(container(o)["livenessProbe"]))],
    "time-to-end": [lambda o: pod(o).update(terminationGracePeriodSeconds=5), lambda o: pod(o).pop("terminationGracePeriodSeconds")],
    "account": [
        lambda o: pod(o).pop("automountServiceAccountToken"),
        lambda o: pod(o).update(automountServiceAccountToken=True)],
    "service-links": [lambda o: pod(o).pop("enableServiceLinks")],
    "host": [
        lambda o: pod(o).update(hostNetwork=True),
        lambda o: pod(o).update(hostPID=True),
        lambda o: pod(o)["volumes"].append({"name": "node", "hostPath": {"path": "/"}}),
        lambda o: container(o)["ports"][0].update(hostPort=8080)],
    "scratch": [lambda o: pod(o)["volumes"].append({"name": "more", "emptyDir": {}})],
    "secrets-by-reference": [
        lambda o: variable(o, "DATABASE_PASSWORD", "hunter2"),
        lambda o: variable(o, "STORE", "postgres://sw:hunter2@db/console")],
    "jobs-end": [lambda o: of_kind(o, "Job")[0]["spec"].pop("activeDeadlineSeconds")],
    "pull": [lambda o: container(o).update(imagePullPolicy="Always")],
    "account-tokens": [lambda o: of_kind(o, "ServiceAccount")[0].pop("automountServiceAccountToken")],
    "no-rights": [lambda o: o.append({"kind": "ClusterRole", "metadata": {"name": "all"}, "rules": []})],
    "no-secrets": [
        lambda o: o.append({"kind": "Secret", "metadata": {"name": "s", "namespace": "streetwatch"}}),
        lambda o: of_kind(o, "ConfigMap")[0]["data"].update(more="url = \"rtsp://admin:hunter2@192.0.2.1/\"")],
    "one-namespace": [lambda o: worker(o)["metadata"].update(namespace="default"), lambda o: worker(o)["metadata"].pop("namespace")],
    "restricted-namespace": [lambda o: of_kind(o, "Namespace")[0]["metadata"].pop("labels")],
    "selectors-meet-pods": [
        lambda o: of_kind(o, "Service")[0]["spec"]["selector"].update({"app.kubernetes.io/component": "nobody"}),
        lambda o: of_kind(o, "Service")[0]["spec"]["ports"][0].update(targetPort="nowhere"),
        lambda o: of_kind(o, "PodDisruptionBudget")[0]["spec"]["selector"]["matchLabels"].update(more="x")],
    "references-are-there": [
        lambda o: pod(o)["volumes"].append({"name": "c", "configMap": {"name": "nowhere"}}),
        lambda o: container(o)["volumeMounts"].append({"name": "nowhere", "mountPath": "/n"}),
        lambda o: pod(o).update(serviceAccountName="nobody"),
        lambda o: worker(o)["spec"].update(serviceName="nowhere"),
        lambda o: of_kind(o, "ScaledObject")[0]["spec"]["scaleTargetRef"].update(name="nowhere")],
    "one-writer": [lambda o: find(o, "PersistentVolumeClaim", "streetwatch-baselines")["spec"].update(accessModes=["ReadWriteOnce"])],
    "denied-first": [
        lambda o: o.remove(find(o, "NetworkPolicy", "deny-everything")),
        lambda o: find(o, "NetworkPolicy", "worker-to-cameras")["spec"]["egress"][0].pop("ports")],
    "budgets": [lambda o: o.remove(find(o, "PodDisruptionBudget", "streetwatch-worker"))],
    "scaled-once": [lambda o: worker(o)["spec"].update(replicas=3)],
}


class Policy(unittest.TestCase):
    def test_every_overlay_keeps_to_the_policy(self):
        for name, objects in built().items():
            with self.subTest(overlay=name):
                self.assertEqual([f"{rule}: {what}" for rule, what in policy.problems(objects)], [])

    def test_every_rule_has_an_example_that_it_refuses(self):
        self.assertEqual(set(BAD), set(policy.WORKLOAD_RULES) | set(policy.OVERLAY_RULES))
        for rule, ways in BAD.items():
            for number, spoil in enumerate(ways, 1):
                with self.subTest(rule=rule, example=number):
                    objects = overlay()
                    spoil(objects)
                    self.assertIn(rule, {broken for broken, _ in policy.problems(objects)})

    def test_a_version_and_a_digest_are_names_that_stay(self):
        for tag in ("r.example.org/s:0.1.0", "r.example.org:5000/s:1.20.3-cuda", "r.example.org/s:0.1.0-cpu@sha256:" + "a" * 64):
            with self.subTest(tag=tag):
                objects = overlay()
                container(objects)["image"] = tag
                self.assertEqual(list(policy.problems(objects)), [])


if __name__ == "__main__":
    unittest.main()
