"""Live chat: the widget on a website. What is written is in the log at once; the widget reads it from there."""
