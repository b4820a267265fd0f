//! The program as people run it: from a folder, with its words and its exit code.

use std::path::Path;
use std::process::{Command, Stdio};

/// Runs it to its end: exit code, standard output, standard error.
pub fn run(arguments: &[&str], folder: &Path) -> (Option<i32>, String, String) {
    let mut program = Command::new(env!("CARGO_BIN_EXE_sansheng"));
    program.env_remove("SANSHENG_LOG").current_dir(folder).stdin(Stdio::null()).args(arguments);
    let output = program.output().expect("the program starts");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    let (out, err) = (text(output.stdout), text(output.stderr));
    assert!(!err.contains("panicked"), "{err}");
    (output.status.code(), out, err)
}
