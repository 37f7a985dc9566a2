"""A local page in which people look at the rows of a run and decide: ``auditor view``."""
