#!/usr/bin/env bash
# Builds every overlay and holds it against Kubernetes' schemas, the policy, the code and the pages. Seconds, and offline
# once `scripts/setup.sh k8s` has been there.
set -euo pipefail
cd "$(dirname "$0")/../.."
venv=$PWD/.cache/k8s/venv
cd k8s/check
PYTHONDONTWRITEBYTECODE=1 exec "$venv/bin/python" -m unittest discover -p 'test_*.py' "$@"
