"""Long films are encoded in chunks, by many nodes: planned, put into storage, and removed again."""
