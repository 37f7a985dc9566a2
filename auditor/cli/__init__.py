"""The command line: one module per verb, which parses, calls the pipeline, prints, and sets the exit code."""
