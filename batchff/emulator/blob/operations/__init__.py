"""The operations of the REST interface, one function each, by the resource they work on."""
