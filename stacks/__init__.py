"""Small stacks that wire the constructs: one for each kind of connector.  What a user would copy."""
