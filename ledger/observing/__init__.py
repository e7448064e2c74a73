"""Observations: what a message shows about its time and sender, recorded once and reproducible from what was kept."""
