"""Says before a submit what it's likely to make, take and cost: pieces are encoded here."""
