"""Reports: everything a reader sees, drawn from an audit and an optional run summary alone."""
