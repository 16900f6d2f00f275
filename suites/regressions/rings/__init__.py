"""Fixed bugs of receive rings and of making rings."""
