"""A workspace looked over: what is missing, unsafe or about to age, each with the command that mends it."""
