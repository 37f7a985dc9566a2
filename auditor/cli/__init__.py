"""The command line: one file a verb; parses, calls the pipeline, prints, sets the exit code."""
