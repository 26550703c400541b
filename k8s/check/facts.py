"""What the rest of the project says, read from its own sources: metrics, topics, the pages' headings."""

import re
import tomllib

from cluster import ROOT

METRIC = re.compile(r"\bstreetwatch_[a-z0-9_]+")


def metrics_of_the_code():
    """Names that the code registers: what stands in quotes as streetwatch_… in a Rust source that is no test."""
    found = set()
    for folder in ("pipeline/src", "models/src", "operators/src"):
        for file in (ROOT / folder).rglob("*.rs"):
            if "test" not in file.stem:
                found.update(re.findall(r'"(streetwatch_[a-z0-9_]+)"', file.read_text()))
    return found


def _labels(text):
    return set(re.findall(r'"([a-z_]+)" => ', text))


def labels_of_the_code():
    """Labels that the code gives to any metric."""
    return set().union(*(_labels(file.read_text()) for folder in ("pipeline/src", "models/src")
                         for file in (ROOT / folder).rglob("*.rs")))


def labels_in(query):
    """Labels that a query asks for."""
    grouped = re.findall(r"\b(?:by|on|without|group_left|group_right) \(([^)]*)\)", query)
    matched = re.findall(r"\{([^}]*)\}", query)
    names = {name.strip() for group in grouped for name in group.split(",") if name.strip()}
    return names | {name for matchers in matched for name in re.findall(r"(\w+)\s*(?:=~|!=|!~|=)", matchers)}


def metrics_in(text):
    """Names of ours in a text, a histogram's parts as the histogram."""
    return {re.sub(r"_(bucket|sum|count)$", "", name) for name in METRIC.findall(text)}


def topics_of_the_code():
    """Topic to its days of retention, None for a compacted one (pipeline/src/log/topic.rs)."""
    text = (ROOT / "pipeline/src/log/topic.rs").read_text()
    names = dict(re.findall(r'Topic::(\w+) => "([a-z]+)"', text))
    body = text.split("const fn clean_up", 1)[1].split("const fn", 1)[0]
    compacted = re.search(r"((?:Topic::\w+(?: \| )?)+) => return CleanUp::Compact", body).group(1)
    topics = {names[variant]: None for variant in re.findall(r"Topic::(\w+)", compacted)}
    for variants, days in re.findall(r"((?:Topic::\w+(?: \| )?)+) => \((\d+),", body):
        topics.update({names[variant]: int(days) for variant in re.findall(r"Topic::(\w+)", variants)})
    if set(topics) != set(names.values()):
        raise ValueError(f"topic.rs is not understood any more: {topics} of {names}")
    return topics


def groups_of_the_code():
    """Consumer groups: the workers' own, and what readers without a group of their own call themselves."""
    text = "".join(file.read_text() for file in (ROOT / "pipeline/src").rglob("*.rs"))
    return set(re.findall(r'"group\.id", "([^"]+)"', text)) | set(re.findall(r'const GROUP: &str = "([^"]+)"', text))


def message_bytes():
    """Largest message of a topic (pipeline/src/log)."""
    record = (ROOT / "pipeline/src/log/record.rs").read_text()
    framing = (ROOT / "pipeline/src/log/kafka/topics.rs").read_text()
    shifted = [re.search(rf"{name}: usize = (\d+) << (\d+)", text).groups() for name, text in
               (("MAX_RECORD_BYTES", record), ("FRAMING", framing))]
    return sum(int(value) << int(bits) for value, bits in shifted)


def headings(page):
    """Anchors of a page's headings."""
    titles = re.findall(r"^#+ (.+)$", (ROOT / page).read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


def version():
    """The workspace's version."""
    return tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["version"]
