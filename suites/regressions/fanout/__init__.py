"""Fixed bugs of fanout groups and of links that go down, come up or are removed."""
