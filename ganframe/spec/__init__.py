"""The spec language: text, positions, merging, structure, conversion, schema. No torch in this folder."""
