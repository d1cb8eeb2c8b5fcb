"""Scenes written to files: SVG and PNG."""
