"""The benchmarks: measuring, sessions, pages."""
