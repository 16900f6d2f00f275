"""Fixed bugs of receiving."""
