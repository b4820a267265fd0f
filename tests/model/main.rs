//! Fetching, importing, finding and converting models, against packages and clients made up for the purpose.

mod convert;
mod fetch;
mod find;
mod fixture;
mod import;
