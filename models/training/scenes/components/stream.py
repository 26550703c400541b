"""Pictures hours apart as one H.264 file whose timestamps are their event times."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np

STEP = 1800  # seconds: every picture lies on this grid


class Stream:
    """Writes an MP4; pictures come in order, each at a multiple of STEP seconds after the first.

    Every picture is a keyframe. ffmpeg is fed one picture a step and leaves out those that fill the gaps, so that
    the timestamps of the others stay what they were: 1,800 s in the file are 1,800 s in the street.
    """

    def __init__(self, file: Path, size: tuple[int, int], seconds: list[int], crf: int = 23):
        assert all(s % STEP == 0 for s in seconds) and seconds[0] == 0, seconds
        self.file, self.filled, self.due = file, 0, list(seconds)
        kept = "+".join(f"eq(n,{s // STEP})" for s in seconds)
        given = ["-f", "rawvideo", "-pix_fmt", "bgr24", "-s", f"{size[0]}x{size[1]}", "-r", f"1/{STEP}", "-i", "-"]
        coded = ["-c:v", "libx264", "-preset", "medium", "-crf", str(crf), "-pix_fmt", "yuv420p", "-threads", "1"]
        coded += ["-g", "1", "-bf", "0", "-fflags", "+bitexact", "-flags:v", "+bitexact"]
        command = ["ffmpeg", "-y", "-loglevel", "error", *given, "-an", "-vf", f"select='{kept}'", "-fps_mode", "vfr"]
        command += [*coded, "-video_track_timescale", "1000", "-movflags", "+faststart", str(file)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE)

    def write(self, picture: np.ndarray) -> None:
        """The next picture, uint8 BGR."""
        step = self.due.pop(0) // STEP
        data = np.ascontiguousarray(picture).tobytes()
        while self.filled <= step:
            self.process.stdin.write(data)
            self.filled += 1

    def close(self) -> None:
        self.process.stdin.close()
        if self.process.wait() != 0:
            raise RuntimeError(f"ffmpeg could not write {self.file}")
