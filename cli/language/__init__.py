"""Messages for people in the six official languages of the United Nations, and their catalogues."""
