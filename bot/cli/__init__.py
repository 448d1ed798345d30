"""The `usher` command: what each word does lives in a module of its own, imported when it is asked for."""
