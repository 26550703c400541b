"""The manifests say the same as the code, the pages, and one another."""

import json
import tomllib
import unittest

import facts
import promql_parser
from cluster import built, containers, name_of, of_kind, pod_template


def alerts(objects):
    for rules in of_kind(objects, "PrometheusRule"):
        for group in rules["spec"]["groups"]:
            yield from group["rules"]


def dashboards(objects):
    for config in of_kind(objects, "ConfigMap"):
        if config["metadata"].get("labels", {}).get("grafana_dashboard"):
            yield from (json.loads(text) for text in config["data"].values())


def queries(objects):
    """Every PromQL of an overlay: (where, query)."""
    for alert in alerts(objects):
        yield alert["alert"], alert["expr"]
    for dashboard in dashboards(objects):
        for panel in dashboard["panels"]:
            for target in panel["targets"]:
                yield panel["title"], target["expr"].replace("$namespace", "streetwatch")
    for scaled in of_kind(objects, "ScaledObject"):
        for trigger in scaled["spec"]["triggers"]:
            if trigger["type"] == "prometheus":
                yield name_of(scaled), trigger["metadata"]["query"]


def cities(objects):
    """Name of the ConfigMap without its hash, to the CITY.toml in it."""
    return {config["metadata"]["name"].rsplit("-", 1)[0]: tomllib.loads(config["data"]["CITY.toml"])
            for config in of_kind(objects, "ConfigMap") if "CITY.toml" in config["data"]}


def topics(objects):
    return {topic["metadata"]["name"]: topic["spec"] for topic in of_kind(objects, "KafkaTopic")}


class Metrics(unittest.TestCase):
    def test_every_query_parses_and_names_only_metrics_that_exist(self):
        known = facts.metrics_of_the_code()
        # Prometheus itself knows where a figure comes from.
        labels = facts.labels_of_the_code() | {"le", "pod", "namespace", "service"}
        self.assertGreater(len(known), 40)
        seen = 0
        for where, query in queries(built()["everything"]):
            with self.subTest(query=where):
                promql_parser.parse(query)
                self.assertEqual(facts.metrics_in(query) - known, set())
                self.assertEqual(facts.labels_in(query) - labels, set())
                seen += 1
        self.assertGreater(seen, 30)

    def test_a_query_that_is_wrong_or_names_nothing_is_found(self):
        with self.assertRaises(ValueError):
            promql_parser.parse("sum by (pod (rate(x[5m]))")
        self.assertEqual(facts.metrics_in("rate(streetwatch_no_such_total[5m])") - facts.metrics_of_the_code(),
                         {"streetwatch_no_such_total"})
        self.assertEqual(facts.labels_in('sum by (pod, rheason) (x{state!="a", kamera=~"b"})'),
                         {"pod", "rheason", "state", "kamera"})

    def test_every_alert_has_a_paragraph_that_says_what_to_do(self):
        headings = facts.headings("docs/OPERATIONS.md")
        found = list(alerts(built()["everything"]))
        self.assertGreaterEqual(len(found), 6)
        for alert in found:
            with self.subTest(alert=alert["alert"]):
                page, anchor = alert["annotations"]["runbook"].split("#")
                self.assertEqual((page, anchor), ("docs/OPERATIONS.md", alert["alert"].lower()))
                self.assertIn(anchor, headings)
                self.assertIn(alert["labels"]["severity"], ("info", "warning", "critical"))

    def test_panels_have_their_own_numbers_and_places(self):
        for dashboard in dashboards(built()["everything"]):
            taken = set()
            for panel in dashboard["panels"]:
                at = panel["gridPos"]
                cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
                self.assertLessEqual(at["x"] + at["w"], 24, panel["title"])
                self.assertFalse(cells & taken, f"{panel['title']} lies over another")
                taken |= cells
            numbers = [panel["id"] for panel in dashboard["panels"]]
            self.assertEqual(len(numbers), len(set(numbers)))


