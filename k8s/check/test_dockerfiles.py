"""The Dockerfiles are pinned, run as nobody in particular, and fetch nothing without a hash."""

import re
import subprocess
import unittest

import facts
from cluster import K8S, ROOT, built, pod_template, program
from dockerfiles import instructions, problems

FILES = sorted((K8S / "docker").glob("Dockerfile.*"))

#: (what is replaced, by what): each makes a good file bad.
BAD = [
    (r"rust:1\.95\.0-slim-bookworm", "rust:1"),
    (r"RUST_IMAGE=rust:1\.95\.0-slim-bookworm", "RUST_IMAGE=rust"),
    (r"DEBIAN_IMAGE=debian:12\.12-slim", "DEBIAN_IMAGE=debian:latest"),
    (r"DEBIAN_IMAGE=debian:12\.12-slim", "DEBIAN_IMAGE=debian:bookworm-slim"),
    (r"USER 10001:10001", ""),
    (r"USER 10001:10001", "USER root"),
    (r"USER 10001:10001", "USER streetwatch"),
    (r" --locked", ""),
    (r" --require-hashes", ""),
    (r"cargo build", "curl https://example.org/install.sh | sh && cargo build"),
    (r"COPY LICENSE", "ADD https://example.org/x.tar.gz /x\nCOPY LICENSE"),
    (r'ENTRYPOINT \["/usr/local/bin/streetwatch"\]', "ENTRYPOINT /usr/local/bin/streetwatch"),
    (r"ARG REVISION=unknown", "ARG KAFKA_PASSWORD=x\nARG REVISION=unknown"),
    (r"--no-install-recommends", ""),
    (r"org\.opencontainers\.image\.revision", "revision"),
]


class Dockerfiles(unittest.TestCase):
    def test_both_keep_to_the_policy(self):
        self.assertEqual([file.name for file in FILES], ["Dockerfile.cpu", "Dockerfile.cuda"])
        for file in FILES:
            with self.subTest(file=file.name):
                self.assertEqual(list(problems(file.read_text())), [])

    def test_every_way_of_breaking_it_is_refused(self):
        for file in FILES:
            for old, new in BAD:
                with self.subTest(file=file.name, breaks=new or old):
                    text, changed = re.subn(old, new.replace("\\", r"\\"), file.read_text())
                    self.assertTrue(changed)
                    self.assertTrue(list(problems(text)))

    def test_hadolint_has_nothing_to_say(self):
        done = subprocess.run(
            [program("hadolint"), "--config", str(K8S / "docker" / ".hadolint.yaml"), *map(str, FILES)],
            capture_output=True, text=True, timeout=60, check=False,
        )
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))

    def test_versions_are_the_workspace_s(self):
        rust = re.search(r'rust-version = "([\d.]+)"', (ROOT / "Cargo.toml").read_text()).group(1)
        for file in FILES:
            text = file.read_text()
            self.assertIn(f"rust:{rust}.", text)
            self.assertIn(f'image.version="{facts.version()}"', text)

    def test_the_pods_run_under_the_image_s_user(self):
        users = {rest.split(":")[0] for file in FILES for word, rest in instructions(file.read_text()) if word == "USER"}
        self.assertEqual(len(users), 1)
        for objects in built().values():
            for obj in objects:
                if obj["kind"] in ("StatefulSet", "Deployment", "Job"):
                    self.assertEqual({str(pod_template(obj)["spec"]["securityContext"]["runAsUser"])}, users)

    def test_what_is_copied_is_there_and_is_sent_to_the_builder(self):
        sent = [line[1:].rstrip("/") for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
        for path in sent:
            self.assertTrue((ROOT / path).exists(), path)
        for file in FILES:
            for word, rest in instructions(file.read_text()):
                if word == "COPY" and not rest.startswith("--from"):
                    for path in rest.split()[:-1]:
                        clean = path.rstrip("/")
                        with self.subTest(file=file.name, path=path):
                            self.assertTrue((ROOT / clean).exists())
                            self.assertTrue(clean == "." or any(clean == s or clean.startswith(s + "/") for s in sent))


if __name__ == "__main__":
    unittest.main()
