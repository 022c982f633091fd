"""The facts that one stage hands to the next; all of them immutable, each kind in its module."""
