"""The tasks that a benchmark can train: one file each."""
