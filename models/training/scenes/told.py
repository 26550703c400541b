"""Whether whoever looks at the picture could tell a story from its opposite.

A stall whose vendor stands behind a tree looks like one that nobody is with; the first car of a queue whose rest is
behind a hedge looks parked. No truth file may ask for what the picture does not show.
"""

from __future__ import annotations

import numpy as np

from .render import Instance
from .story import Event, NoPlace, Stage, Story

SEEN = 0.5  # of what the story is about
WITNESS_SEEN = 1 / 3  # of who tells what it is: head and shoulders behind a counter are enough
MOMENTS = 7
OFTEN = 1 / 3  # of the moments: a truck may hide a parked car for a minute


def only_what_is_seen(stage: Stage, story: Story) -> None:
    """Leaves look-alikes out that the camera never sees.

    Raises NoPlace where an event, or the witnesses of what is seen, are hidden: another street must be drawn.
    """
    seen = lambda e, name, share: _moments_seen(stage, story, e, name, share)
    if any(seen(e, e.actor, SEEN) < OFTEN * MOMENTS for e in story.events if not e.inside):
        raise NoPlace("hidden")
    story.lookalikes = [e for e in story.lookalikes if e.inside or seen(e, e.actor, SEEN)]
    for e in story.events + story.lookalikes:
        if e.witnesses and max(seen(e, w, WITNESS_SEEN) for w in e.witnesses) < OFTEN * MOMENTS:
            raise NoPlace("no witness")


def _moments_seen(stage: Stage, story: Story, event: Event, name: str, share: float) -> int:
    """In how many moments so much of an actor is in the picture, past scenery and all that stands there."""
    until = min(event.end, stage.seconds)
    moments = [event.start + u * (until - event.start) for u in np.linspace(0.08, 0.92, MOMENTS)]
    return sum(_share(stage, story, name, float(t)) >= share for t in moments)


def _share(stage: Stage, story: Story, name: str, t: float) -> float:
    """How much of an actor's silhouette is seen at `t`, 0..1; 0 where it is outside the picture."""
    drawn: list[Instance] = []
    own = range(0)
    for actor in story.actors:
        made = actor.instances(t)
        if actor.name == name:
            own = range(len(drawn), len(drawn) + len(made))
        drawn += made
    if not own:
        return 0.0
    whole = stage.renderer.ids(stage.camera, drawn[own.start : own.stop], alone=True) > 0
    ids = stage.renderer.ids(stage.camera, drawn)
    return float(((ids > own.start) & (ids <= own.stop)).sum() / max(whole.sum(), 1))
