"""Documents of the United Nations as they are printed, in Chinese and English: text in, facts with their places out."""
