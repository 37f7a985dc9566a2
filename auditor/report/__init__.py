"""Reports, rendered only from an audit and an optional run summary."""
