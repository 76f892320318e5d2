//! The parts of the protocol that need more than a few lines of tests.

mod write_queue;
