"""Azure Blob Storage on this machine: the part of its REST interface that block blobs need.

A request goes through these layers, in this order: `protocol.request` (what was sent), `signing`
(who may), `routes` (which operation), `operations` (one function for each REST operation) and
`store` (rows in SQLite, bytes in files).
"""
