"""What every workload must keep to. A rule takes one object (or, below, all of an overlay) and yields what is wrong."""

import re

from cluster import CLUSTER_WIDE, LONG_RUNNING, NAMESPACE, POD_KINDS, containers, labels_match, name_of, of_kind, pod_template

# A version that is never moved, or a digest. Not: latest, main, stable, 1, 1.2, no tag.
VERSION = re.compile(r":\d+\.\d+\.\d+(-[0-9a-z]+(\.[0-9a-z]+)*)?$")
DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")
SECRET_WORDS = re.compile(r"PASS|SECRET|TOKEN|CREDENTIAL|PRIVATE|ACCESS_KEY", re.IGNORECASE)
SECRET_VALUE = re.compile(r"://[^/\s$]*:[^@\s$]+@|sasl\.password=\S|BEGIN [A-Z ]*PRIVATE KEY")


def image(obj):
    for container in containers(obj):
        tag = container.get("image", "")
        if not (DIGEST.search(tag) or VERSION.search(tag)):
            yield f"{container['name']}: {tag!r} may change; write a version x.y.z or a digest"


def non_root(obj):
    pod = pod_template(obj)["spec"].get("securityContext", {})
    if pod.get("runAsNonRoot") is not True or not pod.get("runAsUser"):
        yield "the pod must say runAsNonRoot: true and a runAsUser other than 0"
    for container in containers(obj):
        own = container.get("securityContext", {})
        if own.get("runAsNonRoot") is not True or own.get("runAsUser", 1) == 0:
            yield f"{container['name']}: may run as root"


def privileges(obj):
    for container in containers(obj):
        own = container.get("securityContext", {})
        if own.get("privileged") or own.get("allowPrivilegeEscalation") is not False:
            yield f"{container['name']}: may gain privileges"
        capabilities = own.get("capabilities", {})
        if capabilities.get("drop") != ["ALL"] or capabilities.get("add"):
            yield f"{container['name']}: must drop ALL capabilities and add none"


def seccomp(obj):
    kinds = [pod_template(obj)["spec"].get("securityContext", {}).get("seccompProfile", {}).get("type")]
    kinds += [c["securityContext"]["seccompProfile"].get("type") for c in containers(obj)
              if "seccompProfile" in c.get("securityContext", {})]
    if any(kind != "RuntimeDefault" for kind in kinds):
        yield "seccompProfile must be RuntimeDefault"


def read_only_root(obj):
    for container in containers(obj):
        if container.get("securityContext", {}).get("readOnlyRootFilesystem") is not True:
            yield f"{container['name']}: its root can be written"


def resources(obj):
    for container in containers(obj):
        for side in ("requests", "limits"):
            given = container.get("resources", {}).get(side, {})
            for what in ("cpu", "memory", "ephemeral-storage"):
                if what not in given:
                    yield f"{container['name']}: no {side} of {what}"


def probes(obj):
    if obj["kind"] not in LONG_RUNNING:
        return
    for container in pod_template(obj)["spec"]["containers"]:
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            if probe not in container:
                yield f"{container['name']}: no {probe}"
        if container.get("livenessProbe", {}).get("httpGet") == container.get("readinessProbe", {}).get("httpGet", 0):
            yield f"{container['name']}: what is not ready is not dead: liveness and readiness ask the same"


def time_to_end(obj):
    least = 30 if obj["kind"] in LONG_RUNNING else 0
    if pod_template(obj)["spec"].get("terminationGracePeriodSeconds", 0) < least:
        yield f"terminationGracePeriodSeconds must be {least} at least: what was acknowledged has to reach the log"


def account(obj):
    spec = pod_template(obj)["spec"]
    if spec.get("automountServiceAccountToken") is not False:
        yield "the pod gets a token of the Kubernetes API"
    if spec.get("serviceAccountName", "default") == "default":
        yield "the pod runs under the default account"


def service_links(obj):
    if pod_template(obj)["spec"].get("enableServiceLinks") is not False:
        yield "every service's address comes as a variable; set enableServiceLinks: false"


def host(obj):
    spec = pod_template(obj)["spec"]
    for key in ("hostNetwork", "hostPID", "hostIPC"):
        if spec.get(key):
            yield f"{key} is set"
    for volume in spec.get("volumes", []):
        if "hostPath" in volume:
            yield f"volume {volume['name']} is a path of the node"
    for container in containers(obj):
        if any("hostPort" in port for port in container.get("ports", [])):
            yield f"{container['name']}: takes a port of the node"


