"""The web and database parts that know no domain."""
