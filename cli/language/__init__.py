"""What is said to people, in the six official languages of the United Nations, and the catalogues it is said from."""
