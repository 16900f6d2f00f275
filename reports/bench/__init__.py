"""Benchmarks: sessions run and recorded (`command`, `sessions`), compared (`against`), shown (`terminal`, `page`).

Reads what sessions print; imports nothing of the suites.
"""
