"""AWS JSON 1.1 and nothing but: shapes, constraints, operations, and bytes to and from them."""
