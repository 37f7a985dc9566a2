"""The command line: one file per verb; parses, calls the pipeline, prints, sets the exit code."""
