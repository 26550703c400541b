"""What the Dockerfiles must keep to. Problems are texts; none means fine."""

import re

# rust:1.95.0-slim-bookworm, debian:12.12-slim, or a digest. Not: debian, debian:latest, debian:bookworm, rust:1.
PINNED = re.compile(r"(:\d+\.\d+(\.\d+)?(-[0-9a-z]+)*|@sha256:[0-9a-f]{64})$")


def instructions(text):
    """(instruction, rest) with continued lines joined and comments left out."""
    found, parts = [], []
    for line in text.splitlines():
        if line.lstrip().startswith("#") or (not line.strip() and not parts):
            continue
        goes_on = line.rstrip().endswith("\\")
        parts.append(line.rstrip().removesuffix("\\").strip())
        if not goes_on:
            word, _, rest = " ".join(parts).partition(" ")
            found.append((word.upper(), rest.strip()))
            parts = []
    return found


def problems(text):
    """What is wrong with a Dockerfile."""
    steps = instructions(text)
    given = dict(rest.split("=", 1) for word, rest in steps if word == "ARG" and "=" in rest)
    stages, users, last = {}, {}, None
    for word, rest in steps:
        if word == "FROM":
            words = rest.split()
            base = re.sub(r"\$\{(\w+)\}", lambda m: given.get(m.group(1), ""), words[0])
            if base not in stages and not PINNED.search(base):
                yield f"FROM {words[0]}: {base!r} may change; write an exact version or a digest"
            last = words[2] if len(words) == 3 and words[1].upper() == "AS" else "the last stage"
            stages[last] = base
        elif word == "USER":
            users[last] = rest
        elif word == "ADD":
            yield f"ADD {rest}: use COPY; what comes from elsewhere is fetched by hash"
        elif word == "RUN":
            if re.search(r"(curl|wget)\b", rest):
                yield "RUN fetches with curl or wget: nothing says what comes"
            if "cargo build" in rest and "--locked" not in rest:
                yield "cargo build without --locked"
            if re.search(r"\bpip3? (install|download)", rest) and "--require-hashes" not in rest:
                yield "pip without --require-hashes"
            if "apt-get install" in rest and "--no-install-recommends" not in rest:
                yield "apt-get install brings what nobody asked for: add --no-install-recommends"
            if re.search(r"\bsudo\b|chmod (-R )?(777|a\+w)", rest):
                yield "RUN gives rights away"
        elif word in ("ARG", "ENV") and re.search(r"PASSWORD|SECRET|TOKEN", rest):
            yield f"{word}: a secret would stay in the image"
    user = users.get(last, "")
    if not re.fullmatch(r"[1-9]\d{3,}(:[1-9]\d{3,})?", user):
        yield f"the image runs as {user or 'root'!r}; write USER with a number, as the pods do"
    final = steps[max(i for i, (word, _) in enumerate(steps) if word == "FROM"):]
    if not any(word == "ENTRYPOINT" and rest.startswith("[") for word, rest in final):
        yield "no ENTRYPOINT of words: a shell would keep SIGTERM to itself"
    labels = " ".join(rest for word, rest in final if word == "LABEL")
    for label in ("title", "licenses", "version", "revision"):
        if f"org.opencontainers.image.{label}=" not in labels:
            yield f"no label org.opencontainers.image.{label}"
