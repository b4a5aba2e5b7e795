"""The rules: values in, a decision out. No I/O, no clock, no randomness; an import contract enforces it."""
