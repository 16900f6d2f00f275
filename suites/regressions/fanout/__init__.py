"""Fixed bugs of fanout groups and of links that go."""
