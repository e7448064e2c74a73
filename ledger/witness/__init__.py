"""Being a witness of logs: what it keeps, what it cosigns, and the server that it answers by."""
