"""Migrations of the workspace database, run by ``corpora.schema.migrate``."""
