"""What happens in a video: violations, and all that looks like one."""
