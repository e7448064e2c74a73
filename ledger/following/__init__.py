"""Follows a log as it grows: entry by entry, each checked, under a signed head that extends the last one."""
