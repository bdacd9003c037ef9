"""One declaration per table: schema, checks, quarantine, dictionary and privacy tests all come from it."""
