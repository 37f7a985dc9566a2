"""Text classification where each row carries several labels, or none: one sigmoid a label."""
