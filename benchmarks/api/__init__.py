"""How fast the API answers, beside a service of the same purpose in Express: `python -m benchmarks.api`."""
