"""Keys that are kept elsewhere: on a PKCS#11 token, in an ssh-agent. What is asked here comes from outside."""
