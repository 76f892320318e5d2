//! Where services and their callbacks may stand, beside what, and under which names.

mod alike;
mod cfgs;
mod names;
