"""The kernel: definition, templating, plugins and planning, as plain Python."""
