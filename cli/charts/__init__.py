"""The picture of a window: its rows and scale, and how it is drawn on a page and on paper."""
