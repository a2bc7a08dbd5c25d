"""The schema of the database, as SQL in steps. Run by `pipeline-manager migrate`."""
