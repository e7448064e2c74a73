"""The letters that go out in a vote, as drafts from the record: text, paper, e-mail and calendar, in six languages."""
