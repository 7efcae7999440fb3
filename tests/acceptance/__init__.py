"""The gateway contract's acceptance list (§ 20.7), each line through the real SDK and real webhooks over HTTP."""
