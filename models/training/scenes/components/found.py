"""How many of each change candidates name: python -m scenes.components.found DIR/truth.json DIR/candidates.jsonl

Beside `streetwatch evaluate`, which pairs by place and does not tell a missing component from a broken one: here a
candidate of the same component that overlaps the change in time counts, and whether its word for the fault is right.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path


def main() -> None:
    truth = json.loads(Path(sys.argv[1]).read_text())
    candidates = [json.loads(line)["data"] for line in Path(sys.argv[2]).read_text().splitlines()]
    time = datetime.fromisoformat
    print("change        changes  found  right word")
    for change in sorted({e["change"] for e in truth["events"] if e["component"]}):
        events = [e for e in truth["events"] if e["component"] and e["change"] == change]
        found = named = 0
        for e in events:
            mine = [
                c
                for c in candidates
                if (c["camera"], c.get("component")) == (e["camera"], e["component"])
                and time(c["first_seen"]) <= time(e["end"])
                and time(c["last_seen"]) >= time(e["start"])
            ]
            found += bool(mine)
            named += any(c.get("finding", {}).get("fault") == change for c in mine)
        print(f"{change:12}  {len(events):7}  {found:5}  {named:10}")


if __name__ == "__main__":
    main()