def scratch(obj):
    for volume in pod_template(obj)["spec"].get("volumes", []):
        if "emptyDir" in volume and not (volume["emptyDir"] or {}).get("sizeLimit"):
            yield f"volume {volume['name']} may fill the node's disk: no sizeLimit"


def secrets_by_reference(obj):
    for container in containers(obj):
        for variable in container.get("env", []):
            if SECRET_WORDS.search(variable["name"]) and "value" in variable:
                yield f"{container['name']}: {variable['name']} stands there in plain text"
            if SECRET_VALUE.search(str(variable.get("value", ""))):
                yield f"{container['name']}: {variable['name']} holds a password"


def jobs_end(obj):
    if obj["kind"] == "Job":
        for key in ("backoffLimit", "activeDeadlineSeconds", "ttlSecondsAfterFinished"):
            if key not in obj["spec"]:
                yield f"no {key}"


def pull(obj):
    for container in containers(obj):
        if container.get("imagePullPolicy") != "IfNotPresent":
            yield f"{container['name']}: imagePullPolicy must be IfNotPresent, or a registry that is away stops a restart"


#: Rules about one workload.
WORKLOAD_RULES = {
    "image": image, "non-root": non_root, "privileges": privileges, "seccomp": seccomp, "read-only-root": read_only_root,
    "resources": resources, "probes": probes, "time-to-end": time_to_end, "account": account, "host": host,
    "service-links": service_links, "scratch": scratch, "secrets-by-reference": secrets_by_reference, "jobs-end": jobs_end,
    "pull": pull,
}


def account_tokens(objects):
    for obj in of_kind(objects, "ServiceAccount"):
        if obj.get("automountServiceAccountToken") is not False:
            yield f"{name_of(obj)}: its pods get a token"


def no_rights(objects):
    for obj in of_kind(objects, "Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"):
        yield f"{name_of(obj)}: no part of streetwatch talks to the Kubernetes API"


def no_secrets(objects):
    for obj in of_kind(objects, "Secret"):
        yield f"{name_of(obj)}: secrets are made in the cluster, never here"
    for obj in of_kind(objects, "ConfigMap"):
        for key, text in obj.get("data", {}).items():
            lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
            if any(SECRET_VALUE.search(line) for line in lines):
                yield f"{name_of(obj)}, {key}: holds a password"


def one_namespace(objects):
    for obj in objects:
        if obj["kind"] not in CLUSTER_WIDE and obj["metadata"].get("namespace") != NAMESPACE:
            yield f"{name_of(obj)} lies in namespace {obj['metadata'].get('namespace')!r}"


def restricted_namespace(objects):
    for obj in of_kind(objects, "Namespace"):
        if obj["metadata"].get("labels", {}).get("pod-security.kubernetes.io/enforce") != "restricted":
            yield f"{name_of(obj)}: the cluster does not enforce pod security"


def selectors_meet_pods(objects):
    pods = [pod_template(obj)["metadata"].get("labels", {}) for obj in of_kind(objects, *POD_KINDS)]
    for obj in of_kind(objects, "Service", "PodDisruptionBudget"):
        selector = obj["spec"]["selector"]
        selector = selector if obj["kind"] == "PodDisruptionBudget" else {"matchLabels": selector}
        if not any(labels_match(selector, labels) for labels in pods):
            yield f"{name_of(obj)} selects no pod"
    for obj in of_kind(objects, "Service"):
        for port in obj["spec"]["ports"]:
            target = port.get("targetPort")
            met = [o for o in of_kind(objects, *POD_KINDS)
                   if labels_match({"matchLabels": obj["spec"]["selector"]}, pod_template(o)["metadata"]["labels"])]
            names = {p.get("name") for o in met for c in containers(o) for p in c.get("ports", [])}
            if isinstance(target, str) and target not in names:
                yield f"{name_of(obj)}: no pod has a port {target!r}"


