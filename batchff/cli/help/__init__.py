"""`batchff help`: the documents, as topics, and the manual page."""
