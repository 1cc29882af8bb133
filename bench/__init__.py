"""What is measured, and how. ``bench/run NAME`` prints one JSON object."""
