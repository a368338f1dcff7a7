"""One module per outside thing: clock, timer, watch, process."""
