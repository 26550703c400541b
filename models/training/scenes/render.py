"""Draws a scene with OpenGL (Mesa's software rasteriser where there is no GPU).

Real perspective, one sun with shadows, lamps, wet roads. A
fixed camera's scenery is drawn once and kept; what moves, its shadow and the
ground under it are drawn anew in each frame, so no frame depends on an
earlier one.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import moderngl
import numpy as np

from .camera import Camera
from .light import Lamp, Light
from .mesh import Mesh
from .objects import build

SHADOW_SIZE = 2048
MAX_LAMPS, MAX_FEET = 24, 48
_SHADERS = Path(__file__).parent / "shaders"


@dataclass(frozen=True)
class Instance:
    """An object at a place: metres, heading in radians; `tint` colours what is PAINT."""

    kind: str
    seed: int
    x: float
    y: float
    yaw: float = 0.0
    z: float = 0.0
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)
    lamps: bool = False
    pitch: float = 0.0
    roll: float = 0.0

    def matrix(self) -> np.ndarray:
        """4x4 object to world."""
        c, s = np.cos(self.yaw), np.sin(self.yaw)
        m = np.eye(4)
        m[:3, :3] = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
        if self.pitch or self.roll:
            cp, sp, cr, sr = np.cos(self.pitch), np.sin(self.pitch), np.cos(self.roll), np.sin(self.roll)
            m[:3, :3] = m[:3, :3] @ np.array([[cp, 0, sp], [0, 1, 0], [-sp, 0, cp]])
            m[:3, :3] = m[:3, :3] @ np.array([[1, 0, 0], [0, cr, -sr], [0, sr, cr]])
        m[:3, 3] = self.x, self.y, self.z
        return m


class _Model:
    """A mesh on the GPU, for each pass."""

    def __init__(self, ctx: moderngl.Context, programs, mesh: Mesh):
        rows = np.concatenate([mesh.position, mesh.normal, mesh.colour, mesh.material[:, None]], axis=1)
        self.buffer = ctx.buffer(rows.astype("f4").tobytes())
        full = (self.buffer, "3f 3f 3f 1f", "position", "normal", "colour", "material")
        bare = (self.buffer, "3f 28x", "position")
        self.vao = {name: ctx.vertex_array(p, [full if name == "main" else bare]) for name, p in programs.items()}
        self.bounds = mesh.bounds()
        self.points = mesh.position

    def release(self) -> None:
        for vao in self.vao.values():
            vao.release()
        self.buffer.release()


class Renderer:
    """One picture size; scenes are set with `set_static`, pictures drawn with `draw`."""

    def __init__(self, width: int, height: int, samples: int = 4):
        self.ctx = moderngl.create_context(standalone=True, backend="egl")
        self.size = (width, height)
        load = lambda name: (_SHADERS / name).read_text()
        self.programs = {
            "main": self.ctx.program(load("main.vert"), load("main.frag")),
            "depth": self.ctx.program(load("depth.vert"), load("none.frag")),
            "id": self.ctx.program(load("depth.vert"), load("id.frag")),
        }
        self.fbo = self.ctx.framebuffer(
            [self.ctx.renderbuffer(self.size, 4, samples=samples)],
            self.ctx.depth_renderbuffer(self.size, samples=samples),
        )
        self.kept = self.ctx.framebuffer(
            [self.ctx.renderbuffer(self.size, 4, samples=samples)],
            self.ctx.depth_renderbuffer(self.size, samples=samples),
        )
        self.kept_for: tuple | None = None
        self.resolved = self.ctx.framebuffer([self.ctx.renderbuffer(self.size, 4)])
        self.shadow = self.ctx.depth_texture((SHADOW_SIZE, SHADOW_SIZE))
        self.shadow.compare_func = "<="
        self.shadow_fbo = self.ctx.framebuffer(depth_attachment=self.shadow)
        self.id_fbo = self.ctx.framebuffer(
            [self.ctx.renderbuffer(self.size, 1, dtype="i4")], self.ctx.depth_renderbuffer(self.size)
        )
        self.models: dict[tuple[str, int], _Model] = {}
        self.static: _Model | None = None
        self.ground: _Model | None = None
        self.static_shadow: _Model | None = None
        self.ctx.enable(moderngl.DEPTH_TEST | moderngl.CULL_FACE)

    @property
    def aspect(self) -> float:
        return self.size[0] / self.size[1]

    def set_static(
        self, ground: Mesh, mesh: Mesh | None = None, texture_seed: float = 0.0, camera: Camera | None = None
    ) -> None:
        """The ground, and all that stands on it and never moves.

        With a `camera`, what it can never see (nor when turned by 0.3 rad) is left out, and so
        is what is far smaller than a pixel.
        """
        for old in {self.ground, self.static, self.static_shadow} - {None}:
            old.release()
        self.ground, self.static, self.static_shadow = _Model(self.ctx, self.programs, ground), None, None
        self.kept_for = None
        if mesh is not None and camera is None:
            self.static = self.static_shadow = _Model(self.ctx, self.programs, mesh)
        elif mesh is not None:
            corners = mesh.position.reshape(-1, 3, 3)
            near = (np.hypot(corners[:, 0, 0] - camera.x, corners[:, 0, 1] - camera.y) < 75) | (_areas(corners) > 50)
            self.static = _Model(self.ctx, self.programs, _part(mesh, self._may_be_seen(camera, corners)))
            self.static_shadow = _Model(self.ctx, self.programs, _part(mesh, near & (_areas(corners) > 0.01)))
        self.programs["main"]["texture_seed"] = texture_seed

    def _may_be_seen(self, camera: Camera, corners: np.ndarray) -> np.ndarray:
        wide = camera.turned(zoom=0.62)
        points = wide.project(corners.reshape(-1, 3), self.aspect).reshape(-1, 3, 3)
        ahead = points[:, :, 2] > 0.2
        flat = points[:, :, :2]
        beside = (flat.max(axis=1) < -0.1).any(axis=1) | (flat.min(axis=1) > 1.1).any(axis=1)
        a, b = flat[:, 1] - flat[:, 0], flat[:, 2] - flat[:, 0]
        pixels = np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]) / 2 * self.size[0] * self.size[1]
        return np.where(ahead.all(axis=1), ~beside & (pixels > 0.12), ahead.any(axis=1))

    def model(self, kind: str, seed: int) -> _Model:
        """The object's mesh on the GPU; kept for later pictures."""
        if (kind, seed) not in self.models:
            if len(self.models) >= 1600:
                self.models.pop(next(iter(self.models))).release()
            self.models[(kind, seed)] = _Model(self.ctx, self.programs, build(kind, np.random.default_rng(seed)))
        return self.models[(kind, seed)]

    def corners(self, instance: Instance) -> np.ndarray:
        """(n, 3) world positions of the instance's vertices."""
        m = instance.matrix()
        return self.model(instance.kind, instance.seed).points @ m[:3, :3].T + m[:3, 3]

    def box(self, camera: Camera, instances: list[Instance]) -> list[float] | None:
        """x, y, w, h in 0..1 of what a set of instances spans, clipped to the picture; None when outside."""
        points = camera.project(np.concatenate([self.corners(i) for i in instances]), self.aspect)
        points = points[points[:, 2] > 0.3]
        if not len(points):
            return None
        low, high = np.clip(points[:, :2].min(axis=0), 0, 1), np.clip(points[:, :2].max(axis=0), 0, 1)
        if (high - low).min() < 1e-3:
            return None
        return [float(v) for v in (*low, *(high - low))]

    def draw(
        self, camera: Camera, light: Light, instances: list[Instance], seconds: float = 0.0, once: bool = False
    ) -> np.ndarray:
        """The picture as uint8 [height, width, 3], BGR.

        `once` says that no other picture will have this camera and light: nothing is kept, and the ground,
        which a kept picture shades a second time, is shaded once.
        """
        ctx = self.ctx
        if once:
            self._begin(camera, light, instances, seconds)
            self.kept_for = None
            self.kept.use()
            ctx.clear(*_developed(np.array(light.fog), light), 1.0)
            self._scenery([m for m in (self.ground, self.static) if m])
            return self._finish(self.kept, instances)
        if (camera, light) != self.kept_for:
            self._begin(camera, light, [], seconds)
            self.kept.use()
            ctx.clear(*_developed(np.array(light.fog), light), 1.0)
            self._scenery([m for m in (self.ground, self.static) if m])
            self.kept_for = (camera, light)
        self._begin(camera, light, instances, seconds)
        ctx.copy_framebuffer(self.fbo, self.kept)
        self.fbo.use()
        main = self.programs["main"]
        main["is_static"], main["lit"], main["tint"] = 1, 0, (1.0, 1.0, 1.0)
        if instances and self.ground:
            # The same depth again, with the shadows and lamps of what moves.
            ctx.depth_func = "<="
            main["model"].write(np.eye(4, dtype="f4").tobytes())
            self.ground.vao["main"].render()
            ctx.depth_func = "<"
        return self._finish(self.fbo, instances)

    def _finish(self, target: moderngl.Framebuffer, instances: list[Instance]) -> np.ndarray:
        """Draws what moves over the scenery that is bound, and reads the picture."""
        main = self.programs["main"]
        main["is_static"] = 0
        for i in instances:
            main["model"].write(i.matrix().T.astype("f4").tobytes())
            main["tint"], main["lit"] = i.tint, int(i.lamps)
            self.model(i.kind, i.seed).vao["main"].render()
        self.ctx.copy_framebuffer(self.resolved, target)
        raw = np.frombuffer(self.resolved.read(components=3), np.uint8)
        return raw.reshape(self.size[1], self.size[0], 3)[::-1, :, ::-1]

    def _begin(self, camera: Camera, light: Light, instances: list[Instance], seconds: float) -> None:
        """Shadows, and everything that the shader must know."""
        sun_matrix = self._shadows(camera, light, instances)
        main = self.programs["main"]
        main["view_projection"].write((camera.projection(self.aspect) @ camera.view()).T.astype("f4").tobytes())
        main["sun_matrix"].write(sun_matrix.T.astype("f4").tobytes())
        for name, value in (
            ("eye", (camera.x, camera.y, camera.z)),
            ("sun", light.sun),
            ("sun_colour", light.sun_colour),
            ("sky", light.sky),
            ("ground", light.ground),
            ("fog", light.fog),
            ("fog_density", light.fog_density),
            ("exposure", light.exposure),
            ("wet", light.wet),
            ("leaves", light.leaves),
            ("snow", light.snow),
            ("litter", light.litter),
            ("seconds", seconds),
            ("night", int(light.night)),
        ):
            main[name] = value
        self._put_lamps(light, instances, camera)
        self._put_feet(instances, camera)
        self.shadow.use(0)
        main["shadow_map"] = 0

    def _scenery(self, models: list[_Model]) -> None:
        """Depth first, so that no pixel is shaded twice: streets overlap a lot."""
        identity = np.eye(4, dtype="f4").tobytes()
        depth, main = self.programs["depth"], self.programs["main"]
        depth["view_projection"].write(main["view_projection"].read())
        depth["model"].write(identity)
        self.kept.color_mask = (False,) * 4
        for m in models:
            m.vao["depth"].render()
        self.kept.color_mask, self.ctx.depth_func = (True,) * 4, "<="
        main["model"].write(identity)
        main["is_static"], main["lit"], main["tint"] = 1, 0, (1.0, 1.0, 1.0)
        for m in models:
            m.vao["main"].render()
        self.ctx.depth_func = "<"

    def ids(self, camera: Camera, instances: list[Instance], alone: bool = False) -> np.ndarray:
        """int32 [height, width]: index of the instance seen there plus one, 0 for the rest.

        `alone` leaves the static scene out, so the silhouette of what is given remains.
        """
        program = self.programs["id"]
        self.id_fbo.use()
        self.id_fbo.clear()
        view_projection = camera.projection(self.aspect) @ camera.view()
        program["view_projection"].write(view_projection.T.astype("f4").tobytes())
        if not alone:
            program["model"].write(np.eye(4, dtype="f4").tobytes())
            program["id"] = 0
            for m in (self.ground, self.static):
                if m:
                    m.vao["id"].render()
        for k, i in enumerate(instances):
            program["model"].write(i.matrix().T.astype("f4").tobytes())
            program["id"] = k + 1
            self.model(i.kind, i.seed).vao["id"].render()
        raw = np.frombuffer(self.id_fbo.read(components=1, dtype="i4"), np.int32)
        return raw.reshape(self.size[1], self.size[0])[::-1]

    def _shadows(self, camera: Camera, light: Light, instances: list[Instance]) -> np.ndarray:
        reach = 34.0
        ahead = min(reach * 0.75, camera.z / max(np.tan(-camera.pitch), 0.2))
        centre = np.array([camera.x + ahead * np.cos(camera.yaw), camera.y + ahead * np.sin(camera.yaw), 2.0])
        sun = np.array(light.sun) / np.linalg.norm(light.sun)
        right = np.cross([0, 0, 1.0] if abs(sun[2]) < 0.99 else [1.0, 0, 0], sun)
        right /= np.linalg.norm(right)
        up = np.cross(sun, right)
        m = np.eye(4)
        m[:3, :3] = np.stack([right / reach, up / reach, -sun / 80.0])
        m[:3, 3] = -m[:3, :3] @ centre
        program = self.programs["depth"]
        self.shadow_fbo.use()
        self.shadow_fbo.clear()
        if sum(light.sun_colour) < 0.15:
            return m
        program["view_projection"].write(m.T.astype("f4").tobytes())
        self.ctx.disable(moderngl.CULL_FACE)
        if self.static_shadow:
            program["model"].write(np.eye(4, dtype="f4").tobytes())
            self.static_shadow.vao["depth"].render()
        for i in instances:
            program["model"].write(i.matrix().T.astype("f4").tobytes())
            self.model(i.kind, i.seed).vao["depth"].render()
        self.ctx.enable(moderngl.CULL_FACE)
        return m

    def _put_lamps(self, light: Light, instances: list[Instance], camera: Camera) -> None:
        lamps = list(light.lamps)
        for i in instances:
            if i.lamps:
                lamps += headlights(i, self.model(i.kind, i.seed).bounds)
        away = lambda l: np.hypot(l.position[0] - camera.x, l.position[1] - camera.y)
        lamps = sorted(lamps, key=away)[:MAX_LAMPS]
        main = self.programs["main"]
        main["lamp_count"].value = len(lamps)
        rows = np.zeros((MAX_LAMPS, 11), "f4")
        for k, l in enumerate(lamps):
            rows[k] = [*l.position, l.reach, *l.direction, l.cosine, *l.colour]
        main["lamp_position"].write(np.ascontiguousarray(rows[:, :4]).tobytes())
        main["lamp_direction"].write(np.ascontiguousarray(rows[:, 4:8]).tobytes())
        main["lamp_colour"].write(np.ascontiguousarray(rows[:, 8:]).tobytes())

    def _put_feet(self, instances: list[Instance], camera: Camera) -> None:
        rows, turns = np.zeros((MAX_FEET, 4), "f4"), np.zeros((MAX_FEET, 2), "f4")
        near = [i for i in instances if i.z < 0.3]
        near = sorted(near, key=lambda i: np.hypot(i.x - camera.x, i.y - camera.y))[:MAX_FEET]
        for k, i in enumerate(near):
            low, high = self.model(i.kind, i.seed).bounds
            c, s = np.cos(i.yaw), np.sin(i.yaw)
            mx, my = (low[0] + high[0]) / 2, (low[1] + high[1]) / 2
            shrink = 0.85 if high[2] > 0.4 else 0.6
            rows[k] = [
                i.x + mx * c - my * s,
                i.y + mx * s + my * c,
                shrink * (high[0] - low[0]) / 2,
                shrink * (high[1] - low[1]) / 2,
            ]
            if i.kind.startswith("umbrella") or high[2] < 0.08:
                rows[k, 2:] = 0.02
            turns[k] = [c, s]
        main = self.programs["main"]
        main["foot_count"].value = len(near)
        main["foot"].write(rows.tobytes())
        main["foot_turn"].write(turns.tobytes())


