"""The demo company and its shop."""
