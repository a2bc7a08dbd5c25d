"""PostgreSQL on a machine that has none."""
