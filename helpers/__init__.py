"""What the suites are made of: raw system calls, structures, namespaces, links, frames, waiting, children."""
