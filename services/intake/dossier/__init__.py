"""The dossier of a case as one ZIP: what routing wrote of it, with the complaint, the messages and the files."""
