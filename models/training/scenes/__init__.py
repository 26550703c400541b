"""Fixed-camera street video with ground truth, drawn from seeds."""
