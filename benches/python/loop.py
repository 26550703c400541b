"""The plain Python loop that people write first, as a yardstick for `make bench`.

OpenCV reads the file, every picture of the sample plan goes through ONNX Runtime and ByteTrack (supervision), a dwell
runs per track in a polygon. One process, one ONNX thread, the same model and the same pictures as ours.

    python loop.py MODEL.onnx SAMPLE_SECONDS CLIP...     prints one line of JSON
"""

import json
import resource
import sys

import cv2
import numpy as np
import onnxruntime
import supervision

SIDE = 416
SCORE = 0.25
NMS_IOU = 0.45
VEHICLES = (2, 5, 7)
ZONE = np.array([[0.01, 0.01], [0.99, 0.01], [0.99, 0.99], [0.01, 0.99]])
DWELL_S = 10.0


def grid() -> tuple[np.ndarray, np.ndarray]:
    """Cell corners and strides of YOLOX's three levels, 3549 rows."""
    corners, strides = [], []
    for stride in (8, 16, 32):
        cells = SIDE // stride
        y, x = np.mgrid[:cells, :cells]
        corners.append(np.stack([x, y], -1).reshape(-1, 2))
        strides.append(np.full((cells * cells, 1), stride))
    return np.concatenate(corners), np.concatenate(strides)


CORNERS, STRIDES = grid()


def detect(session: onnxruntime.InferenceSession, picture: np.ndarray) -> supervision.Detections:
    height, width = picture.shape[:2]
    ratio = min(SIDE / width, SIDE / height)
    canvas = np.full((SIDE, SIDE, 3), 114, np.uint8)
    small = cv2.resize(picture, (round(width * ratio), round(height * ratio)))
    canvas[: small.shape[0], : small.shape[1]] = small
    tensor = canvas.transpose(2, 0, 1)[None].astype(np.float32)
    out = session.run(None, {session.get_inputs()[0].name: tensor})[0][0]
    centre = (out[:, :2] + CORNERS) * STRIDES
    size = np.exp(out[:, 2:4]) * STRIDES
    scores = out[:, 4:5] * out[:, 5:]
    label, score = scores.argmax(1), scores.max(1)
    keep = score > SCORE
    boxes = np.concatenate([centre - size / 2, size], 1)[keep] / ratio
    label, score = label[keep], score[keep]
    chosen = np.array(cv2.dnn.NMSBoxes(boxes.tolist(), score.tolist(), SCORE, NMS_IOU), dtype=int).reshape(-1)
    boxes = boxes[chosen]
    boxes[:, 2:] += boxes[:, :2]
    return supervision.Detections(xyxy=boxes, confidence=score[chosen], class_id=label[chosen])


def watch(session: onnxruntime.InferenceSession, clip: str, sample_s: float) -> tuple[int, int]:
    """Pictures processed and stays found in one clip."""
    capture = cv2.VideoCapture(clip)
    fps = capture.get(cv2.CAP_PROP_FPS) or 25.0
    width, height = capture.get(cv2.CAP_PROP_FRAME_WIDTH), capture.get(cv2.CAP_PROP_FRAME_HEIGHT)
    zone = supervision.PolygonZone((ZONE * [width, height]).astype(int))
    tracker = supervision.ByteTrack(frame_rate=max(1, round(1 / sample_s)))
    first_seen: dict[int, float] = {}
    raised: set[int] = set()
    pictures, index, wanted = 0, 0, 0.0
    while capture.grab():
        now = index / fps
        index += 1
        if now + 1e-6 < wanted:
            continue
        wanted += sample_s
        ok, picture = capture.retrieve()
        if not ok:
            continue
        pictures += 1
        found = detect(session, picture)
        found = tracker.update_with_detections(found[np.isin(found.class_id, VEHICLES)])
        for track in found.tracker_id[zone.trigger(found)] if len(found) else ():
            if now - first_seen.setdefault(int(track), now) >= DWELL_S:
                raised.add(int(track))
    capture.release()
    return pictures, len(raised)


def main() -> None:
    model, sample_s, clips = sys.argv[1], float(sys.argv[2]), sys.argv[3:]
    cv2.setNumThreads(1)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    before = resource.getrusage(resource.RUSAGE_SELF)
    pictures = raised = 0
    for clip in clips:
        p, r = watch(session, clip, sample_s)
        pictures, raised = pictures + p, raised + r
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(json.dumps({"pictures": pictures, "raised": raised, "cpu_s": round(cpu, 3)}))


if __name__ == "__main__":
    main()
