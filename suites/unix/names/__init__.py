"""Names of AF_UNIX sockets across types, namespaces, files and time; SIOCUNIXFILE."""
