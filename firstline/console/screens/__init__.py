"""One module a screen: its routes, and how its view is gathered."""
