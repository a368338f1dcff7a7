"""One module per kind of file; what others read below a fleet's folder, only `files` opens, links, renames, syncs."""
