"""The project file of a workspace, found from the current folder upwards and read strictly; and options' values."""
