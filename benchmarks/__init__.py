"""Programs that measure, and say whether a target was met: `python -m benchmarks.<name>`. They are no tests."""
