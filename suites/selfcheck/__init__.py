"""Proofs about the suite itself."""
