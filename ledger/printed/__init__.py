"""Printed documents of the United Nations, in Chinese and English: text in, facts with their places out."""
