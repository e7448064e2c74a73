"""What recording rests on: messages on record, what may be disowned, and entries stored with the head over them."""
