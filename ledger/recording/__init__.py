"""The parts of recording: messages on record, disowning, and storing entries together with the head over them."""
