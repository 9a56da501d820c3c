"""What is matched: records, readers and writers, the store, bundled open data. Knows no vectors."""
