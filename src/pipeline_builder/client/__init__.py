"""The platform's API for programs: one method for each operation, made from the OpenAPI document."""
