"""A local web page for browsing and reviewing the rows of a run: ``auditor view``."""
