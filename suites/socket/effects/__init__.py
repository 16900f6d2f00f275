"""What options of SOL_SOCKET do: routes, devices, timers, pacing, flow labels, the choice among sockets, readiness."""
