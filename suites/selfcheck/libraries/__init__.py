"""Other people's libraries: what is used of them beside their documents, and which versions were tested."""
