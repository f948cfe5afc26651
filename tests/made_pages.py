"""Pages that the build of the documentation site makes (`docs/site_hooks.py`), in docs/."""

GENERATED = frozenset({"reference/commands.md", "reference/models.md", "reference/changes.md"})
