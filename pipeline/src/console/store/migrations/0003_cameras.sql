-- Cameras: how they have fared. The topic `health` keeps only the last word on each, so a rebuild leaves this alone.

CREATE TABLE camera_health_log (
    camera TEXT NOT NULL,
    at BIGINT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (camera, at)
)
