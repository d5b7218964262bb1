/** A script, not a module: it gives `SockJS` to the window. */
export {};
