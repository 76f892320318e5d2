//! Queues that hold what others send: a client that reads is never closed because of a burst, a greeting, its own
//! handler's work or a crowd.

mod warnings;
