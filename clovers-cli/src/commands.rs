//! One module per subcommand.

pub(crate) mod info;
pub(crate) mod render;
pub(crate) mod schema;
pub(crate) mod validate;
