"""The compendium: the President's letter and its annexes, set as the United Nations sets such a document."""
