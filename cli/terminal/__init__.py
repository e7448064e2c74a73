"""What is shown in a terminal, in 80 columns: tables, histories, a vote that is watched, a progress bar."""
