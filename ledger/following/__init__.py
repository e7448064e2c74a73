"""Following a log as it grows: entry after entry, each checked, under a signed head that extends the last one."""