def references_are_there(objects):
    names = {kind: {obj["metadata"]["name"] for obj in of_kind(objects, kind)}
             for kind in ("ConfigMap", "PersistentVolumeClaim", "ServiceAccount", "Service", *POD_KINDS)}
    for obj in of_kind(objects, *POD_KINDS):
        spec = pod_template(obj)["spec"]
        wanted = [("ServiceAccount", spec.get("serviceAccountName"))]
        templates = {claim["metadata"]["name"] for claim in obj["spec"].get("volumeClaimTemplates", [])}
        volumes = {volume["name"] for volume in spec.get("volumes", [])} | templates
        for volume in spec.get("volumes", []):
            sources = volume.get("projected", {}).get("sources", [volume])
            wanted += [("ConfigMap", source["configMap"]["name"]) for source in sources if "configMap" in source]
            if "persistentVolumeClaim" in volume:
                wanted.append(("PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"]))
        for container in containers(obj):
            wanted += [("volume", mount["name"]) for mount in container.get("volumeMounts", [])]
        for kind, name in wanted:
            if name not in (volumes if kind == "volume" else names[kind]):
                yield f"{name_of(obj)} needs {kind} {name!r}, which is not here"
    for obj in of_kind(objects, "StatefulSet"):
        if obj["spec"]["serviceName"] not in names["Service"]:
            yield f"{name_of(obj)}: its service {obj['spec']['serviceName']!r} is not here"
    for obj in of_kind(objects, "ScaledObject"):
        target = obj["spec"]["scaleTargetRef"]
        if target["name"] not in names.get(target.get("kind", "Deployment"), set()):
            yield f"{name_of(obj)} scales {target['name']!r}, which is not here"


def one_writer(objects):
    """A volume that one node mounts is no place for several pods, nor for an update that overlaps."""
    modes = {obj["metadata"]["name"]: obj["spec"]["accessModes"] for obj in of_kind(objects, "PersistentVolumeClaim")}
    for obj in of_kind(objects, "Deployment", "StatefulSet"):
        for volume in pod_template(obj)["spec"].get("volumes", []):
            claim = volume.get("persistentVolumeClaim", {}).get("claimName")
            if claim and "ReadWriteMany" not in modes.get(claim, []):
                overlaps = obj["kind"] == "Deployment" and obj["spec"].get("strategy", {}).get("type") != "Recreate"
                if obj["spec"].get("replicas", 1) > 1 or overlaps:
                    yield f"{name_of(obj)}: several pods would mount {claim}, which takes one"


def denied_first(objects):
    """Where there are network policies, everything is denied first, in both directions."""
    policies = of_kind(objects, "NetworkPolicy")
    deny = [p for p in policies if p["spec"]["podSelector"] == {} and set(p["spec"].get("policyTypes", [])) ==
            {"Ingress", "Egress"} and not p["spec"].get("ingress") and not p["spec"].get("egress")]
    if policies and not deny:
        yield "network policies without one that denies everything first"
    for policy in policies:
        for way in policy["spec"].get("egress") or []:
            if not way.get("ports"):
                yield f"{name_of(policy)}: a way out to every port"


def budgets(objects):
    """Where several pods serve, a drained node takes one of them at a time."""
    budgets_here = of_kind(objects, "PodDisruptionBudget")
    if not budgets_here:
        return
    for obj in of_kind(objects, "Deployment", "StatefulSet"):
        labels = pod_template(obj)["metadata"]["labels"]
        if not any(labels_match(b["spec"]["selector"], labels) for b in budgets_here):
            yield f"{name_of(obj)}: no budget"


def scaled_once(objects):
    """A number in the workload would set the autoscaler's back at every apply."""
    scaled = {obj["spec"]["scaleTargetRef"]["name"] for obj in of_kind(objects, "ScaledObject")}
    for obj in of_kind(objects, "Deployment", "StatefulSet"):
        if obj["metadata"]["name"] in scaled and "replicas" in obj["spec"]:
            yield f"{name_of(obj)}: the autoscaler and `replicas` both say how many"


#: Rules about a whole overlay.
OVERLAY_RULES = {
    "account-tokens": account_tokens, "no-rights": no_rights, "no-secrets": no_secrets, "one-namespace": one_namespace,
    "restricted-namespace": restricted_namespace, "selectors-meet-pods": selectors_meet_pods,
    "references-are-there": references_are_there, "one-writer": one_writer, "denied-first": denied_first,
    "budgets": budgets, "scaled-once": scaled_once,
}


def problems(objects):
    """Everything that is wrong with an overlay: (rule, text)."""
    for obj in of_kind(objects, *POD_KINDS):
        for rule, check in WORKLOAD_RULES.items():
            yield from ((rule, f"{name_of(obj)}: {what}") for what in check(obj))
    for rule, check in OVERLAY_RULES.items():
        yield from ((rule, what) for what in check(objects))
