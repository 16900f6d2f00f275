"""The suites: a clause lives in the folder of the document that promises it, and the folder is its subject."""
