"""One module per kind of file; only `files` opens, links, renames and syncs."""
