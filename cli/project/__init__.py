"""The project file of a workspace: found from the current folder upwards, read strictly, and what each option takes."""