class Kafka(unittest.TestCase):
    def test_topics_are_those_of_the_code_with_their_clean_up(self):
        wanted, found = facts.topics_of_the_code(), topics(built()["ha"])
        self.assertEqual(set(found), set(wanted))
        for name, days in wanted.items():
            with self.subTest(topic=name):
                config = found[name]["config"]
                self.assertEqual(config["cleanup.policy"], "compact" if days is None else "delete")
                self.assertEqual(config.get("retention.ms"), None if days is None else days * 86_400_000)
                self.assertEqual(config["max.message.bytes"], facts.message_bytes())
                self.assertLess(config["min.insync.replicas"], found[name]["replicas"])

    def test_partitions_are_the_same_everywhere_and_bound_the_workers(self):
        objects = built()["ha"]
        numbers = {spec["partitions"] for spec in topics(objects).values()}
        self.assertEqual(len(numbers), 1)
        partitions = numbers.pop()
        job = next(job for job in of_kind(objects, "Job") if job["metadata"]["name"] == "streetwatch-topics")
        arguments = containers(job)[0]["args"]
        self.assertEqual(arguments[arguments.index("--partitions") + 1], str(partitions))
        for city in cities(objects).values():
            self.assertIn(f"partitions={partitions}&", city["log"])
        for scaled in of_kind(objects, "ScaledObject"):
            self.assertLessEqual(5 * scaled["spec"]["maxReplicaCount"], partitions, "docs/WORKERS.md: five keep them level")
            self.assertLessEqual(scaled["spec"]["fallback"]["replicas"], scaled["spec"]["maxReplicaCount"])

    def test_every_role_sees_every_topic_and_writes_only_its_own(self):
        names = set(facts.topics_of_the_code())
        writers = {"worker": {"state", "dispatch", "health"}, "console": {"verdicts"}, "jobs": {"cameras", "components"},
                   "gateway": {"readings"}}
        for user in of_kind(built()["ha"], "KafkaUser"):
            role = user["metadata"]["name"].removeprefix("streetwatch-")
            rights = {}
            for acl in user["spec"]["authorization"]["acls"]:
                if acl["resource"]["type"] == "topic":
                    reach = names if acl["resource"]["name"] == "*" else {acl["resource"]["name"]}
                    for operation in acl["operations"]:
                        rights.setdefault(operation, set()).update(reach)
            with self.subTest(role=role):
                self.assertEqual(rights.get("Write", set()), writers.get(role, set()))
                if role != "autoscaler":
                    self.assertEqual(rights["Describe"], names)


    def test_every_role_may_use_the_groups_that_the_code_names(self):
        groups = facts.groups_of_the_code()
        self.assertIn("streetwatch-cursor", groups)
        needed = {"worker": groups, "console": {"streetwatch-cursor"}, "jobs": {"streetwatch-cursor"}}
        for user in of_kind(built()["ha"], "KafkaUser"):
            rights = [acl["resource"] for acl in user["spec"]["authorization"]["acls"]
                      if acl["resource"]["type"] == "group" and "Read" in acl["operations"]]
            for group in needed.get(user["metadata"]["name"].removeprefix("streetwatch-"), set()):
                with self.subTest(user=user["metadata"]["name"], group=group):
                    self.assertTrue(any(
                        group.startswith(r["name"]) if r["patternType"] == "prefix" else group == r["name"] for r in rights))


class City(unittest.TestCase):
    def test_workers_and_console_read_the_same_city(self):
        for name, objects in built().items():
            files = cities(objects)
            with self.subTest(overlay=name):
                self.assertTrue(files)
                if "streetwatch-cameras" in files:
                    with_cameras = dict(files["streetwatch-cameras"])
                    self.assertTrue(with_cameras.pop("camera"))
                    self.assertEqual(with_cameras, files["streetwatch-city"])

    def test_paths_in_the_city_are_mounted_and_can_be_written(self):
        for name, objects in built().items():
            for obj in of_kind(objects, "StatefulSet", "Deployment"):
                for container in pod_template(obj)["spec"]["containers"]:
                    mounts = {m["mountPath"]: m.get("readOnly", False) for m in container["volumeMounts"]}
                    config = next((a for a in container["args"] if a.endswith("CITY.toml")), None)
                    with self.subTest(overlay=name, container=container["name"]):
                        self.assertIsNotNone(config)
                        self.assertTrue(any(config.startswith(mount + "/") for mount in mounts), config)

    def test_the_gateway_listens_where_its_service_sends_terminals(self):
        objects = built()["everything"]
        gateway = next(o for o in of_kind(objects, "Deployment") if o["metadata"]["name"] == "streetwatch-gateway")
        ports = {port["containerPort"] for port in containers(gateway)[0]["ports"] if port["name"].startswith("jt808")}
        listens = cities(objects)["streetwatch-city"]["gateway"]["jt808"]
        self.assertEqual({f"0.0.0.0:{port}" for port in ports}, {listens})

    def test_a_worker_s_capacity_lies_within_what_it_asks_for(self):
        for name, objects in built().items():
            for obj in of_kind(objects, "StatefulSet"):
                if obj["metadata"]["name"] != "streetwatch-worker":
                    continue
                asked = float(containers(obj)[0]["resources"]["requests"]["cpu"])
                with self.subTest(overlay=name):
                    self.assertLessEqual(cities(objects)["streetwatch-city"]["limits"]["capacity"], asked)


class Release(unittest.TestCase):
    def test_the_image_is_this_version_s(self):
        for name, objects in built().items():
            for obj in of_kind(objects, "StatefulSet", "Deployment", "Job"):
                for container in containers(obj):
                    with self.subTest(overlay=name, object=name_of(obj)):
                        self.assertIn(f":{facts.version()}-", container["image"])

    def test_only_workers_of_gpu_overlays_take_the_large_image_and_a_gpu(self):
        for name, objects in built().items():
            gpu = name.startswith("nvidia") or name == "everything"
            for obj in of_kind(objects, "StatefulSet", "Deployment", "Job"):
                wants = gpu and obj["metadata"]["name"] == "streetwatch-worker"
                container = containers(obj)[0]
                with self.subTest(overlay=name, object=name_of(obj)):
                    self.assertEqual(container["image"].split("@")[0].endswith("-cuda"), wants)
                    gpus = [key for key in container["resources"]["limits"] if key.startswith("nvidia.com/")]
                    self.assertEqual(len(gpus), 1 if wants else 0)


if __name__ == "__main__":
    unittest.main()
