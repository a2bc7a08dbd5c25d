"""One folder per outside system: how the platform meets it, and a local stand-in where there is one."""
