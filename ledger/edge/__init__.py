"""The edge of the public API: arguments from a host are checked, and every failure is raised as an InblueError."""