def _developed(linear: np.ndarray, light: Light) -> np.ndarray:
    """What main.frag makes of a linear colour."""
    x = linear * light.exposure * 0.55
    return np.clip((x * (2.51 * x + 0.03)) / (x * (2.43 * x + 0.59) + 0.14), 0, 1) ** (1 / 2.2)


def _areas(corners: np.ndarray) -> np.ndarray:
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return np.linalg.norm(cross, axis=1) / 2


def _part(mesh: Mesh, kept: np.ndarray) -> Mesh:
    """The triangles of a mesh that are kept."""
    rows = np.repeat(kept, 3)
    return Mesh(mesh.position[rows], mesh.normal[rows], mesh.colour[rows], mesh.material[rows])


def headlights(i: Instance, bounds: np.ndarray) -> list[Lamp]:
    """Two cones at the front of a vehicle and a faint red glow behind it."""
    c, s = np.cos(i.yaw), np.sin(i.yaw)
    front, side = bounds[1][0] + 0.1, 0.35 * (bounds[1][1] - bounds[0][1])
    at = lambda x, y, z: (i.x + x * c - y * s, i.y + x * s + y * c, z)
    down = (0.992 * c, 0.992 * s, -0.126)
    return [
        Lamp(at(front, 0.0, 0.75 if side > 0.3 else 0.95), down, (16.0, 15.0, 13.0), 0.86, 26.0),
        Lamp(at(bounds[0][0] - 0.2, 0.0, 0.7), (-c, -s, -0.3), (0.8, 0.05, 0.04), 0.3, 4.0),
    ]
