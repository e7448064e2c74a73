"""A delegation's part: its request to be enrolled, the registrar's answer, and the folder that it keeps."""
