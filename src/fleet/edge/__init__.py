"""One module per outside thing: the clock, timers, file events, processes, sockets, git, the service manager."""
