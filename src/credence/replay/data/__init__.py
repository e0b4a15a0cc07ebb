"""Recorded domains on disk: checked, converted to Parquet, fetched."""
