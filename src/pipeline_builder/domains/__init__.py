"""What the platform is about, a folder per domain. Each has the same files, and knows of the others their contract."""
