"""View models: what a template is given. Frozen dataclasses with everything already decided and written out."""
