"""The edge of the face: what a host gives is looked at, and whatever goes wrong leaves as an InblueError."""
