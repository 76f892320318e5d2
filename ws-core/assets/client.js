// The client script.
