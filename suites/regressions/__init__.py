"""One file for each CVE or fixed bug whose effect a program can see, by what broke."""
