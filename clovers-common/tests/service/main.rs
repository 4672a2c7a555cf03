//! The store and the queue against real servers, and the rules of the code base against its files.

mod architecture;
mod previews;
mod renders;
mod rescue;
mod setup;
mod tiles;
