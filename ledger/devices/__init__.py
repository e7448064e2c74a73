"""Keys that are kept elsewhere: on a PKCS#11 token or in an ssh-agent. Answers from there are untrusted input."""
