//! Where services and their callbacks may stand, beside what, and under which names.

mod cfgs;
mod names;
