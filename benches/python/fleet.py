"""Fences, routes and stops over the same readings, in Python with shapely, as a yardstick for `make bench`.

An STRtree over the fences and one over the routes' segments, one reading after the other, the same thresholds as ours.
It sorts nothing, keeps no history and forgets on restart.

    python fleet.py WORLD.json     prints one line of JSON
"""

import json
import resource
import sys

import shapely

MARGIN = 15.0
TOLERANCE = 50.0
STOP_RADIUS = 60.0
STOP_KMH = 5.0
STOP_MS = 600_000


class Spell:
    """A condition that must hold for so long and be seen so often before it is raised."""

    def __init__(self, dwell: int, count: int, clear: int = 0, clear_count: int = 1):
        self.dwell, self.count, self.clear, self.clear_count = dwell, count, clear, clear_count
        self.end()

    def end(self) -> None:
        self.start = self.gone = None
        self.seen = self.missed = 0
        self.raised = False

    def look(self, at: int, holds: bool) -> bool:
        """Whether it is raised now."""
        if not holds:
            if self.start is not None:
                self.gone = at if self.gone is None else self.gone
                self.missed += 1
                if at - self.gone >= self.clear and self.missed >= self.clear_count:
                    self.end()
            return False
        self.start = at if self.start is None else self.start
        self.gone, self.missed = None, 0
        self.seen += 1
        if not self.raised and self.seen >= self.count and at - self.start >= self.dwell:
            self.raised = True
            return True
        return False


class Truck:
    def __init__(self):
        self.inside: dict[int, Spell] = {}
        self.stop = None
        self.illegal = Spell(STOP_MS, 2)
        self.deviation = Spell(60_000, 3, 30_000, 2)


def main() -> None:
    with open(sys.argv[1]) as file:
        world = json.load(file)
    fences = [shapely.Polygon(f["corners"]) for f in world["fences"]]
    site = [f["site"] for f in world["fences"]]
    shapely.prepare(fences)
    fence_tree = shapely.STRtree(fences)
    lines = [shapely.LineString(r["line"]) for r in world["routes"]]
    numbers = {r["id"]: n for n, r in enumerate(world["routes"])}
    reach = [r["width"] / 2 + TOLERANCE for r in world["routes"]]
    segments, of = [], []
    for n, route in enumerate(world["routes"]):
        for a, b in zip(route["line"], route["line"][1:]):
            segments.append(shapely.LineString([a, b]))
            of.append(n)
    way_tree = shapely.STRtree(segments)
    permits = {device: {numbers[r] for r in routes} for device, routes in world["permits"].items()}
    widest = max(reach, default=0.0)
    trucks: dict[str, Truck] = {}
    raised = {"no-entry": 0, "deviation": 0, "illegal-stop": 0}
    worst = 0.0

    before = resource.getrusage(resource.RUSAGE_SELF)
    for device, at, x, y, kmh in world["readings"]:
        truck = trucks.setdefault(device, Truck())
        point = shapely.Point(x, y)
        now = [int(i) for i in fence_tree.query(point, predicate="intersects")]
        for index in [i for i in truck.inside if i not in now]:
            if fences[index].exterior.distance(point) > MARGIN:
                del truck.inside[index]
        at_site = False
        for index in now:
            spell = truck.inside.setdefault(index, Spell(10_000, 2))
            if site[index]:
                at_site = True
            elif spell.look(at, True):
                raised["no-entry"] += 1
        stays = truck.stop is not None and truck.stop.distance(point) <= STOP_RADIUS
        if not stays:
            truck.stop = point if kmh < STOP_KMH else None
        if truck.stop is None or at_site:
            truck.illegal.end()
        else:
            if not stays:
                truck.illegal.end()
            raised["illegal-stop"] += truck.illegal.look(at, True)
        mine = permits.get(device)
        if mine:
            near = way_tree.query(point, predicate="dwithin", distance=widest)
            on_route = at_site or any(
                of[i] in mine and segments[i].distance(point) <= reach[of[i]] for i in near
            )
            if on_route:
                truck.deviation.look(at, False)
            elif kmh >= STOP_KMH:
                worst = max(worst, min(lines[r].distance(point) for r in mine))
                raised["deviation"] += truck.deviation.look(at, True)
    after = resource.getrusage(resource.RUSAGE_SELF)

    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    words = ", ".join(f"{rule} {n}" for rule, n in raised.items())
    print(json.dumps({"cpu_s": round(cpu, 4), "raised": words}))


if __name__ == "__main__":
    main()
